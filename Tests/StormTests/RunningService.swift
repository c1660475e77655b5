import Foundation
import Notation
import Storm
import Support
import Testing
import Transfer

/// The real program serving the storm's company, with a well-behaved model, for journeys over sockets.
struct RunningService: Sendable {
    let folder: TemporaryFolder
    let model: StormModel
    let served: ServedProgram
    let client: HTTPClient
    let caller: Caller
    /// A key that may do what teammates do.
    let credential: String

    /// A conversation as its customer has it.
    struct Customer: Sendable {
        let conversation: String
        let token: String
    }

    /// Runs it while `body` runs, and leaves nothing behind.
    /// - Parameters:
    ///   - variables: of the server's environment; `{data}` stands for the data directory.
    ///   - turnDeadlineSeconds: until when a customer must have heard something.
    ///   - isStarted: whether the server takes requests when `body` begins.
    static func run(
        variables: [String: String] = [:], turnDeadlineSeconds: Int = 30, isStarted: Bool = true,
        _ body: (RunningService) async throws -> Void
    ) async throws {
        try await Turnstile.servers.pass {
            try await runNow(variables: variables, turnDeadlineSeconds: turnDeadlineSeconds, isStarted: isStarted, body)
        }
    }

    private static func runNow(
        variables: [String: String], turnDeadlineSeconds: Int, isStarted: Bool, _ body: (RunningService) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        defer { folder.close() }
        let model = try StormModel(seed: 1)
        defer { model.close() }
        model.calmDown()
        let places = ServedProgram.Places(folder: folder.path)
        try StormWorld.write(to: places.config, model: model.url, turnDeadlineSeconds: turnDeadlineSeconds)
        let variables = variables.mapValues { $0.replacing("{data}", with: places.data) }
        func program(_ variables: [String: String]) throws -> ServedProgram {
            ServedProgram(program: try Program("baton").path, prompts: Project.path("Prompts"), places: places, variables: variables)
        }
        let plain = try program(variables["LD_PRELOAD"] == nil ? [:] : variables)
        let ingested = try await plain.run(["ingest"])
        #expect(ingested.status == 0, "\(ingested.talk)")
        let credential = try await StormKey.make(plain)
        var settings = HTTPClientSettings()
        (settings.connectionsPerHost, settings.connections) = (256, 300)
        let client = HTTPClient(settings: settings)
        defer { client.close() }
        let served = try program(variables)
        let service = RunningService(
            folder: folder, model: model, served: served, client: client, caller: Caller(client: client, served: served),
            credential: credential)
        if isStarted { try await served.start() }
        do {
            try await body(service)
        } catch {
            _ = await served.end(by: SIGKILL)
            throw error
        }
        _ = await served.end(by: SIGKILL)
    }

    /// The same folders and clients with another process, such as one with a clock of its own.
    func with(variables: [String: String]) throws -> RunningService {
        let served = ServedProgram(
            program: try Program("baton").path, prompts: Project.path("Prompts"), places: served.places, variables: variables)
        return RunningService(
            folder: folder, model: model, served: served, client: client, caller: Caller(client: client, served: served),
            credential: credential)
    }

    func call(_ call: Call) async throws -> Answer {
        guard let answer = await caller.insist(call) else {
            throw SupportError.nothingHappened("no definite answer to \(call.method) \(call.path)")
        }
        return answer
    }

    func staff(_ method: String, _ path: String, _ body: JSON? = nil, key: String? = nil) async throws -> Answer {
        try await call(Call(method, path, body: body, key: key, credential: credential))
    }

    /// A new conversation without a message.
    func open(_ key: String = UUID().uuidString) async throws -> Customer {
        let answer = try await call(
            Call("POST", "/v1/sites/\(StormWorld.workspace)/conversations", body: JSON.of(("name", .string("A customer"))), key: key))
        guard answer.status == 201, let id = answer.json["conversation"]?["id"]?.text, let token = answer.json["token"]?.text else {
            throw SupportError.nothingHappened("no conversation: \(answer.status) \(String(decoding: answer.bytes, as: UTF8.self))")
        }
        return Customer(conversation: id, token: token)
    }

    /// What a customer sends; not yet sent.
    func message(_ text: String, from customer: Customer, key: String = UUID().uuidString) -> Call {
        Call(
            "POST", "/v1/conversations/\(customer.conversation)/messages", body: JSON.of(("text", .string(text))), key: key,
            credential: customer.token)
    }

    /// The thread as teammates see it.
    func thread(_ customer: Customer) async throws -> [JSON] {
        try await staff("GET", "/v1/conversations/\(customer.conversation)/messages?limit=200").json["data"]?.items ?? []
    }

    /// The thread once it satisfies a condition; looked at again until it does.
    func thread(_ customer: Customer, until condition: ([JSON]) -> Bool) async throws -> [JSON] {
        for _ in 0..<3000 {
            let thread = try await thread(customer)
            if condition(thread) { return thread }
            await Caller.pause(milliseconds: 20)
        }
        throw SupportError.nothingHappened("the thread of \(customer.conversation)")
    }

    /// Returns when the model was called so often.
    func waitForCalls(_ count: Int) async throws {
        for _ in 0..<3000 where model.calls < count { await Caller.pause(milliseconds: 10) }
        if model.calls < count { throw SupportError.nothingHappened("\(count) calls of the model") }
    }

    /// Charged responses.
    func charges() async throws -> Int {
        let rows = try await staff("GET", "/v1/usage?limit=200").json["data"]?.items ?? []
        return rows.count { Amount.pico($0["charged"]) ?? 0 > 0 }
    }
}

extension JSON {
    /// Who wrote a message.
    var author: String { self["author"]?.text ?? self["author"]?["kind"]?.text ?? "" }
    /// `text`, `announcement`, ...
    var kind: String { self["kind"]?.text ?? "" }
}
