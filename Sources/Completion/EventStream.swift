/// Server-sent events from bytes that may be cut anywhere, by the WHATWG "event stream" grammar: lines end in LF, CRLF or CR, also mixed;
/// a byte order mark may stand first; `:` opens a comment; several `data` lines are one text with line feeds between.
///
/// It knows nothing of models. An event that the body ends in the middle of is handed out by `finish` and marked as such, because some
/// servers leave out the last empty line.
struct EventStream {
    struct Event: Hashable, Sendable {
        /// Empty where the server named none.
        var name = ""
        var data: [UInt8] = []
    }

    /// A line or an event is longer than `largestEvent`.
    struct TooLarge: Error, Hashable {}

    /// The most bytes one event may hold: far above any chunk, far below what would hurt.
    static let largestEvent = 1 << 20

    private var line: [UInt8] = []
    private var pending = Event()
    private var hasData = false
    private var sawReturn = false
    private var isFirstLine = true

    /// Takes the next bytes and hands out the events they complete, in order.
    mutating func feed(_ bytes: [UInt8]) throws(TooLarge) -> [Event] {
        var events: [Event] = []
        var start = 0
        for (index, byte) in bytes.enumerated() where byte == 0x0A || byte == 0x0D {
            let isSecondHalf = byte == 0x0A && sawReturn && index == start && line.isEmpty
            if !isSecondHalf {
                try append(bytes[start..<index])
                if let event = endLine() { events.append(event) }
            }
            sawReturn = byte == 0x0D
            start = index + 1
        }
        try append(bytes[start...])
        return events
    }

    /// What stood unfinished when the body ended, if it had any data.
    mutating func finish() -> Event? {
        if !line.isEmpty { _ = endLine() }
        defer { (pending, hasData) = (Event(), false) }
        return hasData ? pending : nil
    }

    private mutating func append(_ bytes: ArraySlice<UInt8>) throws(TooLarge) {
        guard !bytes.isEmpty else { return }
        guard line.count + pending.data.count + bytes.count <= Self.largestEvent else { throw TooLarge() }
        sawReturn = false
        line += bytes
    }

    private mutating func endLine() -> Event? {
        defer { line.removeAll(keepingCapacity: true) }
        if isFirstLine {
            isFirstLine = false
            if line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
        }
        guard !line.isEmpty else { return dispatch() }
        let colon = line.firstIndex(of: UInt8(ascii: ":"))
        guard colon != 0 else { return nil }
        var value = colon.map { line[($0 + 1)...] } ?? []
        if value.first == 0x20 { value = value.dropFirst() }
        take(field: line[..<(colon ?? line.count)], value: value)
        return nil
    }

    private mutating func take(field: ArraySlice<UInt8>, value: ArraySlice<UInt8>) {
        if field.elementsEqual("data".utf8) {
            if hasData { pending.data.append(0x0A) }
            pending.data += value
            hasData = true
        } else if field.elementsEqual("event".utf8) {
            pending.name = String(decoding: value, as: UTF8.self)
        }
    }

    private mutating func dispatch() -> Event? {
        defer { (pending, hasData) = (Event(), false) }
        return hasData ? pending : nil
    }
}
