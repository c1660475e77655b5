import Assistant
import Foundation
import Inbox
import Notation
import Retrieval
import Storage
import Support
import Testing

@testable import Baton

/// The configuration is read anew while customers are being answered.
struct ReloadingTests {
    private static let question = "How long does a bank withdrawal take?"

    /// An installation with a configuration of its own that a test may edit.
    private struct House: Sendable {
        let folder: TemporaryFolder
        let installation: Installation
        let desk: Desk
        let workspace: WorkspaceID

        /// Replaces text in a file of the configuration.
        func edit(_ file: String, _ before: String, _ after: String) throws {
            let text = try String(contentsOfFile: folder.file(file), encoding: .utf8)
            #expect(text.contains(before), "\(file) has no '\(before)'")
            try folder.write(text.replacingOccurrences(of: before, with: after), to: file)
        }

        /// One question in a conversation of its own.
        func ask(_ text: String) async throws -> TurnOutcome? {
            let thread = try await desk.open(in: workspace)
            _ = try await desk.receive(text, from: thread.customer, in: thread.id, of: workspace)
            return await desk.outcome(in: thread.id)
        }
    }

    private func house(_ endpoint: ScriptedEndpoint, _ body: @escaping @Sendable (House) async throws -> Void) async throws {
        let folder = try TemporaryFolder()
        try FileManager.default.copyItem(atPath: Project.path("Config"), toPath: folder.file("Config"))
        try FileManager.default.copyItem(atPath: Project.path("Prompts"), toPath: folder.file("Prompts"))
        let settings = try Settings(
            flags: Flags(data: folder.file("data"), config: folder.file("Config"), prompts: folder.file("Prompts")),
            environment: ["BATON_ENDPOINT_URL": endpoint.baseURL, "BATON_ENDPOINT_MODEL": "scripted-1"])
        let workspace = try Installation.workspace(named: nil, settings)
        try await Installation.open(settings) { installation in
            try await installation.apply(workspace)
            _ = try await installation.library.ingest(
                DocumentSource(documents: Repository.documents(of: quayside), origin: "test"), into: workspace.profile.usualCollection)
            try await installation.withDesk { desk in
                try await body(House(folder: folder, installation: installation, desk: desk, workspace: workspace.id))
            }
        }
        endpoint.close()
        folder.close()
    }

    private func isReply(_ outcome: TurnOutcome?) -> Bool { if case .replied = outcome { true } else { false } }

    @Test func `a changed threshold, message and prompt act on the next turn`() async throws {
        let endpoint = try ScriptedEndpoint { Model.answer(to: $0) }
        try await house(endpoint) { house in
            #expect(isReply(try await house.ask(Self.question)))
            try house.edit("Prompts/answer.prompt", "assistant of {{{company}}}.", "assistant of {{{company}}} and its harbour.")
            try house.edit("Config/quayside/messages.yaml", "greeting: \"Hello! I'm", "greeting: \"Ahoy! I'm")
            // Not before it is asked for.
            #expect(isReply(try await house.ask(Self.question)))
            #expect(endpoint.requests.allSatisfy { !$0.text.contains("and its harbour") })

            let done = try await house.installation.reload(house.desk)
            #expect(done.workspaces == ["quayside"] && done.needRestart.isEmpty && done.dropped.isEmpty)
            #expect(isReply(try await house.ask(Self.question)))
            #expect(endpoint.requests.last?.text.contains("and its harbour") == true)
            guard case .replied(let greeting) = try await house.ask("hello") else {
                Issue.record("no greeting")
                return
            }
            #expect(greeting.text.hasPrefix("Ahoy!"))

            try house.edit("Config/quayside/workspace.yaml", "threshold: 0.80", "threshold: 1.0")
            _ = try await house.installation.reload(house.desk)
            guard case .handedOver(let handoff) = try await house.ask(Self.question) else {
                Issue.record("not handed over")
                return
            }
            #expect(handoff.reason == "low_confidence")
        }
    }

    @Test func `a file with a mistake changes nothing and is named with its line`() async throws {
        let endpoint = try ScriptedEndpoint { Model.answer(to: $0) }
        try await house(endpoint) { house in
            let mistakes: [(file: String, before: String, after: String, says: String)] = [
                ("Config/quayside/workspace.yaml", "turn_cap: 8", "turn_cup: 8", "workspace.yaml:"),
                ("Config/quayside/workspace.yaml", "grant: \"50.00\"", "grant: \"a lot\"", "workspace.yaml:"),
                ("Config/quayside/messages.yaml", "greeting: \"Hello!", "greeting: \"{{nonsense}} Hello!", "messages.yaml:"),
                ("Prompts/answer.prompt", "{{{company}}}", "{{{compnay}}}", "answer.prompt:"),
                ("Config/quayside/workspace.yaml", "currency: USD", "currency: EUR", "prices.yaml:"),
            ]
            for mistake in mistakes {
                let before = try String(contentsOfFile: house.folder.file(mistake.file), encoding: .utf8)
                // A good change beside the bad one must not be taken over either.
                try house.edit("Config/quayside/workspace.yaml", "name: Quayside Assistant", "name: Other Assistant")
                try house.edit(mistake.file, mistake.before, mistake.after)
                do {
                    _ = try await house.installation.reload(house.desk)
                    Issue.record("\(mistake.after) was taken")
                } catch {
                    #expect("\(error)".contains(mistake.says), "\(error)")
                }
                #expect(try house.desk.profile(house.workspace).usualAssistantName == "Quayside Assistant")
                #expect(isReply(try await house.ask(Self.question)))
                try house.folder.write(before, to: mistake.file)
                let workspace = try String(contentsOfFile: house.folder.file("Config/quayside/workspace.yaml"), encoding: .utf8)
                try house.folder.write(
                    workspace.replacingOccurrences(of: "name: Other Assistant", with: "name: Quayside Assistant"),
                    to: "Config/quayside/workspace.yaml")
            }
            _ = try await house.installation.reload(house.desk)
        }
    }

    @Test func `a signal reads the files anew, and says what became of it`() async throws {
        let endpoint = try ScriptedEndpoint { Model.answer(to: $0) }
        try await house(endpoint) { house in
            let (words, told) = AsyncStream.makeStream(of: String.self)
            try await ControlSocket.serving(house.installation, house.desk, reloading: { told.yield($0) }) {
                var iterator = words.makeAsyncIterator()
                try house.edit("Config/quayside/workspace.yaml", "name: Quayside Assistant", "name: Harbour Assistant")
                kill(getpid(), SIGHUP)
                #expect(await iterator.next()?.contains("workspaces quayside") == true)
                #expect(try house.desk.profile(house.workspace).usualAssistantName == "Harbour Assistant")
                try house.edit("Config/quayside/workspace.yaml", "turn_cap: 8", "turn_cup: 8")
                kill(getpid(), SIGHUP)
                let refusal = await iterator.next() ?? ""
                #expect(refusal.contains("stays as it was") && refusal.contains("workspace.yaml:"), "\(refusal)")
                #expect(try house.desk.profile(house.workspace).usualAssistantName == "Harbour Assistant")
            }
        }
    }

    @Test func `a command reads the files anew in the process that runs`() async throws {
        let folder = try TemporaryFolder()
        try FileManager.default.copyItem(atPath: Project.path("Config"), toPath: folder.file("Config"))
        let program = try Program(
            "baton",
            environment: [
                "BATON_DATA": folder.file("data"), "BATON_CONFIG": folder.file("Config"), "BATON_PROMPTS": Project.path("Prompts"),
            ])
        let nobody = try await program.run(["reload"])
        #expect(nobody.status == Exit.notFound.rawValue, "\(nobody)")
        let holder = try LiveProgram(program, ["chat"])
        #expect(await holder.says("/quit ends."))
        let path = "Config/quayside/messages.yaml"
        let messages = try String(contentsOfFile: folder.file(path), encoding: .utf8)
        try folder.write(messages.replacingOccurrences(of: "greeting: \"Hello!", with: "greeting: \"Ahoy!"), to: path)
        let done = try await program.run(["reload"])
        #expect(done.status == 0 && done.output.contains("workspaces quayside"), "\(done)")
        #expect(try await program.run(["ask", "hello"]).output.contains("Ahoy!"))
        try folder.write(messages.replacingOccurrences(of: "greeting:", with: "greting:"), to: path)
        let refused = try await program.run(["reload"])
        #expect(refused.status == Exit.configuration.rawValue && refused.talk.contains("messages.yaml"), "\(refused)")
        // Also the commands go on with what is in force, not with what lies on the disk.
        #expect(try await program.run(["ask", "hello"]).output.contains("Ahoy!"))
        holder.type("/quit")
        #expect(await holder.end().status == 0)
        folder.close()
    }

    @Test func `a turn under way ends with what it began with`() async throws {
        let endpoint = try ScriptedEndpoint()
        let gate = Gate()
        endpoint.answer { Model.answer(to: $0).after(gate) }
        try await house(endpoint) { house in
            let thread = try await house.desk.open(in: house.workspace)
            _ = try await house.desk.receive(Self.question, from: thread.customer, in: thread.id, of: house.workspace)
            try await endpoint.waitForRequests(1)
            try house.edit("Config/quayside/workspace.yaml", "threshold: 0.80", "threshold: 1.0")
            _ = try await house.installation.reload(house.desk)
            gate.open()
            #expect(isReply(await house.desk.outcome(in: thread.id)))
            #expect(!isReply(try await house.ask(Self.question)))
        }
    }

    @Test func `teammates, prices and workspaces that are new are there, and what needs a restart is said`() async throws {
        let endpoint = try ScriptedEndpoint { Model.answer(to: $0) }
        try await house(endpoint) { house in
            let files = FileManager.default
            try files.copyItem(atPath: house.folder.file("Config/quayside"), toPath: house.folder.file("Config/pier"))
            try house.edit("Config/pier/workspace.yaml", "name: Quayside\n", "name: Pier\n")
            // An address opens one account of the whole installation.
            try house.edit("Config/pier/workspace.yaml", "@quayside.example", "@pier.example")
            try house.folder.write("turn_deadline: 30 s\n", to: "Config/baton.yaml")
            let done = try await house.installation.reload(house.desk)
            #expect(done.workspaces == ["pier", "quayside"] && done.needRestart == ["turn_deadline"], "\(done)")
            let pier = WorkspaceID("pier")
            let thread = try await house.desk.open(in: pier)
            #expect(thread.workspace == pier)
            try files.removeItem(atPath: house.folder.file("Config/pier"))
            let after = try await house.installation.reload(house.desk)
            #expect(after.dropped == ["pier"])
            await #expect(throws: DeskError.self) { try await house.desk.open(in: pier) }
            // Its conversations are kept.
            let kept = try await house.installation.store.read { try Inbox(of: pier).conversation(thread.id, in: $0) }
            #expect(kept.id == thread.id)
        }
    }

    @Test func `another endpoint is asked after it was configured`() async throws {
        let (first, second) = (try ScriptedEndpoint { Model.answer(to: $0) }, try ScriptedEndpoint { Model.answer(to: $0) })
        let folder = try TemporaryFolder()
        try FileManager.default.copyItem(atPath: Project.path("Config"), toPath: folder.file("Config"))
        let point: @Sendable (ScriptedEndpoint) throws -> Void = { endpoint in
            try folder.write("endpoints:\n  - { name: one, url: \"\(endpoint.baseURL)\", model: scripted-1 }\n", to: "Config/baton.yaml")
        }
        try point(first)
        let settings = try Settings(
            flags: Flags(data: folder.file("data"), config: folder.file("Config"), prompts: Project.path("Prompts")), environment: [:])
        let workspace = try Installation.workspace(named: nil, settings)
        try await Installation.open(settings) { installation in
            try await installation.apply(workspace)
            _ = try await installation.library.ingest(
                DocumentSource(documents: Repository.documents(of: quayside), origin: "test"), into: workspace.profile.usualCollection)
            try await installation.withDesk { desk in
                let house = House(folder: folder, installation: installation, desk: desk, workspace: workspace.id)
                #expect(isReply(try await house.ask(Self.question)))
                try point(second)
                _ = try await installation.reload(desk)
                #expect(isReply(try await house.ask(Self.question)))
                #expect(first.requests.count == 1 && second.requests.count == 1)
            }
        }
        first.close()
        second.close()
        folder.close()
    }
}
