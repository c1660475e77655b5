import Foundation

/// JSON for other programs: keys sorted, one value a line of output, so that the same data gives the same bytes.
enum Output {
    /// Prints a value as JSON.
    /// - Throws: `EncodingError`.
    static func json(_ value: some Encodable, pretty: Bool = true) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting =
            pretty ? [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted] : [.sortedKeys, .withoutEscapingSlashes]
        Terminal.print(String(decoding: try encoder.encode(value), as: UTF8.self))
    }
}

/// Lines that a person or another program types, one after the other, without keeping a thread of the pool waiting.
enum Lines {
    static func ofStandardInput() -> AsyncStream<String> {
        if let caller = Caller.current { return AsyncStream { await caller.nextLine() } }
        let (stream, continuation) = AsyncStream.makeStream(of: String.self)
        let thread = Thread {
            while let line = readLine(strippingNewline: true) { continuation.yield(line) }
            continuation.finish()
        }
        thread.name = "standard input"
        thread.start()
        return stream
    }
}

/// `3 min`, `2 h`, `5 d`: how long, for people.
func durationText(milliseconds: Int64) -> String {
    let seconds = max(0, milliseconds / 1000)
    switch seconds {
    case ..<60: return "\(seconds) s"
    case ..<3600: return "\(seconds / 60) min"
    case ..<(48 * 3600): return "\(seconds / 3600) h"
    default: return "\(seconds / 86_400) d"
    }
}
