import Inbox
import Storage
import Testing

@Suite struct JudgingTests {
    @Test func `a teammate's latest word on an answer counts, and colleagues may differ`() async throws {
        try await withQuayside { world in
            let (id, turn) = try await world.asked()
            guard case .stored(let answer) = try await world.reply(turn) else { throw StorageError.closed }
            func judge(_ verdict: Judgement.Verdict, _ cause: Judgement.Cause? = nil, _ teammate: TeammateID) async throws {
                try await world.write { [inbox = world.inbox] in
                    _ = try inbox.judge(answer.id, in: id, as: verdict, because: cause, by: teammate, at: noon, in: $0)
                }
            }
            try await judge(.right, nil, mara)
            try await judge(.wrong, .missingDocument, jonas)
            try await judge(.fixable, .tone, mara)
            try await judge(.fixable, .tone, mara)
            let kept = try await world.read { try world.inbox.judgements(of: id, in: $0) }
            #expect(Set(kept.keys) == [answer.id])
            #expect(kept[answer.id]?.map(\.teammate) == [jonas, mara])
            #expect(kept[answer.id]?.map(\.verdict) == [.wrong, .fixable])
            #expect(kept[answer.id]?.map(\.because) == [.missingDocument, .tone])
            #expect(try await world.events(id).filter { $0 == "answer.judged" }.count == 3)
        }
    }

    @Test func `a held-back suggestion can be judged; a customer's, a colleague's and the system's words cannot`() async throws {
        try await withQuayside { world in
            let (id, turn) = try await world.asked()
            try await world.handOver(id, turn: turn)
            let kept = try await world.write { [inbox = world.inbox] in
                try inbox.keepSuggestion("Two hours.", for: turn.id, at: noon, in: $0)
            }
            let draft = try #require(kept)
            try await world.answer("Hello", in: id, by: mara)
            try await world.note("Hm", in: id, by: mara)
            for message in try await world.whole(id) {
                let outcome: InboxError? = try await world.write { [inbox = world.inbox] in
                    do {
                        try inbox.judge(message.id, in: id, as: .right, by: mara, at: noon, in: $0)
                        return nil
                    } catch let error as InboxError { return error }
                }
                #expect(outcome == (message.id == draft.id ? nil : .notAnAnswer), "\(message.kind)")
            }
        }
    }

    @Test func `an answer of another conversation or company is not found, and a stranger judges nothing`() async throws {
        try await withQuayside { world in
            let (id, turn) = try await world.asked()
            guard case .stored(let answer) = try await world.reply(turn) else { throw StorageError.closed }
            let (other, _) = try await world.asked()
            await #expect(throws: InboxError.notFound(.message)) {
                try await world.write { [inbox = world.inbox] in
                    _ = try inbox.judge(answer.id, in: other, as: .right, by: mara, at: noon, in: $0)
                }
            }
            await #expect(throws: InboxError.notFound(.teammate)) {
                try await world.write { [inbox = world.inbox] in
                    _ = try inbox.judge(answer.id, in: id, as: .right, by: TeammateID("nobody"), at: noon, in: $0)
                }
            }
            await #expect(throws: InboxError.self) {
                try await world.write { _ = try Inbox(of: harbour).judge(answer.id, in: id, as: .right, by: mara, at: noon, in: $0) }
            }
            let none = try await world.read { try world.inbox.judgements(of: id, in: $0) }
            #expect(none.isEmpty)
        }
    }
}
