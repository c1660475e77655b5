import Inbox
import Notation

/// How many conversations each list has, as the API and the live stream say it.
enum QueueShape {
    static let schema = Schema.named(
        "QueueCounts",
        .object([
            .init("needs_person", .count), .init("mine", .count), .init("assistant", .count), .init("waiting", .count),
            .init("closed", .count),
        ]))

    static func json(_ counts: QueueCounts) -> JSON {
        .of(
            ("needs_person", .of(counts.needsPerson)), ("mine", .of(counts.mine)), ("assistant", .of(counts.assistant)),
            ("waiting", .of(counts.waiting)), ("closed", .of(counts.closed)))
    }
}
