import CText
import NIOConcurrencyHelpers

/// Snowball's English stemmer. One may not be used by two threads at once; `withOne` lends one.
final class Stemmer {
    private let handle: OpaquePointer?

    private init() { handle = sb_stemmer_new("english", "UTF_8") }
    deinit { if let handle { sb_stemmer_delete(handle) } }

    /// Calls `body` with the stem (valid during the call only), or the word itself where there is none.
    @inline(__always)
    func stem<Result>(_ word: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        guard let handle, let base = word.baseAddress, let stem = sb_stemmer_stem(handle, base, Int32(clamping: word.count)) else {
            return body(word)
        }
        return body(UnsafeBufferPointer(start: stem, count: Int(sb_stemmer_length(handle))))
    }

    /// Lends a stemmer: an idle one, or a new one.
    static func withOne<Result>(_ body: (Stemmer) throws -> Result) rethrows -> Result {
        let stemmer = idle.withLockedValue { $0.popLast() }?.stemmer ?? Stemmer()
        defer {
            let lent = Idle(stemmer: stemmer)
            idle.withLockedValue { if $0.count < mostIdle { $0.append(lent) } }
        }
        return try body(stemmer)
    }

    /// Only touched by the thread that took it out of the list.
    private struct Idle: @unchecked Sendable { let stemmer: Stemmer }
    private static let idle = NIOLockedValueBox<[Idle]>([])
    /// Stemmers kept for the next caller.
    private static let mostIdle = 16
}
