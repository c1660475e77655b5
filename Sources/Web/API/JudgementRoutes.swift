import Access
import HTTPTypes
import Inbox
import Notation
import Storage

/// What teammates think of the assistant's answers.
enum JudgementRoutes {
    static let all: [Route] = [
        Route(
            .put, "/v1/conversations/{conversation}/messages/{message}/judgement", "judgeAnswer", .inbox,
            "Says how good an answer of the assistant is, sent or held back; a teammate's latest word counts",
            policy: .staff(.conversationsWrite),
            input: .json(
                .object([
                    .init("verdict", .oneOf(Judgement.Verdict.allCases.map(\.rawValue)), "`fixable`: good after a small change"),
                    .init("because", .oneOf(Judgement.Cause.allCases.map(\.word)), "what was wrong", required: false), Field.teammate,
                ])), answers: [.init(200, "the judgement as kept", JudgementShape.schema)]
        ) { try await judge($0) }
    ]

    private static func judge(_ call: Call) async throws -> Reply {
        let (inbox, id, message, teammate) = (call.inbox, call.conversation, MessageID(call.place("message")), try call.teammate())
        guard let verdict = call.text("verdict").flatMap(Judgement.Verdict.init(rawValue:)) else {
            throw Problem.invalid("/verdict", "missing", "is required")
        }
        let cause = Judgement.Cause.allCases.first { $0.word == call.text("because") }
        return try await call.naming {
            try await call.service.store.write { transaction in
                .json(
                    JudgementShape.json(
                        try inbox.judge(message, in: id, as: verdict, because: cause, by: teammate, at: call.now, in: transaction)))
            }
        }
    }
}

/// A judgement as teammates read it.
enum JudgementShape {
    static let schema = Schema.named(
        "Judgement",
        .object([
            .init("teammate", .identifier), .init("verdict", .oneOf(Judgement.Verdict.allCases.map(\.rawValue))),
            .init("because", .oneOf(Judgement.Cause.allCases.map(\.word)), required: false), .init("at", .time),
        ]))

    static func json(_ judgement: Judgement) -> JSON {
        .of(
            ("teammate", .string(judgement.teammate.text)), ("verdict", .string(judgement.verdict.rawValue)),
            ("because", .text(judgement.because?.word)), ("at", .of(judgement.at)))
    }
}

extension Judgement.Cause {
    /// As the API writes it.
    var word: String {
        switch self {
        case .missingDocument: "missing_document"
        case .wrongRule: "wrong_rule"
        case .wrongDocument: "wrong_document"
        case .tone: "tone"
        case .other: "other"
        }
    }
}
