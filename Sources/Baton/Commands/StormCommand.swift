import ArgumentParser
import Foundation
import Notation
import Storm

/// `baton storm`: the proof that what is acknowledged survives whatever happens to the process.
struct StormCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "storm", abstract: "Kill a server under load, again and again, and check what it promised.",
        discussion: """
            Starts a server of its own on a temporary folder, with a scripted model on loopback, lets customers, teammates, readers and finance talk to it, and
            kills it (mostly by SIGKILL) while they do. Then everything that was acknowledged is held against what the service says. Your data is not touched.

            Examples:
              baton storm                              50 rounds with 32 clients, about a minute
              baton storm --rounds 1000 --seed 7       a night's worth; the seed makes the same choices again
              baton storm --server ./baton-next        another build

            Exit status 0: every promise was kept. 8: a finding; data and logs are kept and their folder is printed.
            """)

    @Option(help: ArgumentHelp("How often the server is killed, 1 to 100000.", valueName: "count"))
    var rounds = 50
    @Option(help: ArgumentHelp("From which everything is drawn (default: another one each time).", valueName: "number"))
    var seed: UInt64?
    @Option(help: ArgumentHelp("How many talk to it at the same time, 8 to 128.", valueName: "count"))
    var clients = 32
    @Option(help: ArgumentHelp("The program to storm (default: this one).", valueName: "path"), completion: .file())
    var server: String?
    @Flag(help: "Keep data and logs even where nothing is found.")
    var keep = false
    @OptionGroup var installation: InstallationOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (1...100_000).contains(rounds) else { throw ValidationError("--rounds must be from 1 to 100000.") }
        guard (8...128).contains(clients) else { throw ValidationError("--clients must be from 8 to 128.") }
    }

    func run() async throws {
        let prompts = try installation.settings().prompts.value
        let seed = seed ?? UInt64.random(in: 1...999_999)
        let folder = NSTemporaryDirectory() + "baton-storm-\(seed)-\(UUID().uuidString.prefix(8))"
        var storm = StormSettings(program: try program(), prompts: Self.absolute(prompts), folder: folder)
        (storm.rounds, storm.seed, storm.clients, storm.keeps) = (rounds, seed, clients, keep)
        storm.says = { Terminal.say($0) }
        Terminal.say("storm: \(rounds) rounds with \(clients) clients, seed \(seed), in \(folder)")
        let report: StormReport
        do { report = try await Storm(storm).run() } catch let error as StormError {
            throw CommandError(.io, "\(error) (seed \(seed), folder \(folder))")
        }
        if output.json { Terminal.print(String(decoding: report.json.bytes, as: UTF8.self)) } else { show(report) }
        if !report.isClean { throw Exit.integrity }
    }

    private func show(_ report: StormReport) {
        Terminal.print(report.line)
        for violation in report.violations {
            Terminal.print("  \(violation.invariant.rawValue) \(violation.invariant.says): \(violation.what)".forTerminal)
        }
        if let folder = report.folder { Terminal.print("Data and logs: \(folder). The same choices again: --seed \(report.seed)") }
    }

    private func program() throws -> String {
        if let server { return Self.absolute(server) }
        guard let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") else {  // no /proc: say so
            throw CommandError(.usage, "This program's own path cannot be found. Name one with --server.")
        }
        return own
    }

    /// The harness runs its program with folders of its own.
    private static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }
}
