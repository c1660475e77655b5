/// What belongs together across programs (W3C Trace Context, https://www.w3.org/TR/trace-context/): the trace of the request that is being answered. It goes along
/// with what the request causes: to the model's endpoint, into the events that are written meanwhile, and from there to the webhooks that are told of them.
package struct Trace: Hashable, Sendable {
    /// 32 hex digits, not all zero.
    package let id: String
    /// Two hex digits: whether the first in the chain keeps it.
    package let flags: String

    /// The trace that is gone on with here; nil where nothing outside began it (a turn taken up after a restart).
    @TaskLocal package static var current: Trace?

    /// Goes on with the trace of a `traceparent` header, or begins one where there is none or it is malformed.
    package init(header: String?) {
        let parts = (header ?? "").split(separator: "-", omittingEmptySubsequences: false).map(String.init)
        let isValid =
            parts.count >= 4 && parts[0].utf8.count == 2 && parts[0] != "ff" && Self.isHex(parts[0], 2) && Self.isHex(parts[1], 32)
            && Self.isHex(parts[2], 16) && Self.isHex(parts[3], 2) && parts[1].contains { $0 != "0" } && parts[2].contains { $0 != "0" }
            && (parts[0] != "00" || parts.count == 4)
        id = isValid ? parts[1] : Self.random() + Self.random()
        flags = isValid ? parts[3] : "00"
    }

    /// A new one.
    package init() { self.init(header: nil) }

    /// A `traceparent` for the next program in the chain, with a span of its own each time.
    package var header: String { "00-\(id)-\(Self.random())-\(flags)" }

    /// As it is kept with an event.
    var stored: String { "\(id)-\(flags)" }

    init?(stored: String) {
        let parts = stored.split(separator: "-").map(String.init)
        guard parts.count == 2 else { return nil }
        (id, flags) = (parts[0], parts[1])
    }

    private static func isHex(_ text: String, _ count: Int) -> Bool {
        text.utf8.count == count && text.utf8.allSatisfy { ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x61 && $0 <= 0x66) }
    }

    /// 16 hex digits, never all zero.
    private static func random() -> String {
        let digits = String(UInt64.random(in: 1...UInt64.max), radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}

extension Querying {
    /// The trace in which an event was written.
    /// - Returns: nil where it had none, or where there is no such event.
    /// - Throws: `StorageError`.
    package func trace(ofEvent sequence: Int64) throws -> Trace? {
        let stored: String? = try row("SELECT trace FROM event WHERE seq = $1", sequence)?[0]
        return stored.flatMap(Trace.init(stored:))
    }
}
