import Assistant
import Foundation
import Notation
import Storm
import Support
import Testing

/// The promises of the service one by one, over sockets, with a process that is ended, stopped and told to go.
struct SocketJourneys {
    private static let question = "How long does a bank withdrawal take to arrive?"

    @Test func `of two teammates who take over at once one has it, and the other is told who`() async throws {
        try await RunningService.run { service in
            for _ in 0..<60 {
                let customer = try await service.open()
                let answers = try await withThrowingTaskGroup(of: (String, Answer).self) { group in
                    for name in ["mara", "jonas"] {
                        group.addTask {
                            (
                                name,
                                try await service.staff(
                                    "PUT", "/v1/conversations/\(customer.conversation)/claim", JSON.of(("teammate", .string(name))))
                            )
                        }
                    }
                    return try await group.reduce(into: [(String, Answer)]()) { $0.append($1) }
                }
                let winners = answers.filter { $0.1.status == 200 }.map(\.0)
                let losers = answers.filter { $0.1.status == 409 }
                #expect(winners.count == 1 && losers.count == 1, "\(answers.map { "\($0.0) \($0.1.status)" })")
                let told = losers.first.map { String(decoding: $0.1.bytes, as: UTF8.self) } ?? ""
                #expect(told.contains((winners.first ?? "nobody").capitalized), "\(told)")
            }
        }
    }

    @Test func `one key is one message: fifty at once, one after the other, and after a restart; another text is refused`() async throws {
        try await RunningService.run { service in
            let customer = try await service.open()
            let call = service.message(Self.question, from: customer, key: "one-key")
            let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
                for _ in 0..<50 { group.addTask { try await service.call(call) } }
                return try await group.reduce(into: [Answer]()) { $0.append($1) }
            }
            #expect(answers.allSatisfy { $0.isSuccess })
            let first = answers.first?.json["message"]?["id"]
            #expect(first != nil && answers.allSatisfy { $0.json["message"]?["id"] == first })
            #expect(try await service.call(call).json["message"]?["id"] == first)
            _ = await service.served.end(by: SIGKILL)
            try await service.served.start()
            #expect(try await service.call(call).json["message"]?["id"] == first)
            let other = try await service.call(service.message("When are staking rewards paid out?", from: customer, key: "one-key"))
            #expect(other.status == 422)
            let thread = try await service.thread(customer) { $0.count > 1 }
            #expect(thread.count { $0.author == "customer" } == 1)
        }
    }

    @Test(arguments: Step.allCases)
    func `killed at any step of a turn, the service answers once or hands over once, for one charge at most`(
        step: Step
    ) async throws {
        try await RunningService.run(variables: ["BATON_DIE_AT": step.rawValue]) { service in
            let customer = try await service.open()
            let call = service.message(Self.question, from: customer, key: "kept")
            // The answer may be cut off by the death.
            let early = await service.caller.attempt(call)
            try await died(service.served)
            let again = try service.with(variables: [:])
            try await again.served.start()
            let answer = try await again.call(call)
            #expect(answer.isSuccess)
            if let early { #expect(answer.json["message"]?["id"] == early.json["message"]?["id"]) }
            let thread = try await again.thread(customer) { thread in thread.contains { $0.author != "customer" } }
            #expect(thread.count { $0.author == "customer" } == 1)
            #expect(thread.count { ["text", "announcement"].contains($0.kind) && $0.author != "customer" } == 1, "\(step)")
            let replies = thread.count { $0.author == "assistant" && $0.kind == "text" }
            #expect(try await again.charges() == replies)
            #expect(await again.served.end(by: SIGTERM) == 0)
            #expect(try await again.served.run(["ledger", "verify"]).status == 0)
        }
    }

    /// Returns when the server has ended by its own hand.
    private func died(_ served: ServedProgram) async throws {
        guard let id = served.processID else { return }
        for _ in 0..<3000 {
            // A process that has ended and was waited for is gone.
            if kill(id, 0) != 0 { break }
            await Caller.pause(milliseconds: 10)
        }
        #expect(await served.end(by: SIGKILL) == -SIGKILL)
    }

    @Test func `stopped beyond the deadline of a turn and continued, it ends the turn once`() async throws {
        try await RunningService.run(turnDeadlineSeconds: 2) { service in
            let customer = try await service.open()
            service.model.hold(true)
            #expect(try await service.call(service.message(Self.question, from: customer)).isSuccess)
            try await service.waitForCalls(1)
            service.served.signal(SIGSTOP)
            service.model.hold(false)
            await Caller.pause(milliseconds: 2_500)
            service.served.signal(SIGCONT)
            _ = try await service.thread(customer) { $0.count > 1 }
            // Whatever else wanted to end it has had its chance when a later question was answered.
            let other = try await service.open()
            #expect(try await service.call(service.message(Self.question, from: other)).isSuccess)
            _ = try await service.thread(other) { $0.count > 1 }
            let thread = try await service.thread(customer)
            #expect(thread.count { $0.author != "customer" && ["text", "announcement"].contains($0.kind) } == 1)
            let replies = thread.count { $0.author == "assistant" && $0.kind == "text" }
            #expect(try await service.charges() == replies + 1)
        }
    }

    @Test func `asked to end it tells its streams, ends by itself with success, and owes nothing it forgets`() async throws {
        try await RunningService.run { service in
            let customer = try await service.open()
            let reading = Task {
                var last = ""
                await service.caller.stream(after: 0, credential: service.credential) { frame in
                    last = frame.event
                    return true
                }
                return last
            }
            service.model.hold(true)
            #expect(try await service.call(service.message(Self.question, from: customer)).isSuccess)
            try await service.waitForCalls(1)
            Task {
                await Caller.pause(milliseconds: 200)
                service.model.hold(false)
            }
            #expect(await service.served.end(by: SIGTERM, patience: .seconds(15)) == 0)
            _ = await reading.value
            try await service.served.start()
            let thread = try await service.thread(customer) { $0.count > 1 }
            #expect(thread.count { $0.author != "customer" } == 1)
        }
    }

    @Test func `asked twice it ends at once, and the turn it left is continued`() async throws {
        try await RunningService.run { service in
            let customer = try await service.open()
            service.model.hold(true)
            #expect(try await service.call(service.message(Self.question, from: customer)).isSuccess)
            try await service.waitForCalls(1)
            service.served.signal(SIGTERM)
            await Caller.pause(milliseconds: 100)
            #expect(await service.served.end(by: SIGTERM, patience: .seconds(5)) != nil)
            service.model.hold(false)
            try await service.served.start()
            let thread = try await service.thread(customer) { $0.count > 1 }
            #expect(thread.count { $0.author == "assistant" && $0.kind == "text" } == 1)
        }
    }
}
