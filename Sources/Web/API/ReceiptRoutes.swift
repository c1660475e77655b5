import Access
import Assistant
import Escalation
import HTTPTypes
import Inbox
import Notation
import Storage

/// Why each turn was answered, or handed over, or ended by somebody else.
enum ReceiptRoutes {
    static let all: [Route] = [
        Route(
            .get, "/v1/conversations/{conversation}/receipts", "listReceipts", .inbox,
            "Why each turn went as it did: verdict, reason, every trigger with its value and threshold",
            policy: .staff(.conversationsRead),
            query: [.init("after", .integer(0...Int(Int32.max)), "the seq of the last turn that is known"), .limit],
            answers: [.init(200, "a page, oldest first; `next` is the `after` of the next one", .page(of: schema))]
        ) { call in
            let (inbox, id, after, limit) = (call.inbox, call.conversation, call.number("after") ?? 0, call.limit)
            let (rows, next) = try await call.service.store.read { snapshot in
                let turns = try inbox.turns(of: id, in: snapshot).filter { $0.sequence > after }
                let handoffs = try inbox.handoffs(of: id, in: snapshot)
                let page = turns.prefix(limit)
                let rows = try page.map { try json($0, handoffs.first { [turn = $0.id] in $0.turn == turn }, inbox, in: snapshot) }
                return (rows, turns.count > limit ? page.last?.sequence : nil)
            }
            return .json(.of(("data", .array(rows)), ("next", next.map { .string("\($0)") })))
        }
    ]

    private static let schema = Schema.named(
        "Receipt",
        .object([
            .init("turn", .identifier), .init("message", .identifier, "the question"), .init("seq", .count, "of the question"),
            .init("state", .oneOf(["open", "answered", "handed_over", "superseded", "taken"])), .init("opened_at", .time),
            .init("closed_at", .time, required: false), .init("verdict", .oneOf(["answer", "offer", "hand_over"]), required: false),
            .init("reason", .text(0...200), required: false), .init("confidence", .number(0...1), required: false),
            .init("threshold", .number(0...1), required: false),
            .init("why", .array(.lines(0...10_000), most: 1000), "one line per trigger that fired"),
            .init("confidence_parts", .array(.lines(0...1000), most: 20), "what moved the confidence most", required: false),
            .init("charge", .identifier, "names the usage row, where a model was asked", required: false),
            .init("receipt", .anything, "every trigger, fired or not", required: false),
        ]))

    private static func json(_ turn: Turn, _ handoff: Handoff?, _ inbox: Inbox, in querying: some Querying) throws -> JSON {
        let entry = try inbox.entry(ofTurn: turn.id, in: turn.conversation, in: querying)
        let details = entry?.details.flatMap(ReplyDetails.read)
        let kept = try handoff?.package.receipt ?? inbox.receipt(of: turn.id, in: querying)
        // What an older version kept may be shaped otherwise; the turn is shown all the same.
        let receipt = details?.receipt ?? kept.flatMap { try? StoredJSON.decode(Receipt.self, from: $0) }
        return .of(
            ("turn", .string(turn.id.text)), ("message", .string(turn.message.text)), ("seq", .of(turn.sequence)),
            ("state", .string(turn.state == .handedOver ? "handed_over" : turn.state.rawValue)), ("opened_at", .of(turn.openedAt)),
            ("closed_at", turn.closedAt.map(JSON.of)), ("verdict", .text(receipt?.verdict.word)),
            ("reason", .text(receipt?.reason?.rawValue)), ("confidence", .share(receipt?.confidence?.probability)),
            ("threshold", .share(receipt?.threshold)), ("why", .array((receipt?.inWords ?? []).map(JSON.string))),
            ("confidence_parts", (receipt?.confidence?.inWords).map { .array($0.map(JSON.string)) }),
            ("charge", details?.isCanned == false ? .string(turn.id.text) : nil),
            // Encoding what was just decoded cannot fail.
            ("receipt", receipt.flatMap { try? StoredJSON.text($0) }.flatMap(JSON.kept)))
    }
}
