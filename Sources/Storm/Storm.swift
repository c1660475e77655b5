import Foundation
import Glibc
import NIOConcurrencyHelpers
import Notation
import Transfer

/// Kills the program under load, again and again, and asks afterwards whether it kept its promises.
///
/// Black-box: it knows the program's commands, its HTTP API and its exit statuses, and none of its rooms. Customers, teammates, readers, finance, a
/// client that abuses keys and one that takes over at the worst moment talk to a server that is killed, stopped, asked to end and killed while it
/// starts; whatever they were told is held against what the service says when all is quiet.
package struct Storm: Sendable {
    private let settings: StormSettings
    private let served: ServedProgram
    private let model: StormModel
    private let hook: StormHook
    private let client: HTTPClient
    private let witness = Witness()

    /// Seconds until a customer must have heard something; short, so that a storm need not wait long for what a kill left behind.
    private static let turnDeadlineSeconds = 8

    /// Makes the folder with the configuration, and the model.
    /// - Throws: `StormError`.
    package init(_ settings: StormSettings) throws(StormError) {
        self.settings = settings
        let places = ServedProgram.Places(folder: settings.folder)
        model = try StormModel(seed: settings.seed)
        hook = try StormHook(seed: settings.seed)
        try StormWorld.write(
            to: places.config, model: model.url, turnDeadlineSeconds: Self.turnDeadlineSeconds, receiver: hook.place)
        served = ServedProgram(
            program: settings.program, prompts: settings.prompts, places: places, gateway: settings.gateway,
            variables: settings.variables)
        var transfer = HTTPClientSettings()
        transfer.connectionsPerHost = settings.clients * 8 + 32
        transfer.connections = settings.clients * 8 + 64
        client = HTTPClient(settings: transfer)
    }

    /// Runs it to its end and removes what it made, unless something was found.
    /// - Throws: `StormError` where no storm could be made.
    package func run() async throws -> StormReport {
        let start = ContinuousClock.now
        defer {
            client.close()
            model.close()
            hook.close()
        }
        do {
            try await weather()
        } catch {
            _ = await served.end(by: SIGKILL)
            throw error
        }
        let facts = witness.facts
        let keeps = settings.keeps || !facts.violations.isEmpty
        if !keeps { try? FileManager.default.removeItem(atPath: settings.folder) }  // a temporary folder goes sooner or later
        return StormReport(
            seed: settings.seed, rounds: settings.rounds, clients: settings.clients,
            seconds: (ContinuousClock.now - start) / .seconds(1), counts: facts.counts, recoveries: served.recoveries.sorted(),
            violations: facts.violations, folder: keeps ? settings.folder : nil)
    }

    private func weather() async throws {
        let prepared = try await served.run(["ingest"])
        guard prepared.status == 0 else { throw StormError.program("baton ingest: \(prepared.status) \(prepared.talk)") }
        let caller = Caller(client: client, served: served)
        let scene = Scene(caller: caller, witness: witness, model: model, credential: try await StormKey.make(served))
        try await served.start()
        try await subscribe(scene)
        let crew = StormCrew(scene: scene, settings: settings)
        try await crew.during {
            try await rounds(scene)
        } quiet: {
            try await conclude(scene)
        }
        witness.note { [tally = caller.tally, calls = model.calls] facts in
            (facts.counts.requests, facts.counts.indefinite, facts.counts.modelCalls) = (tally.requests, tally.indefinite, calls)
        }
        for (what, count) in caller.serverErrors.sorted(by: { $0.key < $1.key }) {
            witness.report(.answersAreDefinite, "\(what), \(count) times")
        }
        try await afterwards(scene)
    }

    private func subscribe(_ scene: Scene) async throws {
        let body = JSON.of(("url", .string(hook.url)), ("events", .array(StormHook.kinds.map(JSON.string))))
        let answer = await scene.caller.insist(scene.staff("POST", "/v1/webhooks", body: body))
        guard let secret = answer?.json["secret"]?.text else {
            throw StormError.program("POST /v1/webhooks: \(answer?.status ?? 0) \(answer?.code ?? "no answer")")
        }
        hook.expects(secret)
    }

    // MARK: Killing

    private func rounds(_ scene: Scene) async throws {
        var random = SeededRandom(settings.seed, "kills")
        for round in 1...settings.rounds {
            await Caller.pause(milliseconds: random.number(settings.loadMilliseconds))
            if let how = served.endedByItself {
                witness.report(.staysUp, "round \(round): \(how), nobody asked for it; see server.log")
                _ = await served.end(by: SIGKILL)
                try await served.start()
            } else if settings.kills {
                try await strike(&random)
            }
            let samples = witness.look { Array($0.messages.suffix(64)) }
            await check(random.pick(samples), scene)
            if round % 50 == 0 { settings.says("round \(round): \(witness.look { $0.counts.acknowledged }) acknowledged") }
        }
    }

    /// One strike: kill, ask, pause, or kill while it starts.
    private func strike(_ random: inout SeededRandom) async throws {
        switch random.number(0...99) {
        case 0..<70:
            _ = await served.end(by: SIGKILL)
            witness.note { $0.counts.killed += 1 }
            try await served.start()
        case 70..<80:
            await stop()
            try await served.start()
        case 80..<90:
            served.signal(SIGSTOP)
            await Caller.pause(milliseconds: random.number(50...500))
            served.signal(SIGCONT)
            witness.note { $0.counts.paused += 1 }
        default:
            _ = await served.end(by: SIGKILL)
            try await served.start(killAfterMilliseconds: random.number(0...200))
            witness.note { $0.counts.killedStarting += 1 }
            try await served.start()
        }
    }

    /// Asks the server to end, which it must do by itself, with success.
    private func stop() async {
        let status = await served.end(by: SIGTERM, patience: .seconds(12))
        witness.note { $0.counts.asked += 1 }
        if status != 0 { witness.report(.stopsWhenAsked, "SIGTERM: \(status.map { "status \($0)" } ?? "still there after 12 s")") }
    }

    /// A message acknowledged before the strike must be there after it.
    private func check(_ message: Witness.Message?, _ scene: Scene) async {
        guard let message else { return }
        let path = "/v1/conversations/\(message.conversation)/messages?after=\(message.sequence - 1)&limit=1"
        guard let answer = await scene.caller.insist(scene.staff("GET", path)) else { return }
        if answer.json["data"]?.items?.first?["id"]?.text != message.id {
            witness.report(.acknowledgedIsKept, "\(message.conversation) message \(message.id): not at \(message.sequence) after a restart")
        }
    }

    // MARK: Asking

    /// Waits until nobody is owed anything, then gathers what the program says and holds it against what is known.
    private func conclude(_ scene: Scene) async throws {
        model.calmDown()
        hook.calmDown()
        await settle(scene)
        if let how = served.endedByItself { witness.report(.staysUp, "in the calm: \(how), nobody asked for it; see server.log") }
        guard let marker = await mark(scene) else { return }
        let evidence = await EvidenceReader(scene: scene).all(marker: marker)
        await readersReach(evidence.lastEvent)
        let owed = evidence.events.filter { StormHook.kinds.contains($0.kind) }.map { "evt_\($0.sequence)" }
        await hook.takes(Set(owed), patience: .seconds(15))
        let (facts, hooked) = (witness.facts, hook.told)
        let found = Checking.findings(facts: facts, evidence: evidence, said: model.said, hooked: hooked, grantCents: StormWorld.grantCents)
        witness.note { facts in
            facts.counts.hooked = hooked.values.reduce(0) { $0 + $1.times }
            facts.violations += found
            for thread in evidence.threads.values {
                facts.counts.replies += thread.messages.count { $0.author == "assistant" && $0.kind == "text" }
                if thread.messages.contains(where: { $0.kind == "announcement" }) { facts.counts.handoffs += 1 }
            }
        }
    }

    /// Until everybody was answered or handed over, or the deadline for it has passed twice.
    private func settle(_ scene: Scene) async {
        let start = ContinuousClock.now
        let reader = EvidenceReader(scene: scene)
        var open = witness.look { Array($0.conversations.keys) }
        while ContinuousClock.now - start < .seconds(2 * Self.turnDeadlineSeconds) {
            let threads = await reader.threads(open)
            open = open.filter { threads[$0].map(Checking.isForgotten) ?? false }
            let credit = await scene.caller.attempt(scene.staff("GET", "/v1/credit")).flatMap { Credit($0.json) }
            if open.isEmpty, credit?.held == 0 { return }
            await Caller.pause(milliseconds: 100)
        }
    }

    /// A last message, so that readers know where the end is.
    private func mark(_ scene: Scene) async -> String? {
        let text = "\(StormWorld.request) zqmarkermarker"
        let body = JSON.of(("name", .string("Last")), ("text", .string(text)))
        let call = Call("POST", "/v1/sites/\(StormWorld.workspace)/conversations", body: body, key: "marker-\(settings.seed)")
        guard let answer = await scene.settle(call), let id = answer.json["message"]?["id"]?.text else { return nil }
        return id
    }

    private func readersReach(_ last: Int) async {
        for _ in 0..<200 {
            let isThere = witness.look { facts in facts.frames.allSatisfy { ($0.last?.id ?? 0) >= last } }
            if isThere { return }
            await Caller.pause(milliseconds: 50)
        }
    }

    /// Ends the server, and lets its own commands check what it left; then its log.
    private func afterwards(_ scene: Scene) async throws {
        await stop()
        for command in [["ledger", "verify"], ["verify"]] {
            let run = try await served.run(command)
            if run.status != 0 {
                let words = (run.output + run.talk).split(separator: "\n").prefix(5).joined(separator: " | ")
                witness.report(.ledgerVerifies, "baton \(command.joined(separator: " ")): status \(run.status): \(words)")
            }
        }
        let facts = witness.facts
        let secrets = [StormWorld.canary, scene.credential] + facts.conversations.values.prefix(500)
        let words = facts.messages.prefix(500).compactMap { Words.last(StormModel.questionMark, in: $0.text) }
        for path in [served.places.log, served.places.output] {
            // As bytes: a log of a long storm has a hundred megabytes.
            let text = FileManager.default.contents(atPath: path) ?? Data()
            for secret in secrets + words where text.range(of: Data(secret.utf8)) != nil {
                witness.report(.logIsDiscreet, "\((path as NSString).lastPathComponent) holds \(secret.prefix(6))…")
            }
        }
    }
}

/// The key with which the clients of a storm come in.
package enum StormKey {
    /// What it may do: what its clients need.
    private static let scopes = [
        "conversations:read", "conversations:write", "usage:read", "credit:write", "documents:read", "settings:read", "webhooks:manage",
    ]

    /// Has the program make one.
    /// - Throws: `StormError.program`.
    package static func make(_ served: ServedProgram) async throws -> String {
        let run = try await served.run(["key", "create", "--name", "storm", "--json"] + scopes.flatMap { ["--scope", $0] })
        guard run.status == 0, let start = run.output.range(of: "bat_live_") else {
            throw StormError.program("baton key create: \(run.status) \(run.talk)")
        }
        return String(run.output[start.lowerBound...].prefix { $0.isLetter || $0.isNumber || $0 == "_" })
    }
}
