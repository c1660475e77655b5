/// What a file is, judged by its own bytes: what its sender says of it is not asked (FreeScout's GHSA-27vp and Flowise's CVE-2026-30821 were believed
/// names and types). Kinds that a browser could run are not among them.
package enum FileKind: String, Hashable, Sendable, Codable, CaseIterable {
    case png = "image/png"
    case jpeg = "image/jpeg"
    case gif = "image/gif"
    case webp = "image/webp"
    case pdf = "application/pdf"
    /// UTF-8 without control characters, whatever it says: HTML and SVG are text, and are only ever served as text.
    case text = "text/plain"

    /// - Parameter content: the whole file.
    /// - Returns: nil for every other kind.
    package init?(content: [UInt8]) {
        func begins(_ bytes: [UInt8], at offset: Int = 0) -> Bool {
            content.count >= offset + bytes.count && content[offset..<(offset + bytes.count)].elementsEqual(bytes)
        }
        if begins([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            self = .png
        } else if begins([0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if begins(Array("GIF87a".utf8)) || begins(Array("GIF89a".utf8)) {
            self = .gif
        } else if begins(Array("RIFF".utf8)), begins(Array("WEBP".utf8), at: 8) {
            self = .webp
        } else if begins(Array("%PDF-".utf8)) {
            self = .pdf
        } else if Self.isText(content) {
            self = .text
        } else {
            return nil
        }
    }

    /// Whether a browser may show it where it stands: pictures of dots, in which nothing can run.
    package var isPicture: Bool {
        switch self {
        case .png, .jpeg, .gif, .webp: true
        case .pdf, .text: false
        }
    }

    /// Endings that a name may have, the usual one first.
    var endings: [String] {
        switch self {
        case .png: [".png"]
        case .jpeg: [".jpg", ".jpeg"]
        case .gif: [".gif"]
        case .webp: [".webp"]
        case .pdf: [".pdf"]
        case .text: [".txt", ".csv", ".log", ".md"]
        }
    }

    private static func isText(_ content: [UInt8]) -> Bool {
        guard let text = String(validating: content, as: UTF8.self) else { return false }
        return text.unicodeScalars.allSatisfy { scalar in
            switch scalar.value {
            case 0x09, 0x0A, 0x0D: true
            case 0..<0x20, 0x7F..<0xA0: false
            default: true
            }
        }
    }
}

/// The name under which a file is shown and saved. Nothing is ever stored under it.
enum FileName {
    /// The longest name, in Unicode scalars.
    static let longestName = 120

    /// The last part of a path, without characters that lead elsewhere, end a header or turn the reading direction, and with an ending that fits its bytes:
    /// `../../invoice.pdf.exe` that holds text becomes `invoice.pdf.exe.txt`.
    static func safe(_ name: String, _ kind: FileKind) -> String {
        let last = name.unicodeScalars.split { $0 == "/" || $0 == "\\" }.last.map { String(String.UnicodeScalarView($0)) } ?? ""
        let line = Texts.preview(last).unicodeScalars.filter { !"\"<>:|?*%".unicodeScalars.contains($0) }
        var clean = String(String.UnicodeScalarView(line.drop { $0 == "." || $0 == " " }.prefix(longestName)))
        while clean.hasSuffix(".") || clean.hasSuffix(" ") { clean.removeLast() }
        if clean.isEmpty { clean = "file" }
        let lower = clean.lowercased()
        return kind.endings.contains { lower.hasSuffix($0) } ? clean : clean + (kind.endings.first ?? "")
    }
}
