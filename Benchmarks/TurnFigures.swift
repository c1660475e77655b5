import Assistant
import Completion
import Inbox
import Metering
import NIOConcurrencyHelpers
import Prompting
import Retrieval
import Storage
import Support
import Transfer

/// "What does an answered turn cost, and how many can there be?" with everything on: rules, search in 10,000 chunks, credit, ledger, five durable commits, receipts. The model is a
/// process of its own, so all processor time counted here is ours. Held against the bare request to that model and against single durable commits.
struct TurnFigures {
    let table: Table
    private let corpus = Corpus()

    private static let documents = 10_000
    /// Customers at the same time, and turns in all.
    private static let loads = [(customers: 1, turns: 200), (customers: 16, turns: 1_200), (customers: 64, turns: 2_400)]
    /// Questions in one conversation; the later ones are searched and judged with the earlier.
    private static let questionsEach = 4

    init(table: Table) { self.table = table }

    func measure() async throws {
        let folder = try TemporaryFolder()
        defer { folder.close() }
        let commits = try await Commits.measure(in: folder)
        commits.show(table)
        _ = try await Opened.prepare(folder.file("data"), corpus.pages(Self.documents))
        let model = try Child(.model)
        defer { model.stop() }
        let url = "http://127.0.0.1:\(model.line())"
        let client = HTTPClient()
        defer { client.close() }
        try await Opened.run(folder.file("data")) { opened in
            let meter = Meter(clock: .system)
            try await Company.apply(to: opened.store, meter, Opened.workspace)
            let desk = try Self.desk(opened, meter, client, url)
            _ = try await turns(desk, customers: 1, count: 40, seed: 1)
            var runs: [Run] = []
            for load in Self.loads {
                runs.append(try await turns(desk, customers: load.customers, count: load.turns, seed: UInt64(load.turns)))
            }
            await desk.stop()
            let audit = try await Audit.make(
                opened, meter, try await Self.tally(client, url), asked: Self.loads.reduce(40) { $0 + $1.turns })
            guard audit.isRight else { return table.note("VOID: \(audit.words)") }
            let last = try await Self.get(url + "/last", client)
            for run in runs {
                let bare = try await bare(client, url, body: last, customers: run.customers, count: run.sample.seconds.count)
                show(run, bare, commits)
            }
            table.note("Money at the end: \(audit.words)")
            table.note(
                "Ours is a whole streamed turn in five durable commits: message, rules, 1 to 4 searches, prompt, model call, guards, ledger, reply."
            )
            table.note(
                "Stated: LiteLLM's proxy (1.109, one worker, two cores) takes 7 to 9 CPU ms a call, 20 streamed, and ends at 115 calls/s.")
        }
    }

    private static func desk(_ opened: Opened, _ meter: Meter, _ client: HTTPClient, _ url: String) throws -> Desk {
        let completer = Completer(
            client: client, endpoints: [Endpoint(name: "scripted", url: url + "/v1", model: Company.model)],
            now: { Clock.system.now().milliseconds })
        return Desk(
            rooms: .init(
                store: opened.store, library: opened.library, prompts: try PromptLibrary(folder: Project.path("Prompts")),
                completer: completer,
                meter: meter, clock: .system),
            workspaces: [try Company.profile(Opened.collection)])
    }

    /// What so many customers, each asking as soon as it is answered, saw and cost.
    private struct Run {
        let customers: Int
        let sample: Sample
        let seconds: Double
        let processorSeconds: Double

        var each: Double { processorSeconds / Double(max(1, sample.seconds.count)) }
        var perSecond: Double { Double(sample.seconds.count) / seconds }
    }

    private func turns(_ desk: Desk, customers: Int, count: Int, seed: UInt64) async throws -> Run {
        var dice = Dice(seed)
        let questions = NIOLockedValueBox((0..<count).map { _ in corpus.question(about: dice.roll(Self.documents), &dice) })
        return try await together(customers) { sample in
            var conversation = try await desk.open(in: Opened.workspace)
            var asked = 0
            while let question = questions.withLockedValue({ $0.popLast() }) {
                if asked == Self.questionsEach {
                    conversation = try await desk.open(in: Opened.workspace)
                    asked = 0
                }
                let began = Moment()
                let received = try await desk.receive(question, from: conversation.customer, in: conversation.id, of: Opened.workspace)
                let outcome = await desk.outcome(in: conversation.id)
                sample.add(began.seconds)
                asked += 1
                // Handed over: this customer is no longer the assistant's.
                if case .handedOver = outcome { asked = Self.questionsEach }
                if received.turn == nil { asked = Self.questionsEach }
            }
        }
    }

    /// The same requests to the model with nothing around them.
    private func bare(_ client: HTTPClient, _ url: String, body: [UInt8], customers: Int, count: Int) async throws -> Run {
        let left = NIOLockedValueBox(count)
        let request = HTTPRequest(
            method: "POST", url: url + "/v1/chat/completions", headers: [("Content-Type", "application/json")], body: body)
        return try await together(customers) { sample in
            while left.withLockedValue({ left in
                left -= 1
                return left >= 0
            }) {
                let began = Moment()
                _ = try await client.send(request).collect(upTo: 1 << 20)
                sample.add(began.seconds)
            }
        }
    }

    private func together(_ customers: Int, _ work: @escaping @Sendable (inout Sample) async throws -> Void) async throws -> Run {
        let began = Moment()
        let samples = try await withThrowingTaskGroup(of: Sample.self) { group in
            for _ in 0..<customers {
                group.addTask {
                    var sample = Sample()
                    try await work(&sample)
                    return sample
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let (seconds, processorSeconds) = (began.seconds, began.processorSeconds)
        var all = Sample()
        for sample in samples { for value in sample.seconds { all.add(value) } }
        return Run(customers: customers, sample: all, seconds: seconds, processorSeconds: processorSeconds)
    }

    private func show(_ run: Run, _ bare: Run, _ commits: Commits) {
        let who = run.customers == 1 ? "1 customer" : "\(run.customers) customers"
        table.add(
            Figure(
                name: "\(who): own CPU for a turn", value: run.each * 1e3, unit: "ms", yardstick: ("LiteLLM's proxy, a call (stated)", 8)))
        table.add(
            Figure(name: "\(who): own CPU for a turn", value: run.each * 1e3, unit: "ms", yardstick: ("bare request", bare.each * 1e3)))
        table.add(
            Figure(name: "\(who): turns", value: run.perSecond, unit: "1/s", yardstick: ("durable commits, one by one", commits.oneByOne)))
        if run.customers == 1 {
            let five = 5 / commits.oneByOne
            table.add(
                Figure(
                    name: "\(who): latency p50", value: run.sample.median * 1e3, unit: "ms", yardstick: ("five durable commits", five * 1e3)
                ))
        } else {
            table.add(
                Figure(name: "\(who): turns", value: run.perSecond, unit: "1/s", yardstick: ("LiteLLM's proxy, one worker (stated)", 115)))
            table.add(
                Figure(
                    name: "\(who): latency p50", value: run.sample.median * 1e3, unit: "ms",
                    yardstick: ("bare request p50", bare.sample.median * 1e3)))
        }
        table.add(
            Figure(
                name: "\(who): latency p99", value: run.sample.percentile(0.99) * 1e3, unit: "ms",
                yardstick: ("its p50", run.sample.median * 1e3)))
    }

    private static func tally(_ client: HTTPClient, _ url: String) async throws -> ScriptedModel.Tally {
        ScriptedModel.Tally(String(decoding: try await get(url + "/tally", client), as: UTF8.self)) ?? ScriptedModel.Tally()
    }

    private static func get(_ url: String, _ client: HTTPClient) async throws -> [UInt8] {
        try await client.send(HTTPRequest(url: url)).collect(upTo: 1 << 20)
    }
}
