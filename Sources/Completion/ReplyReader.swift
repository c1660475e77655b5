import Notation

/// Puts a `Reply` together from body bytes, decided by looking at them: an event stream, a JSON body though a stream was asked for, an HTML
/// page with status 200, or nothing. Content types lie (ai-mock sends none, gateways send pages as 200).
struct ReplyReader {
    /// More bytes than the endpoint's `largestReply`.
    struct TooLarge: Error, Hashable {}

    private(set) var reply = Reply()
    private var events = EventStream()
    private var head: [UInt8] = []
    private var received = 0
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    /// Takes the next bytes.
    /// - Returns: whether they brought anything but comments and white space, so that a time-out can start anew.
    mutating func feed(_ bytes: [UInt8]) throws(TooLarge) -> Bool {
        received += bytes.count
        guard received <= limit else { throw TooLarge() }
        guard !reply.isComplete else { return false }
        switch reply.form {
        case .nothing: return try decideForm(with: bytes)
        case .stream: return try feedStream(bytes)
        case .json, .markup, .other:
            head += bytes
            return true
        }
    }

    /// The body has ended, by itself or not.
    /// - Parameter isWhole: false where the connection broke: then half an event is no fault of its own.
    mutating func finish(isWhole: Bool) {
        switch reply.form {
        case .nothing: if Self.firstByte(head) != nil { reply.form = .other }
        case .markup, .other: break
        case .stream: if let event = events.finish() { take(event, isPartial: true) }
        case .json: finishJSON(isWhole: isWhole)
        }
        head = []
    }

    /// The first bytes that are not white space or a byte order mark show what the body is.
    private mutating func decideForm(with bytes: [UInt8]) throws(TooLarge) -> Bool {
        head += bytes
        guard let first = Self.firstByte(head) else { return false }
        let all = head
        switch first {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            reply.form = .json
            return true
        case UInt8(ascii: "<"):
            reply.form = .markup
            return true
        default:
            // A field name may be cut; four bytes tell `data`, `even`, `id: `, `retr` and `: pi` from anything else.
            if first != UInt8(ascii: ":"), all.count < 4 { return false }
            guard Self.looksLikeEvents(all) else {
                reply.form = .other
                return true
            }
            reply.form = .stream
            head = []
            return try feedStream(all)
        }
    }

    private mutating func feedStream(_ bytes: [UInt8]) throws(TooLarge) -> Bool {
        let complete: [EventStream.Event]
        do { complete = try events.feed(bytes) } catch { throw TooLarge() }
        for event in complete where !reply.isDone { take(event, isPartial: false) }
        return !complete.isEmpty
    }

    private mutating func take(_ event: EventStream.Event, isPartial: Bool) {
        let data = event.data.drop { $0 <= 0x20 }
        guard let first = data.first else { return }
        if data.starts(with: "[DONE]".utf8) {
            reply.isDone = true
        } else if let object = try? JSONReader.read(Array(data)) {  // no JSON: judged below
            if event.name == "error", reply.error == nil { reply.error = EndpointError(object: object, isBody: true) }
            reply.take(object)
        } else if event.name == "error" {
            reply.error = reply.error ?? EndpointError(body: Array(data))
        } else if !isPartial, first == UInt8(ascii: "{") {
            reply.isGarbled = true  // a piece of the answer is lost; `data: ping` and the like are not
        }
    }

    private mutating func finishJSON(isWhole: Bool) {
        guard let object = try? JSONReader.read(head) else {  // cut off, or no JSON after all
            reply.isGarbled = isWhole
            return
        }
        reply.take(object)
        if reply.error == nil, object["choices"] == nil { reply.error = EndpointError(body: head) }
    }

    private static func firstByte(_ bytes: [UInt8]) -> UInt8? {
        let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        return bytes[start...].first { $0 > 0x20 }.flatMap { $0 == 0xEF && bytes.count < 3 ? nil : $0 }
    }

    private static func looksLikeEvents(_ bytes: [UInt8]) -> Bool {
        let start = bytes[(bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0)...].drop { $0 <= 0x20 }
        return [":", "data", "even", "id:", "id ", "retr"].contains { start.starts(with: $0.utf8.prefix(max(1, start.count))) }
    }

    /// Whether a body is a page.
    static func isMarkup(_ bytes: [UInt8]) -> Bool { firstByte(bytes) == UInt8(ascii: "<") }
}
