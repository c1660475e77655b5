import Foundation

/// E-mail addresses as they are stored and compared: composed, trimmed, in lower case. Whether one exists is found out by writing to it.
enum EmailText {
    /// - Returns: nil for what cannot be an address.
    static func normalised(_ text: String) -> String? {
        guard text.utf8.count <= 4 * AccessControl.longestEmail else { return nil }
        let email = text.trimmingCharacters(in: .whitespacesAndNewlines).precomposedStringWithCanonicalMapping.lowercased()
        let parts = email.split(separator: "@", omittingEmptySubsequences: false)
        guard email.utf8.count <= AccessControl.longestEmail, parts.count == 2, parts.allSatisfy({ !$0.isEmpty }),
            email.unicodeScalars.allSatisfy(isAllowed)
        else { return nil }
        return email
    }

    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .spaceSeparator, .surrogate, .unassigned, .privateUse: false
        default: !"<>,;:\\\"()[]".unicodeScalars.contains(scalar)
        }
    }
}
