/// Cuts text into words, over UTF-8 bytes and without making strings: `[a-z0-9]+(?:'[a-z]+)?` in lower case, where every letter outside
/// ASCII counts as a letter; a final `'s` is cut, any other apostrophe dropped (`customer's` is `customer`, `don't` is `dont`).
enum Tokenizer {
    /// Longer words are cut here, in bytes: what is longer is no word but a key or a blob.
    static let longestWord = 64

    /// Calls `body` for each word: its normalised bytes (valid during the call only) and where it stands in the text.
    @inline(__always)
    static func eachWord(_ text: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>, Range<Int>) -> Void) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: longestWord + 4) { scratch in
            var index = 0
            while index < text.count {
                let start = index
                var count = 0
                let stop = run(text, &index, scratch, &count, digits: true)
                if count == 0 {
                    index += stop.skip
                    continue
                }
                if stop.isApostrophe { tail(text, &index, stop.skip, scratch, &count) }
                body(UnsafeBufferPointer(rebasing: scratch[0..<count]), start..<index)
            }
        }
    }

    /// Why a run of letters ended: how many bytes to skip if nothing was read, and whether an apostrophe stands there.
    private struct Stop {
        var skip = 1
        var isApostrophe = false
    }

    /// Reads letters (and digits) into the scratch.
    @inline(__always)
    private static func run(
        _ text: UnsafeBufferPointer<UInt8>, _ index: inout Int, _ scratch: UnsafeMutableBufferPointer<UInt8>, _ count: inout Int,
        digits: Bool
    ) -> Stop {
        while index < text.count {
            let byte = text[index]
            if byte < 0x80 {
                let lower = byte &- 0x41 < 26 ? byte | 0x20 : byte
                guard lower &- 0x61 < 26 || (digits && byte &- 0x30 < 10) else { return Stop(skip: 1, isApostrophe: byte == 0x27) }
                if count < longestWord {
                    scratch[count] = lower
                    count &+= 1
                }
                index &+= 1
            } else if let stop = other(text, &index, scratch, &count) {
                return stop
            }
        }
        return Stop()
    }

    /// Reads one character outside ASCII.
    @inline(never)
    private static func other(
        _ text: UnsafeBufferPointer<UInt8>, _ index: inout Int, _ scratch: UnsafeMutableBufferPointer<UInt8>, _ count: inout Int
    ) -> Stop? {
        let folding = Folding.read(text, at: index)
        switch folding.kind {
        case .separator: return Stop(skip: folding.length)
        case .apostrophe: return Stop(skip: folding.length, isApostrophe: true)
        case .nothing:
            if count == 0 { return Stop(skip: folding.length) }
        case .letters, .alone:
            if folding.kind == .alone, count > 0 { return Stop(skip: 0) }
            if count + folding.count <= longestWord {
                withUnsafeBytes(of: folding.bytes) { bytes in
                    for position in 0..<folding.count { scratch[count + position] = bytes[position] }
                }
                count += folding.count
            }
        }
        index += folding.length
        return folding.kind == .alone ? Stop(skip: 0) : nil
    }

    /// Reads `'letters` after a word; an `s` alone is read but not kept.
    private static func tail(
        _ text: UnsafeBufferPointer<UInt8>, _ index: inout Int, _ apostrophe: Int, _ scratch: UnsafeMutableBufferPointer<UInt8>,
        _ count: inout Int
    ) {
        let before = count
        var next = index + apostrophe
        let afterApostrophe = next
        _ = run(text, &next, scratch, &count, digits: false)
        guard next > afterApostrophe else { return }
        index = next
        if count == before + 1, scratch[before] == UInt8(ascii: "s") { count = before }
    }
}
