import Access
import Foundation
import Notation
import Support
import Testing
import Transfer

/// `baton serve`, the real program, on a folder of its own with the example company.
struct ServedProcess: Sendable {
    let folder: TemporaryFolder
    let program: Program
    let running: LiveProgram
    let port: Int
    /// A key of Quayside that may do everything.
    let key: String

    static let scopes = Permission.allCases.map(\.rawValue)

    /// Runs `body` beside the program, and ends it.
    /// - Parameters:
    ///   - descriptors: how many files and connections it may have open.
    ///   - environment: further variables.
    static func run(
        descriptors: Int? = nil, environment: [String: String] = [:], _ body: @Sendable (ServedProcess) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        defer { folder.close() }
        try FileManager.default.createDirectory(atPath: folder.file("config"), withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: Project.path("Config/quayside"), toPath: folder.file("config/quayside"))
        try folder.write("serve: { rate_factor: 1000 }\n", to: "config/baton.yaml")
        let places = ["BATON_DATA": folder.file("data"), "BATON_CONFIG": folder.file("config"), "BATON_PROMPTS": Project.path("Prompts")]
        let program = try Program("baton", environment: places.merging(environment) { $1 })
        let ingested = try await program.run(["ingest"])
        try #require(ingested.status == 0, "\(ingested.talk)")
        let made = try await program.run(["key", "create", "--name", "test", "--json"] + scopes.flatMap { ["--scope", $0] })
        let key = try #require(try JSONReader.read(Array(made.output.utf8))["key"]?.text, "\(made.talk)")

        let serve = ["serve", "--listen", "127.0.0.1:0", "--log", "json"]
        let running: LiveProgram
        if let descriptors {
            let limited = ["-c", "ulimit -n \(descriptors); exec \"$0\" \"$@\"", program.path]
            running = try LiveProgram(program.other("/bin/sh"), limited + serve)
        } else {
            running = try LiveProgram(program, serve)
        }
        defer { running.kill() }
        let line = try #require(await running.line(with: "listening on http"), "\(running.talk)")
        let port = try #require(line.split(separator: ":").last.flatMap { Int($0) }, "\(line)")
        try await body(ServedProcess(folder: folder, program: program, running: running, port: port, key: key))
    }

    /// The status of `GET /healthz` over a connection of its own; nil where none is made or answered.
    func health(withinSeconds: Double = 10) async -> Int? {
        let port = port
        // Refused, or cut: what the caller asks about.
        return try? await onOwnThread {
            let connection = try RawConnection(port: port)
            connection.send("GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            return connection.answer(withinSeconds: withinSeconds)?.status
        }
    }

    /// Sends one request of JSON.
    func send(_ client: HTTPClient, _ method: String, _ path: String, _ input: JSON? = nil, headers: [(String, String)] = []) async throws
        -> (status: Int, headers: HTTPHeaders, text: String)
    {
        var all = headers
        if input != nil { all.append(("Content-Type", "application/json")) }
        let response = try await client.send(
            HTTPRequest(method: method, url: "http://127.0.0.1:\(port)\(path)", headers: all, body: input?.bytes ?? []))
        return (response.status, response.headers, String(decoding: try await response.collect(upTo: 16 << 20), as: UTF8.self))
    }
}
