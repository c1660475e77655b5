import Testing

@testable import Completion

/// Events come out the same however the bytes were cut and whichever line end the server likes.
struct EventStreamTests {
    private func texts(_ bytes: [UInt8], every size: Int) throws -> [String] {
        var stream = EventStream()
        var events: [EventStream.Event] = []
        var at = 0
        while at < bytes.count {
            events += try stream.feed(Array(bytes[at..<min(at + size, bytes.count)]))
            at += size
        }
        if let last = stream.finish() { events.append(last) }
        return events.map { String(decoding: $0.data, as: UTF8.self) }
    }

    @Test(arguments: ["\n", "\r\n", "\r"])
    func `an event is whole with every line end and every cut`(lineEnd: String) throws {
        let text = ["data: Größe 🦉", "", ": ping", "event: x", "data:two", "data: lines", "id: 4", "", "retry: 5", "", "data", "", ""]
        let bytes = Array(text.joined(separator: lineEnd).utf8)
        for size in 1...bytes.count {
            #expect(try texts(bytes, every: size) == ["Größe 🦉", "two\nlines", ""])
        }
    }

    @Test
    func `line ends may be mixed within one stream`() throws {
        let bytes = Array("data: a\r\n\ndata: b\r\rdata: c\n\r\ndata: d\r\n\r\n".utf8)
        for size in 1...bytes.count { #expect(try texts(bytes, every: size) == ["a", "b", "c", "d"]) }
    }

    @Test
    func `a byte order mark is not part of the first field`() throws {
        let bytes: [UInt8] = [0xEF, 0xBB, 0xBF] + Array("data: a\n\n\u{FEFF}data: b\n\n".utf8)
        for size in 1...bytes.count { #expect(try texts(bytes, every: size) == ["a"]) }
    }

    @Test
    func `an event without its last empty line is handed out at the end`() throws {
        #expect(try texts(Array("data: [DONE]".utf8), every: 3) == ["[DONE]"])
        #expect(try texts(Array("data: a\ndata: b\n".utf8), every: 100) == ["a\nb"])
    }

    @Test
    func `comments and fields nobody knows are not events`() throws {
        #expect(try texts(Array(": ping\n\n: ping\n\nid: 1\n\nother: 2\n\n\n\n".utf8), every: 5) == [])
    }

    @Test
    func `a line without end is refused and does not fill the memory`() throws {
        var stream = EventStream()
        let piece = [UInt8](repeating: 0x61, count: 64 << 10)
        #expect(throws: EventStream.TooLarge.self) {
            for _ in 0..<32 { _ = try stream.feed(piece) }
        }
    }

    @Test
    func `many lines of data in one event are limited as one`() throws {
        var stream = EventStream()
        let piece = Array("data: ".utf8) + [UInt8](repeating: 0x61, count: 64 << 10) + [0x0A]
        #expect(throws: EventStream.TooLarge.self) {
            for _ in 0..<32 { _ = try stream.feed(piece) }
        }
    }
}
