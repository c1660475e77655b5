import Notation

/// What surrounds an answer in a model's text, and what of it a customer may see. Bytes, one pass each.
enum ReplyText {
    private static let thoughts = ["think", "thinking", "thought", "reasoning"]

    /// The text without what the model thought aloud: up to the last closing tag (templates often swallow the opening one), or, where a thought
    /// never closes, from its opening tag on.
    static func withoutThoughts(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.contains(UInt8(ascii: "<")) else { return bytes }
        var opening: Int?
        var closing: Int?
        for at in bytes.indices where bytes[at] == UInt8(ascii: "<") {
            guard at + 1 < bytes.count, "/tTrR".utf8.contains(bytes[at + 1]) else { continue }
            for tag in thoughts {
                if opening == nil, closing == nil, matches(bytes, at: at, "<\(tag)>") { opening = at }
                if matches(bytes, at: at, "</\(tag)>") { closing = at + tag.utf8.count + 3 }
            }
        }
        let before = opening.map { bytes[..<$0] } ?? []
        guard let closing else { return opening == nil ? bytes : Array(before) }
        return Array(before + bytes[closing...])
    }

    private static func matches(_ bytes: [UInt8], at start: Int, _ word: String) -> Bool {
        bytes[start...].prefix(word.utf8.count).elementsEqual(word.utf8) { $0 | 0x20 == $1 | 0x20 }
    }

    /// The ranges of the first objects that open and close, outermost only.
    static func balancedObjects(in bytes: [UInt8]) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var (open, start) = (0, 0)
        var (inString, isEscaped) = (false, false)
        for (at, byte) in bytes.enumerated() {
            if open == 0 {
                if byte == UInt8(ascii: "{") { (open, start, inString, isEscaped) = (1, at, false, false) }
            } else if inString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else {
                    inString = byte != UInt8(ascii: "\"")
                }
            } else if byte == UInt8(ascii: "\"") {
                inString = true
            } else if byte == UInt8(ascii: "{") {
                open += 1
            } else if byte == UInt8(ascii: "}") {
                open -= 1
                if open == 0 { found.append(start..<at + 1) }
                if found.count == mostObjects { return found }
            }
        }
        return found
    }

    /// Objects in one reply that are looked at.
    private static let mostObjects = 32

    /// Where the first objects could begin: a brace before a name or a quote.
    static func objectStarts(in bytes: [UInt8]) -> [Int] {
        var found: [Int] = []
        for at in bytes.indices where bytes[at] == UInt8(ascii: "{") {
            let next = bytes[(at + 1)...].prefix(64).first { $0 > 0x20 }
            guard let next, next != UInt8(ascii: "{"), next != UInt8(ascii: "}"), next != UInt8(ascii: "\\") else { continue }
            found.append(at)
            if found.count == mostStarts { break }
        }
        return found
    }

    /// Each start may be read to the end of the text, so they are few.
    private static let mostStarts = 8

    /// The text with one layer of JSON or HTML escaping taken off; nil where no key of the contract shows such a layer.
    static func unescaped(_ bytes: [UInt8]) -> [UInt8]? {
        let text = String(decoding: bytes, as: UTF8.self)
        if holdsEscapedAnswer(text) {
            var plain: [UInt8] = []
            var at = 0
            while at < bytes.count {
                if bytes[at] == UInt8(ascii: "\\"), let width = JSONEscape.read(bytes, at: at + 1, into: &plain) {
                    at += width + 1
                } else {
                    plain.append(bytes[at])
                    at += 1
                }
            }
            return plain
        }
        guard text.contains("&quot;answer&quot;") else { return nil }
        let plain = text.replacing("&quot;", with: "\"").replacing("&#39;", with: "'").replacing("&lt;", with: "<")
        return Array(plain.replacing("&gt;", with: ">").replacing("&amp;", with: "&").utf8)
    }

    /// The inside of the one fence that holds the whole text, or the text itself.
    static func withoutFence(_ text: String) -> String {
        guard text.hasPrefix("```"), text.utf8.count > 6, let line = text.firstIndex(where: \.isNewline) else { return text }
        let inside = text[text.index(after: line)...]
        let end = inside.hasSuffix("```") ? inside.dropLast(3) : inside
        return end.contains("```") ? text : String(end)
    }

    /// The text as a customer may see it: no control or bidirectional override characters, no end-of-turn marks, no space around it.
    static func shown(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars where scalar == "\n" || scalar == "\t" || !Coercion.isControl(scalar) { scalars.append(scalar) }
        var shown = Coercion.trimmed(String(scalars))
        while let mark = endMarks.first(where: { shown.hasSuffix($0) }) { shown = Coercion.trimmed(String(shown.dropLast(mark.count))) }
        return shown
    }

    private static let endMarks = ["<|im_end|>", "<|eot_id|>", "<|end|>", "<|endoftext|>", "</s>", "<end_of_turn>", "<|end_of_text|>"]

    /// Whether a text with no readable structure is what remains of one, or a page, or a call: nothing to show.
    static func looksLikeDebris(_ text: String) -> Bool {
        let start = text.prefix(256).lowercased()
        if start.hasPrefix("{") || start.hasPrefix("<!doctype") || start.hasPrefix("<html") || start.hasPrefix("<tool_call") { return true }
        if start.hasPrefix("<|") || ["null", "none", "undefined", "nil"].contains(start) { return true }
        if start.hasPrefix("["), let next = start.dropFirst().first(where: { !$0.isWhitespace }), "{\"'[]".contains(next) { return true }
        return !contractKeys(in: Array(text.utf8)).isEmpty || holdsEscapedAnswer(text) || holdsObject(text)
    }

    /// The answer's own key stands in it, in quotes and before a colon, or two others do, or one behind a comma or a brace.
    static func looksLikeContract(_ text: String) -> Bool {
        let keys = contractKeys(in: Array(text.utf8))
        return keys.count >= 2 || keys.contains { $0.name == "answer" || $0.isMember } || holdsEscapedAnswer(text)
    }

    private static func contractKeys(in bytes: [UInt8]) -> [Salvage.Key] {
        bytes.contains(UInt8(ascii: ":")) ? Salvage.quotedKeys(in: bytes) : []
    }

    private static func holdsEscapedAnswer(_ text: String) -> Bool { text.contains("\\\"answer\\\"") }

    /// An answer from a damaged object without what followed it there; nil where it is itself such remains.
    static func withoutRemains(_ text: String) -> String? {
        var bytes = Array(text.utf8)
        guard bytes.contains(UInt8(ascii: "\"")) || bytes.first == UInt8(ascii: ":") else { return text }
        if let key = contractKeys(in: bytes).first {
            bytes.removeSubrange(key.start...)
            while let last = bytes.last, last <= 0x20 || "\",;{".utf8.contains(last) { bytes.removeLast() }
        }
        if bytes.first == UInt8(ascii: ":") || bytes.first == UInt8(ascii: ",") { return nil }
        let opens = Array("[{\"-0123456789ntf".utf8)
        for at in bytes.indices.dropLast(2) where bytes[at] == UInt8(ascii: "\"") && bytes[at + 1] == UInt8(ascii: ":") {
            if opens.contains(bytes[at + 2]) { return nil }
        }
        return shown(String(decoding: bytes, as: UTF8.self))
    }

    private static func holdsObject(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return objectStarts(in: bytes).contains { start in
            var after = bytes[(start + 1)...].drop { $0 <= 0x20 }
            guard after.popFirst() == UInt8(ascii: "\"") else { return false }
            let rest = after.prefix(64).drop { $0 != UInt8(ascii: "\"") }.dropFirst().drop { $0 <= 0x20 }
            return rest.first == UInt8(ascii: ":")
        }
    }
}
