import Access
import HTTPTypes
import Inbox
import Notation
import Storage

/// What customers say of themselves, and of how it went.
enum IntroductionRoutes {
    static let all: [Route] = [
        Route(
            .patch, "/v1/conversations/{conversation}/customer", "identifyCustomer", .conversations,
            "Keeps what the customer says of themselves in a lead form, or that they put it aside; what the company vouched for stays as it is",
            policy: .customerOrStaff(.conversationsWrite),
            input: .json(
                .object(
                    LeadAnswers.schema + [
                        .init("skipped", .boolean, "whether the form was put aside; then nothing else counts", required: false)
                    ])
            ),
            answers: [.init(200, "the customer", CustomerShape.schema)]
        ) { try await introduce($0) },
        Route(
            .put, "/v1/conversations/{conversation}/satisfaction", "rateConversation", .conversations,
            "Says how it went, once it is over or while nobody waits; may be said again", policy: .customer,
            input: .json(
                .object([
                    .init("score", .integer(Satisfaction.scores), "1 (very bad) to 5 (very good)"),
                    .init("comment", .lines(0...1_000), required: false),
                ])),
            answers: [.init(200, "what is kept", SatisfactionShape.schema)]
        ) { call in
            guard let customer = call.customer else { throw Problem.notFound }
            let (inbox, id) = (call.inbox, call.conversation)
            return try await call.service.store.write { transaction in
                let said = try inbox.rate(
                    id, of: customer, score: call.input["score"]?.integer ?? 0, comment: call.text("comment"), at: call.now, in: transaction
                )
                return .json(SatisfactionShape.json(said))
            }
        },
    ]

    private static func introduce(_ call: Call) async throws -> Reply {
        let (inbox, id, answers, service) = (call.inbox, call.conversation, LeadAnswers(call), call.service)
        let isSkipped = call.input["skipped"] == .bool(true)
        return try await service.store.write { transaction in
            let conversation = try inbox.conversation(id, in: transaction)
            if isSkipped {
                try inbox.skipIntroduction(in: id, at: call.now, in: transaction)
            } else if !answers.isEmpty {
                let forms = service.leadForms(of: call.workspace, assistant: conversation.assistant)
                try inbox.introduce(
                    answers.introduction(for: forms, isWhole: false), in: id,
                    reserved: service.reservedNames(of: call.workspace, in: transaction), at: call.now, in: transaction)
            }
            return .json(CustomerShape.json(try inbox.customer(conversation.customer, in: transaction)))
        }
    }
}

/// How it went, as callers read it.
enum SatisfactionShape {
    static let schema = Schema.named(
        "Satisfaction",
        .object([
            .init("score", .integer(Satisfaction.scores)), .init("comment", .lines(0...1_000), "untrusted", required: false),
            .init("at", .time),
        ]))

    static func json(_ said: Satisfaction) -> JSON {
        .of(("score", .of(said.score)), ("comment", .text(said.comment)), ("at", .of(said.at)))
    }
}

/// A consent, as teammates read it.
enum ConsentShape {
    static let schema = Schema.named(
        "Consent",
        .object([
            .init("text", .lines(0...1_000), "word for word"), .init("link", .text(0...2_000), required: false),
            .init("version", .identifier), .init("at", .time),
        ]))

    static func json(_ given: Introduction.Given) -> JSON {
        .of(
            ("text", .string(given.consent.text)), ("link", .text(given.consent.link)), ("version", .string(given.consent.version)),
            ("at", .of(given.at)))
    }
}
