import Assistant
import Foundation
import Inbox
import Metering
import Storage
import Support
import Testing

@testable import Baton

/// The real program, ended as `kill -9` would end it, at every step of a turn.
struct KillingTests {
    private static let question = "How long do withdrawals to my bank take?"

    private static func places(_ folder: TemporaryFolder) -> [String: String] {
        ["BATON_DATA": folder.file("data"), "BATON_CONFIG": Project.path("Config"), "BATON_PROMPTS": Project.path("Prompts")]
    }

    /// A data directory with the documents read in, to be copied for each step.
    private func template() async throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        let run = try await Program("baton", environment: Self.places(folder)).run(["ingest"])
        guard run.status == 0 else { throw SupportError.file("ingest: \(run.talk)") }
        return folder
    }

    @Test func `killed at any step, the customer's message is answered once or handed over once, for at most one charge`() async throws {
        let template = try await template()
        defer { template.close() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for step in Step.allCases { group.addTask { try await die(at: step, on: template) } }
            try await group.waitForAll()
        }
    }

    @Test func `credit of a turn that a later message took over while its worker was dead is free after the next start`() async throws {
        let gate = Gate()
        var options = World.Options()
        options.model = { request in
            guard request.number == 1 else { return Model.answer(to: request) }
            return Model.answer(to: request).after(gate)
        }
        try await World.run(options) { world in
            let conversation = try await world.open()
            try await world.say("How long does a bank withdrawal take?", in: conversation)
            try await world.endpoint.waitForRequests(1)
            world.clock.advance(seconds: 1)
            let later = try await world.restarted()
            gate.open()
            // The next message is there before anybody looks at what was left.
            let second = try await later.say("When are staking rewards paid out?", in: conversation)
            _ = await later.desk.outcome(in: conversation.id)
            later.expectReply(try await later.look(at: second, in: conversation))
            #expect(try await later.credit().held.text == "0.05")
            _ = try await later.desk.resume()
            #expect(try await later.credit().held == .zero)
            #expect(try await later.usage().allSatisfy { $0.outcome != nil })
            await later.close()
        }
    }

    private func die(at step: Step, on template: TemporaryFolder) async throws {
        let folder = try TemporaryFolder()
        defer { folder.close() }
        try FileManager.default.copyItem(atPath: template.file("data"), toPath: folder.file("data"))
        let endpoint = try ScriptedEndpoint { Model.answer(to: $0) }
        defer { endpoint.close() }
        let variables = [
            "BATON_ENDPOINT_URL": endpoint.baseURL, "BATON_ENDPOINT_MODEL": "scripted-1", "BATON_TURN_DEADLINE": "600 s",
        ].merging(Self.places(folder)) { $1 }
        let killed = try await Program("baton", environment: variables.merging(["BATON_DIE_AT": step.rawValue]) { $1 }).run([
            "ask", Self.question,
        ])
        #expect(killed.wasKilled && killed.status == SIGKILL, "\(step): \(killed)")
        let before = endpoint.requests.count

        // The next process is this one: it opens the same directory, as `baton` does, and continues what is open.
        let flags = Flags(data: folder.file("data"), config: Project.path("Config"), prompts: Project.path("Prompts"))
        let settings = try Settings(flags: flags, environment: variables)
        let workspace = try Installation.workspace(named: nil, settings)
        try await Installation.open(settings) { installation in
            let inbox = Inbox(of: workspace.id)
            let conversations: [ConversationID] = try await installation.store.read { snapshot in
                try snapshot.rows("SELECT id FROM conversation WHERE workspace = $1", workspace.id).map { try $0[0] }
            }
            let id = try #require(conversations.first, "the acknowledged message is lost")
            #expect(conversations.count == 1)
            try await installation.withDesk { desk in _ = await desk.outcome(in: id) }

            let meter = installation.meter
            try await installation.store.read { snapshot in
                let thread = try inbox.thread(of: id, in: snapshot)
                #expect(
                    thread.map(\.author) == [.customer, .assistant] || thread.map(\.kind) == [.text, .announcement], "\(thread.map(\.text))"
                )
                #expect(thread.first?.text == Self.question)
                let turn = try #require(try inbox.turns(of: id, in: snapshot).first)
                #expect(turn.state == .answered || turn.state == .handedOver, "\(step)")
                let report = try meter.verify(workspace.id, in: snapshot)
                #expect(report.isSound, "\(step): \(report.findings)")
                let totals = try meter.totals(of: workspace.id, in: snapshot)
                #expect(totals.billedResponses == (turn.state == .answered ? 1 : 0), "\(step)")
                let credit = try meter.credit(of: workspace.id, in: snapshot)
                #expect(credit.held == .zero && credit.overrun == .zero, "\(step)")
                #expect(try credit.balance.adding(totals.charged).text == "50", "\(step)")
                // An attempt whose end nobody saw is told to finance; the endpoint was asked at most once more.
                let attempts = try #require(try meter.explain(ResponseID(turn.id.text), of: workspace.id, in: snapshot)).attempts
                #expect(attempts.map(\.number) == Array(1...max(1, attempts.count)))
                #expect(attempts.allSatisfy { $0.endedAt != nil || $0.state != "sent" }, "\(step): \(attempts.map(\.state))")
                if step == .attempting { #expect(totals.unknownAttempts == 1 && attempts.count == 2) }
            }
        }
        #expect(before <= 1 && endpoint.requests.count <= before + 1, "\(step)")
    }

    @Test func `after a kill the program itself starts, lists the inbox, and proves its books`() async throws {
        let template = try await template()
        defer { template.close() }
        let folder = try TemporaryFolder()
        defer { folder.close() }
        try FileManager.default.copyItem(atPath: template.file("data"), toPath: folder.file("data"))
        let endpoint = try ScriptedEndpoint { Model.answer(to: $0) }
        defer { endpoint.close() }
        let program = try Program(
            "baton",
            environment: Self.places(folder).merging(["BATON_ENDPOINT_URL": endpoint.baseURL, "BATON_ENDPOINT_MODEL": "scripted-1"]) { $1 })
        var dying = program
        dying.environment["BATON_DIE_AT"] = Step.settling.rawValue
        #expect(try await dying.run(["ask", "Can I talk to a human please?"]).wasKilled)
        let list = try await program.run(["inbox", "list"])
        #expect(list.status == 0, "\(list.talk)")
        let verify = try await program.run(["ledger", "verify"])
        #expect(verify.status == 0 && verify.output.contains("sound"))
    }
}
