/// Puts an answer's head together from the lines libcurl hands over. Heads of 1xx are passed over; a further head follows those.
struct HeadReader {
    private var status = 0
    private var lines: [(name: String, value: String)] = []

    /// - Parameter line: with its line end.
    /// - Returns: the final head, at its empty line.
    mutating func read(_ line: UnsafeRawBufferPointer) -> ResponseHead? {
        let text = String(decoding: line, as: UTF8.self)
        if text.utf8.starts(with: "HTTP/".utf8) {
            status = Self.status(in: text)
            lines = []
            return nil
        }
        let content = text.utf8.drop(while: Self.isSpace)
        guard !content.isEmpty else {
            guard status >= 200 else { return nil }
            return ResponseHead(status: status, headers: HTTPHeaders(lines))
        }
        if let first = text.utf8.first, Self.isSpace(first), let last = lines.last {
            // A folded line (RFC 9112, 5.2) belongs to the one before.
            lines[lines.count - 1].value = last.value + " " + Self.trimmed(text[...])
            return nil
        }
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        lines.append((Self.trimmed(text[..<colon]), Self.trimmed(text[text.utf8.index(after: colon)...])))
        return nil
    }

    /// "HTTP/1.1 200 OK" -> 200; 0 where there is no number.
    private static func status(in line: String) -> Int {
        let words = line.utf8.split(separator: UInt8(ascii: " "), maxSplits: 2)
        guard words.count > 1 else { return 0 }
        return Int(trimmed(Substring(words[1]))) ?? 0
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == 13 || byte == 10 }

    private static func trimmed(_ text: Substring) -> String {
        let start = text.utf8.drop(while: isSpace)
        guard let last = start.lastIndex(where: { !isSpace($0) }) else { return "" }
        return String(Substring(start[...last]))
    }
}
