import Inbox
import Notation
import Storage

/// How many conversations each list has, as the API and the live stream say it.
enum QueueShape {
    static let schema = Schema.named(
        "QueueCounts",
        .object([
            .init("needs_person", .count), .init("mine", .count), .init("assistant", .count), .init("waiting", .count),
            .init("closed", .count), .init("teams", .map(.count, most: 10_000), "by team: what its people have or were asked for"),
        ]))

    static func json(_ counts: QueueCounts) -> JSON {
        .of(
            ("needs_person", .of(counts.needsPerson)), ("mine", .of(counts.mine)), ("assistant", .of(counts.assistant)),
            ("waiting", .of(counts.waiting)), ("closed", .of(counts.closed)),
            (
                "teams",
                .object(counts.teams.sorted { $0.key < $1.key }.map { .init(key: $0.key.text, value: .of($0.value)) })
            ))
    }
}
