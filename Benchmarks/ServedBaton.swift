import Foundation
import Notation
import Support
import Transfer

/// `baton serve` in a process of its own, on a folder of its own, with the example company and a scripted model.
final class ServedBaton {
    private let process = Process()
    private let talk = Pipe()
    /// What it is asked through.
    let api: ServedAPI

    var id: Int32 { process.processIdentifier }

    /// - Parameters:
    ///   - baton: the program.
    ///   - model: the port of the scripted model.
    private init(_ baton: String, in folder: TemporaryFolder, model: String) throws {
        let config = folder.file("config")
        try FileManager.default.createDirectory(atPath: config, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: Project.path("Config/quayside"), toPath: config + "/quayside")
        let settings = """
            serve: { listen: "127.0.0.1:0", rate_factor: 1000 }
            endpoints:
              - { name: scripted, url: "http://127.0.0.1:\(model)/v1", model: \(Company.model) }
            """
        try Data(settings.utf8).write(to: URL(fileURLWithPath: config + "/baton.yaml"))
        let common = ["--data", folder.file("data"), "--config", config, "--prompts", Project.path("Prompts")]
        _ = try Self.output(baton, ["ingest"] + common)
        let scopes = ["conversations:read", "conversations:write", "settings:read", "usage:read"].flatMap { ["--scope", $0] }
        let made = try JSONReader.read(Array(try Self.output(baton, ["key", "create", "--name", "bench", "--json"] + scopes + common)))
        guard let key = made["key"]?.text else { throw SupportError.file("`baton key create --json` printed no key") }
        process.executableURL = URL(fileURLWithPath: baton)
        process.arguments = ["serve", "--log", "json"] + common
        process.standardInput = FileHandle.nullDevice
        process.standardError = talk
        try process.run()
        let handle = talk.fileHandleForReading
        var text = ""
        while !text.contains("listening on http"), case let more = handle.availableData, !more.isEmpty {
            text += String(decoding: more, as: UTF8.self)
        }
        guard let line = text.split(separator: "\n").last(where: { $0.contains("listening on ") }) else {
            throw SupportError.file("`baton serve` did not start: \(text.suffix(300))")
        }
        api = ServedAPI(base: line.split(separator: " ").last.map(String.init) ?? "", key: key)
        // Its log is read and thrown away, so that it never waits for us.
        handle.readabilityHandler = { _ = $0.availableData }
    }

    private static func output(_ baton: String, _ arguments: [String]) throws -> Data {
        let (process, pipe) = (Process(), Pipe())
        process.executableURL = URL(fileURLWithPath: baton)
        process.arguments = arguments
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw SupportError.file("`baton \(arguments[0])` failed") }
        return data
    }

    /// Starts one with its scripted model, and ends both after the measurement; where the program is not there, says so in the table.
    static func measured(_ table: Table, _ measure: (ServedBaton) async throws -> Void) async throws {
        guard let path = try Child.baton() else {
            return table.note("There is no `baton` beside this program; build the product to measure it.")
        }
        let folder = try TemporaryFolder()
        defer { folder.close() }
        let model = try Child(.model)
        defer { model.stop() }
        let baton = try ServedBaton(path, in: folder, model: model.line())
        defer { _ = baton.stop() }
        try await measure(baton)
    }

    /// Ends it as an operator would.
    /// - Returns: seconds until it was gone.
    func stop() -> Double {
        api.client.close()
        guard process.isRunning else { return 0 }
        let began = Moment()
        process.terminate()
        process.waitUntilExit()
        return began.seconds
    }
}

/// The service as its callers see it.
struct ServedAPI: Sendable {
    /// `http://127.0.0.1:PORT`
    let base: String
    /// An API key that may do everything the figures need.
    let key: String
    let client = HTTPClient()

    /// One request of JSON.
    /// - Throws: where the answer is no success.
    func send(_ method: String, _ path: String, _ input: JSON?, as credential: String? = nil, key: String? = nil) async throws -> JSON {
        var headers: [(String, String)] = []
        if let credential { headers.append(("Authorization", "Bearer \(credential)")) }
        if let key { headers.append(("Idempotency-Key", key)) }
        if input != nil { headers.append(("Content-Type", "application/json")) }
        let response = try await client.send(HTTPRequest(method: method, url: base + path, headers: headers, body: input?.bytes ?? []))
        let body = try await response.collect(upTo: 4 << 20)
        guard (200..<300).contains(response.status) else {
            throw SupportError.file("\(method) \(path) answered \(response.status): \(String(decoding: body.prefix(300), as: UTF8.self))")
        }
        return (try? JSONReader.read(body)) ?? .null  // 204 has no body
    }

    /// A customer with a conversation of their own.
    struct Customer: Sendable {
        let conversation: String
        let token: String
    }

    func customer(saying text: String? = nil) async throws -> Customer {
        let opened = try await send(
            "POST", "/v1/sites/quayside-help/conversations", .of(("text", text.map(JSON.string))), key: UUID().uuidString)
        guard let conversation = opened["conversation"]?["id"]?.text, let token = opened["token"]?.text else {
            throw SupportError.file("opening a conversation gave no id or token")
        }
        return Customer(conversation: conversation, token: token)
    }
}
