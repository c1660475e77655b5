/// Whether a page is safe for a parser with quadratic corners, and what to do with one that is not.
enum HTMLCaution {
    /// Counts open elements roughly: end tags close one, elements that close by themselves do not count.
    static func isTame(_ text: String) -> Bool {
        var (depth, isTame) = (0, true)
        Analyzer.withBytes(of: text) { bytes in
            guard bytes.count <= largestPage, !bytes.contains(0) else {
                isTame = false
                return
            }
            var index = 0
            while isTame, let tag = nextTag(bytes, &index) {
                if tag.isEnd {
                    depth = max(0, depth - 1)
                } else if !tag.closesItself {
                    depth += 1
                }
                isTame = depth <= deepest
            }
        }
        return isTame
    }

    /// The text between the tags, scripts and styles left out. Linear.
    static func withoutTags(_ text: String) -> String {
        var kept: [UInt8] = []
        Analyzer.withBytes(of: text) { bytes in
            var (index, start) = (0, 0)
            var hidden: String?
            while let tag = nextTag(bytes, &index) {
                if hidden == nil { kept.append(contentsOf: bytes[start..<tag.start]) }
                if hidden == nil, !tag.isEnd, tag.name == "script" || tag.name == "style" { hidden = tag.name }
                if tag.isEnd, tag.name == hidden { hidden = nil }
                kept.append(blockEnds.contains(tag.name) ? 10 : 32)
                start = index
            }
            if hidden == nil, start < bytes.count { kept.append(contentsOf: bytes[start...]) }
        }
        return String(decoding: kept.map { $0 == 0 ? 32 : $0 }, as: UTF8.self)
    }

    private struct Tag {
        let name: String
        let isEnd: Bool
        let closesItself: Bool
        let start: Int
    }

    /// The next `<name ...>` or `</name>`; `index` moves behind it.
    private static func nextTag(_ bytes: UnsafeBufferPointer<UInt8>, _ index: inout Int) -> Tag? {
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "<") else {
                index += 1
                continue
            }
            let start = index
            index += 1
            let isEnd = index < bytes.count && bytes[index] == UInt8(ascii: "/")
            if isEnd { index += 1 }
            let nameStart = index
            while index < bytes.count, index - nameStart < 12, (bytes[index] | 0x20) &- 0x61 < 26 || bytes[index] &- 0x30 < 10 {
                index += 1
            }
            guard index > nameStart else { continue }
            let name = String(decoding: bytes[nameStart..<index], as: UTF8.self).lowercased()
            while index < bytes.count, bytes[index] != UInt8(ascii: ">"), bytes[index] != UInt8(ascii: "<") { index += 1 }
            let isClosed = index > start && bytes[index - 1] == UInt8(ascii: "/")
            if index < bytes.count, bytes[index] == UInt8(ascii: ">") { index += 1 }
            return Tag(name: name, isEnd: isEnd, closesItself: isClosed || unnested.contains(name), start: start)
        }
        return nil
    }

    /// Elements that are empty, or that the next of their kind closes.
    private static let unnested: Set<String> = [
        "area", "base", "br", "col", "dd", "dt", "embed", "hr", "img", "input", "li", "link", "meta", "option", "p", "param", "source",
        "td", "th", "tr", "wbr",
        "thead", "tbody", "tfoot",
    ]
    private static let blockEnds: Set<String> = [
        "p", "div", "li", "tr", "br", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "section",
    ]
    /// Open elements at once.
    private static let deepest = 500
    /// In bytes.
    private static let largestPage = 10 << 20
}
