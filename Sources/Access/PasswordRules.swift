import Foundation

/// What is wrong with a new password.
package enum PasswordFault: Hashable, Sendable, CustomStringConvertible {
    /// Fewer Unicode scalars than `least`.
    case tooShort(least: Int)
    /// More Unicode scalars than `most`.
    case tooLong(most: Int)
    /// Among the commonest, or one of them with digits behind it.
    case common
    /// Fewer than four different characters, or a straight run of them.
    case monotonous
    /// The e-mail address or what stands before its `@`.
    case likeAddress

    /// As people read it.
    package var description: String {
        switch self {
        case .tooShort(let least): "The password is too short. Use at least \(least) characters; several words are good."
        case .tooLong(let most): "The password is too long. Use at most \(most) characters."
        case .common: "This password is one of the first that are tried. Choose another."
        case .monotonous: "The password is too simple. Use more different characters."
        case .likeAddress: "The password is the e-mail address. Choose another."
        }
    }
}

/// What a password may be (OWASP ASVS 5.0, section 6.2: length, no composition rules, not among the common ones). Every character counts as typed, except
/// that the two ways of writing "é" are one (Unicode NFC).
enum PasswordRules {
    /// The least Unicode scalars of a new password.
    static let leastNew = 10
    /// The least Unicode scalars with which a password is looked at.
    static let least = 8
    /// The longest password, in Unicode scalars.
    static let longest = 256

    static func normalised(_ text: String) -> String { text.precomposedStringWithCanonicalMapping }

    /// - Returns: nil for a good one.
    static func fault(of text: String, email: String?) -> PasswordFault? {
        // Normalising takes time by length; no password becomes a hundred times shorter by it.
        guard text.unicodeScalars.count <= 4 * longest else { return .tooLong(most: longest) }
        let password = normalised(text)
        let scalars = password.unicodeScalars
        if scalars.count < leastNew { return .tooShort(least: leastNew) }
        if scalars.count > longest { return .tooLong(most: longest) }
        let plain = password.lowercased()
        if let email, plain == email || plain == email.prefix(while: { $0 != "@" }) { return .likeAddress }
        if Set(plain.unicodeScalars).count < 4 || isRun(plain) { return .monotonous }
        let root = plain.trimmingCharacters(in: CharacterSet(charactersIn: "0123456789!.?-_@#$*+"))
        if common.contains(plain) || commonRoots.contains(root) { return .common }
        return nil
    }

    /// `abcdefghij`, `0987654321`.
    private static func isRun(_ text: String) -> Bool {
        let values = text.unicodeScalars.map { Int64($0.value) }
        let steps = Set(zip(values, values.dropFirst()).map { $1 - $0 })
        return steps == [1] || steps == [-1]
    }

    /// Well-known ones of ten characters and more: walks over the keyboard, counting, and the usual words with the usual tails.
    private static let common = words(
        """
        1234567890 0123456789 0987654321 12345678910 123456789a a123456789 123456789q 1234567891 1q2w3e4r5t 1q2w3e4r5t6y q1w2e3r4t5
        q1w2e3r4t5y6 1qaz2wsx3edc qazwsxedcrfv qazwsxedc123 zaq12wsxcde3 qwertyuiop qwertyuiop123 asdfghjkl; asdfghjkl1 asdf1234asdf
        abcd123456 abc123abc123 aa12345678 a1b2c3d4e5 a1b2c3d4e5f6 123123123a 147258369a 123qweasdzxc qweasdzxc123 qwe123qwe123
        1234qwerasdf iloveyou12 ihateyou123 adminadmin rootroot123 basketball manchester christopher elizabeth1 charlotte1 alexander1
        correcthorsebatterystaple trustno1trustno1 testtest123 customersupport supportsupport passwordpassword adminpassword mypassword
        mypassword1 newpassword newpassword1 changemenow letmeinnow welcomeback
        """)

    /// Words that stay common whatever digits or marks stand around them.
    private static let commonRoots = words(
        """
        password passw0rd p@ssw0rd p@ssword pa55word passwort motdepasse contrasena contraseña qwerty qwertz azerty qwertyuiop iloveyou
        letmein welcome changeme admin administrator root secret default test testing support customer helpdesk baton monkey dragon
        sunshine princess football baseball superman batman master shadow michael jennifer summer winter spring autumn abc abcd abcdef
        asdf asdfghjkl hello login company
        """)

    private static func words(_ text: String) -> Set<String> { Set(text.split(whereSeparator: \.isWhitespace).map(String.init)) }
}
