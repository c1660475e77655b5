import Inbox
import Storage
import Testing

@Suite struct HandingOverTests {
    @Test func `a handoff is one commit of owner, announcement, assignment, notification and the end of the turn`() async throws {
        try await withQuayside { world in
            let (id, turn) = try await world.asked()
            guard case .handedOver(let handoff) = try await world.handOver(id, turn: turn, to: .init(team: payments)) else {
                throw Unexpected()
            }
            let now = try await world.conversation(id)
            #expect(now.owner == .queue)
            #expect(now.epoch == turn.epoch + 1)
            #expect(now.suggested == jonas)
            #expect(now.team == payments)
            #expect(handoff.state == .waiting)
            #expect(handoff.assigned == jonas)
            #expect(handoff.epoch == now.epoch)
            #expect(try await world.turn(turn.id).state == .handedOver)
            let last = try #require(try await world.thread(id).last)
            #expect(last.id == handoff.announcement)
            #expect(last.text == "I'm connecting you with a specialist.")
            #expect(try await world.notices() == 1)
            #expect(try await world.events(id).suffix(2) == ["message.sent", "conversation.handed_over"])
        }
    }

    @Test func `fifty at once make one handoff, one announcement and one notification`() async throws {
        try await withQuayside { world in
            let (id, turn) = try await world.asked()
            let outcomes = try await withThrowingTaskGroup(of: HandOverOutcome.self) { group in
                for number in 0..<50 {
                    group.addTask { try await world.handOver(id, turn: number % 2 == 0 ? turn : nil, because: "reason\(number)") }
                }
                return try await group.reduce(into: [HandOverOutcome]()) { $0.append($1) }
            }
            let winners = outcomes.filter { if case .handedOver = $0 { true } else { false } }
            #expect(winners.count == 1)
            #expect(Set(outcomes.compactMap(\.handoff?.id)).count == 1)
            #expect(outcomes.allSatisfy { $0.handoff != nil })
            #expect(try await world.thread(id).filter { $0.kind == .announcement }.count == 1)
            #expect(try await world.notices() == 1)
            #expect(try await world.conversation(id).epoch == 2)
        }
    }

    @Test func `the same key gives the first handoff, also after it was handed back`() async throws {
        try await withQuayside { world in
            let (id, _) = try await world.asked()
            let first = try await world.handOver(id, key: "k").handoff?.id
            try await world.handBack(id, by: mara)
            let again = try await world.handOver(id, because: "other", key: "k")
            #expect(again.handoff?.id == first)
            #expect(try await world.conversation(id).owner == .assistant)
            guard case .handedOver(let second) = try await world.handOver(id, key: "k2") else { throw Unexpected() }
            #expect(second.id != first)
        }
    }

    @Test func `a handover that was refused may be tried again under its key`() async throws {
        try await withQuayside { world in
            let (id, turn) = try await world.asked()
            let leased = try await world.write { [inbox = world.inbox] in try inbox.lease(turn.id, milliseconds: 1, at: noon, in: $0) }
            #expect(try await world.handOver(id, turn: turn, key: "k") == .refused(.leaseLost))
            guard case .handedOver = try await world.handOver(id, turn: leased, key: "k") else { throw Unexpected() }
        }
    }

    @Test func `a turn that was answered hands nothing over`() async throws {
        try await withQuayside { world in
            let (id, turn) = try await world.asked()
            try await world.reply(turn)
            #expect(try await world.handOver(id, turn: turn) == .refused(.answered))
            #expect(try await world.conversation(id).owner == .assistant)
            #expect(try await world.handoffs(id).isEmpty)
            #expect(try await world.notices() == 0)
        }
    }

    @Test func `what a person owns is not handed over`() async throws {
        try await withQuayside { world in
            let (id, turn) = try await world.asked()
            try await world.claim(id, by: mara)
            #expect(try await world.handOver(id, turn: turn) == .already(owner: .teammate(mara), nil))
            #expect(try await world.thread(id).filter { $0.kind == .announcement }.isEmpty)
        }
    }

    @Test func `a customer may ask for a person in a closed conversation`() async throws {
        try await withQuayside { world in
            let (id, _) = try await world.asked()
            try await world.resolve(id, by: .teammate(mara))
            guard case .handedOver = try await world.handOver(id) else { throw Unexpected() }
            let now = try await world.conversation(id)
            #expect(now.owner == .queue)
            #expect(now.state == .open)
            #expect(now.resolvedAt == nil)
        }
    }

    @Test func `a turn of another conversation does not hand this one over`() async throws {
        try await withQuayside { world in
            let (id, _) = try await world.asked()
            let (_, other) = try await world.asked()
            await #expect(throws: InboxError.notFound(.turn)) { try await world.handOver(id, turn: other) }
            let owner = try await world.conversation(id).owner
            #expect(owner == .assistant)
        }
    }

    @Test func `the package carries what the assistant knew and what the inbox knows`() async throws {
        try await withQuayside { world in
            let (id, turn) = try await world.asked()
            try await world.write { [inbox = world.inbox] in
                try inbox.capture(["amount": "250 EUR"], in: id, at: noon, in: $0)
                try inbox.setTags(["withdrawal"], of: id, at: noon, in: $0)
            }
            var evidence = HandoffEvidence()
            evidence.intent = "withdrawal_status"
            evidence.sentiment = -9
            evidence.tags = ["urgent"]
            evidence.captured = ["network": "SEPA"]
            evidence.tried = ["Searched the fee schedule"]
            evidence.sources = [.init(passage: "fees::2", title: "Fees", wasCited: true)]
            evidence.why = ["confidence 0.62 < 0.80"]
            evidence.receipt = #"{"verdict":"handOver"}"#
            evidence.summary = .init(resolved: ["fees"], pending: ["withdrawal"])
            evidence.attachments = [.init(id: "file_1", name: "proof.png", mediaType: "image/png", bytes: 12)]
            let package = try #require(try await world.handOver(id, turn: turn, because: "lowConfidence", evidence: evidence).handoff)
                .package
            #expect(package.schema == 1)
            #expect(package.thread.conversation == id)
            #expect(package.thread.throughSequence == 1)
            #expect(package.customer.id == world.ines)
            #expect(package.customer.name == "Ines")
            #expect(package.customer.email == "ines@example.com")
            #expect(!package.customer.isVerified)
            #expect(package.captured == ["amount": "250 EUR", "network": "SEPA"])
            #expect(package.tags == ["urgent", "withdrawal"])
            #expect(package.reason == "lowConfidence")
            #expect(package.sentiment == -2)
            #expect(package.summary.pending == ["withdrawal"])
            #expect(package.sources == evidence.sources)
            #expect(package.why == evidence.why)
            #expect(package.receipt == evidence.receipt)
            #expect(package.attachments == evidence.attachments)
            #expect(try await world.conversation(id).tags == ["urgent", "withdrawal"])
        }
    }

    @Test func `a package without any evidence says what the customer still waits for`() async throws {
        try await withQuayside { world in
            let (id, turn) = try await world.asked("How high are the fees?")
            try await world.reply(turn)
            try await world.ask("And where is\nmy withdrawal?", in: id)
            try await world.ask("It is urgent", in: id)
            let package = try #require(try await world.handOver(id, because: "modelError").handoff).package
            #expect(package.summary == .init(resolved: [], pending: ["And where is my withdrawal?", "It is urgent"]))
        }
    }

    @Test func `a handoff does not fail for the size of its package`() async throws {
        try await withQuayside { world in
            let (id, _) = try await world.asked()
            var evidence = HandoffEvidence()
            evidence.receipt = "[" + String(repeating: "1,", count: 400_000) + "1]"
            evidence.tried = (0..<50_000).map { "step \($0)" }
            evidence.tags = (0..<500).map { "tag\($0)" } + ["", "\0"]
            evidence.captured = Dictionary(uniqueKeysWithValues: (0..<500).map { ("field\($0)", "v") })
            evidence.captured["large"] = String(repeating: "x", count: 1_000_000)
            let handoff = try #require(try await world.handOver(id, evidence: evidence).handoff)
            #expect(handoff.package.receipt == nil)
            #expect(handoff.package.tried.first == "step 0")
            #expect(try StoredJSON.text(handoff.package).utf8.count <= InboxLimits.standard.packageBytes)
            #expect(try await world.conversation(id).tags.count == InboxLimits.standard.tags)
            #expect(try await world.conversation(id).captured.count == InboxLimits.standard.details)
        }
    }

    @Test func `an empty announcement text does not leave the customer without a word`() async throws {
        try await withQuayside { world in
            let (id, _) = try await world.asked()
            _ = try await world.write { [inbox = world.inbox] in
                try inbox.handOver(id, because: "r", announcing: { _ in " " }, at: noon, in: $0)
            }
            #expect(try await world.thread(id).last?.text == "I'm connecting you with a specialist.")
        }
    }

    @Test func `each step of a handoff is timed and the first time counts`() async throws {
        try await withQuayside { world in
            let (id, _) = try await world.asked()
            let handoff = try #require(try await world.handOver(id).handoff).id
            @Sendable func at(_ minutes: Int64) -> Timestamp { noon.adding(milliseconds: minutes * minute) }
            for extra in [0, 10] as [Int64] {
                try await world.write { [inbox = world.inbox] in
                    try inbox.notified(handoff, at: at(1 + extra), in: $0)
                    try inbox.seen(id, by: edda, upTo: 2, at: at(2 + extra), in: $0)
                }
                try await world.claim(id, by: mara, at: at(3 + extra))
                try await world.answer("Hello Ines", in: id, by: mara, at: at(4 + extra))
            }
            let steps = try #require(try await world.handoffs(id).first)
            #expect([steps.notifiedAt, steps.seenAt, steps.claimedAt, steps.firstReplyAt] == [at(1), at(2), at(3), at(4)])
            #expect(steps.seenBy == edda)
            #expect(steps.claimedBy == mara)
            #expect(steps.state == .claimed)
            let statistics = try await world.read {
                try world.inbox.handoffStatistics(from: noon, to: noon.adding(milliseconds: 1), in: $0)
            }
            let row = try #require(statistics.first)
            #expect(statistics.count == 1)
            #expect((row.reason, row.count, row.claimed, row.replied) == ("askedForPerson", 1, 1, 1))
            #expect((row.claimMilliseconds, row.replyMilliseconds) == (3 * minute, 4 * minute))
            let before = try await world.read { try world.inbox.handoffStatistics(from: .init(milliseconds: 0), to: noon, in: $0) }
            #expect(before.isEmpty)
        }
    }
}
