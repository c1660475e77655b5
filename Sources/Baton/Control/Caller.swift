import ArgumentParser
import Foundation

/// Whoever started a command from another process, as the command that runs here for them sees them: where its output goes, where its input comes
/// from, what their terminal can do, and where relative paths begin. Bound to the command's task; nil: this process's own terminal.
struct Caller: Sendable {
    /// What is known of the caller's process.
    struct Facts: Codable, Hashable, Sendable {
        /// Whether a person looks at its standard output.
        var showsOutput: Bool
        /// Whether a person looks at its standard error.
        var showsTalk: Bool
        /// Whether a person types on its standard input.
        var listens: Bool
        /// Whether colour is wanted on its standard output.
        var wantsColour: Bool
        /// Its working directory.
        var directory: String

        /// Of this process.
        static var own: Facts {
            Facts(
                showsOutput: isatty(STDOUT_FILENO) == 1, showsTalk: isatty(STDERR_FILENO) == 1, listens: isatty(STDIN_FILENO) == 1,
                wantsColour: isatty(STDOUT_FILENO) == 1 && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty,
                directory: FileManager.default.currentDirectoryPath)
        }
    }

    /// The two ways out of a command.
    enum Stream: Sendable {
        case output
        case talk
    }

    let facts: Facts
    /// Takes bytes and never waits; where the caller is gone they are dropped and the command's task is cancelled.
    let write: @Sendable ([UInt8], Stream) -> Void
    /// Waits until the caller has taken most of what was written: for long output.
    let caughtUp: @Sendable () async -> Void
    /// The next line of standard input; nil: there is no more.
    let nextLine: @Sendable () async -> String?

    @TaskLocal static var current: Caller?

    /// A path of the command line, which is relative to the caller's working directory, wherever the command runs.
    static func path(_ argument: String) -> String {
        guard let current, !argument.hasPrefix("/") else { return argument }
        return current.facts.directory + "/" + argument
    }
}

/// A command that works on the data directory. While another process owns that directory the command runs there.
protocol DataCommand: AsyncParsableCommand {
    var installation: InstallationOptions { get }

    /// Lets the process that owns the directory do it.
    /// - Returns: the exit status.
    func run(through other: ControlClient, _ arguments: [String]) async throws -> Int32
}

extension DataCommand {
    func run(through other: ControlClient, _ arguments: [String]) async throws -> Int32 { try await other.run(arguments) }
}

/// A command that must have the data directory for itself, or is a process of its own in another way: it never runs inside another.
protocol LoneCommand: AsyncParsableCommand {}

extension String {
    /// The path as seen from everywhere, without `.` and `..`.
    var absolutePath: String {
        URL(fileURLWithPath: self, relativeTo: URL(fileURLWithPath: FileManager.default.currentDirectoryPath, isDirectory: true))
            .standardized.path
    }
}
