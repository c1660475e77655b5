/// Links and images of an answer that stand in no source and lead to no allowed host. A link is how a planted instruction carries data out or a
/// customer in, so hosts are allowed one by one; an image would be fetched without a click and is never allowed.
enum Links {
    static func foreign(in answer: String, notIn sources: [String], allowedHosts: Set<String>) -> [String] {
        let known = Set(sources.flatMap { pieces(of: $0) }.map { $0.lowercased() })
        var foreign: [String] = answer.contains("![") ? ["![image]"] : []
        for piece in pieces(of: answer) where !known.contains(piece.lowercased()) && foreign.count < 20 {
            if isActive(piece) { foreign.append(piece) }
            guard let host = host(of: piece) else { continue }
            if !isAllowed(host, allowedHosts) { foreign.append(piece) }
        }
        return foreign
    }

    /// What runs or embeds instead of leading somewhere.
    private static func isActive(_ piece: String) -> Bool {
        ["javascript:", "data:", "vbscript:", "file:"].contains { piece.lowercased().hasPrefix($0) }
    }

    private static func isAllowed(_ host: String, _ allowed: Set<String>) -> Bool {
        allowed.contains(host) || allowed.contains { host.hasSuffix("." + $0) }
    }

    /// The parts of a text between spaces, brackets and quotes, without punctuation at the end.
    private static func pieces(of text: String) -> [String] {
        text.utf8.prefix(131_072).split(whereSeparator: isBetweenPieces).filter {
            $0.contains(UInt8(ascii: ".")) || $0.contains(UInt8(ascii: ":")) || $0.starts(with: "//".utf8)
        }
        .prefix(4_000).map { piece in
            var piece = piece.prefix(2_048)
            while let last = piece.last, ".,;:!?*_".utf8.contains(last) { piece = piece.dropLast() }
            return String(decoding: piece, as: UTF8.self)
        }
    }

    private static func isBetweenPieces(_ byte: UInt8) -> Bool {
        switch byte {
        case 0...0x20, UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "["), UInt8(ascii: "]"),
            UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"), UInt8(ascii: "|"):
            true
        default: false
        }
    }

    /// The host a piece leads to: of an address with a scheme, or of a bare name under a common top-level domain. Nil where it is no link.
    static func host(of piece: String) -> String? {
        var rest = Substring(piece.lowercased())
        var hasScheme = rest.hasPrefix("www.")
        if rest.hasPrefix("//") {
            hasScheme = true
            rest = rest.dropFirst(2)
        }
        if let mark = rest.utf8.firstRange(ofSlashes: ()) {
            hasScheme = true
            rest = rest[mark...]
        }
        let authority = rest.prefix { !"/?#\\".contains($0) }
        // What stands before an @ is a name: https://quayside.example@evil.example leads to the latter. Without a scheme it is an e-mail address.
        guard hasScheme || !authority.contains("@") else { return nil }
        let host = authority.split(separator: "@").last.map { $0.prefix { $0 != ":" } } ?? ""
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        guard hasScheme || (labels.count >= 2 && labels.allSatisfy { !$0.isEmpty } && topLevels.contains(String(labels.last ?? ""))) else {
            return nil
        }
        return String(host)
    }

    private static let topLevels: Set<String> = [
        "com", "net", "org", "io", "co", "app", "dev", "info", "biz", "xyz", "site", "online", "top", "link", "click", "ru", "cn", "de",
        "uk", "eu", "fr",
        "example", "test", "me", "ly", "gg", "ai", "exchange", "finance", "support", "help",
    ]
}

extension Substring.UTF8View {
    /// The index after `://`, or nil.
    fileprivate func firstRange(ofSlashes: Void) -> Substring.Index? {
        var state = 0
        let wanted = Array("://".utf8)
        for index in indices {
            state = self[index] == wanted[state] ? state + 1 : (self[index] == wanted[0] ? 1 : 0)
            if state == wanted.count { return self.index(after: index) }
        }
        return nil
    }
}

/// Instructions that a draft repeats.
enum Leak {
    /// The longest run of at least so many characters that stands in the draft and in the instructions, capitals and punctuation aside, and in
    /// none of the sources (a document may say what the instructions say).
    static func overlap(of answer: String, with instructions: String, atLeast: Int, except sources: [String]) -> String? {
        let said = letters(answer)
        let windows = hashes(of: said, length: atLeast)
        // The answer is the shorter of the two, so its windows are the ones that are looked up.
        let wanted = Set(windows)
        guard !wanted.isEmpty else { return nil }
        // Most windows of the instructions are told apart by twelve bits.
        var mayBeWanted = [Bool](repeating: false, count: 4_096)
        for window in windows { mayBeWanted[Int(truncatingIfNeeded: window >> 52)] = true }
        let taken = Set(
            hashes(of: letters(instructions), length: atLeast).filter {
                mayBeWanted[Int(truncatingIfNeeded: $0 >> 52)] && wanted.contains($0)
            })
        guard !taken.isEmpty else { return nil }
        var longest = 0..<0
        var start: Int?
        for (index, window) in windows.enumerated() {
            if taken.contains(window) {
                let begin = start ?? index
                start = begin
                if index + atLeast - begin > longest.count { longest = begin..<index + atLeast }
            } else {
                start = nil
            }
        }
        guard !longest.isEmpty else { return nil }
        let run = String(decoding: said[longest], as: UTF8.self)
        return sources.contains { String(decoding: letters($0), as: UTF8.self).contains(run) } ? nil : run
    }

    private static func letters(_ text: String) -> [UInt8] {
        Array(Words.split(String(decoding: text.utf8.prefix(32_768), as: UTF8.self)).map(\.text).joined(separator: " ").utf8)
    }

    /// The hash of every window of `length` bytes, each from the one before (Karp and Rabin 1987, modulo 2^64 with FNV's prime). A collision would withhold a
    /// draft, not let one out.
    private static func hashes(of bytes: [UInt8], length: Int) -> [UInt64] {
        guard length > 0, bytes.count >= length else { return [] }
        let prime: UInt64 = 0x100_0000_01B3
        let leaving = (0..<length).reduce(UInt64(1)) { power, _ in power &* prime }
        var hash = bytes[..<length].reduce(UInt64(0)) { $0 &* prime &+ UInt64($1) &+ 1 }
        var hashes = [hash]
        hashes.reserveCapacity(bytes.count - length + 1)
        for index in length..<bytes.count {
            hash = hash &* prime &+ UInt64(bytes[index]) &+ 1 &- leaving &* (UInt64(bytes[index - length]) &+ 1)
            hashes.append(hash)
        }
        return hashes
    }
}
