import Foundation
import Glibc
import NIOConcurrencyHelpers

/// A program in a process of its own that goes on until it is told to end, such as a server.
package final class RunningProgram: Sendable {
    /// How it ended.
    package struct End: Sendable {
        /// The exit status; for one that a signal ended, the signal.
        package let status: Int32
        /// Whether a signal ended it.
        package let wasKilled: Bool
    }

    /// Its process.
    package let id: Int32
    private let folder: TemporaryFolder
    private let ending: Task<End, Never>
    private let isOver = NIOLockedValueBox(false)

    fileprivate init(_ program: Program, _ arguments: [String]) throws {
        folder = try TemporaryFolder()
        let variables = ["PATH": "/usr/bin:/bin", "HOME": folder.path].merging(program.environment) { $1 }
        let child = try Child(
            path: program.path, arguments: arguments, variables: variables, input: folder.write("", to: "in"),
            output: folder.write("", to: "out"), talk: folder.write("", to: "err"))
        id = child.id
        let isOver = isOver
        ending = Task {
            let end = await child.end()
            isOver.withLockedValue { $0 = true }
            return End(status: end.status, wasKilled: end.wasKilled)
        }
    }

    deinit { kill() }

    /// What it has said on standard error so far.
    package var talk: String { String(decoding: FileManager.default.contents(atPath: folder.file("err")) ?? Data(), as: UTF8.self) }

    /// Waits until it has said something.
    /// - Returns: the line that holds `mark`; nil where it ends first or a minute goes by.
    package func line(with mark: String) async throws -> String? {
        for _ in 0..<6_000 {
            let whole = talk.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            if let line = whole.first(where: { $0.contains(mark) }) { return String(line) }
            if isOver.withLockedValue({ $0 }) { return nil }
            try await Task.sleep(for: .milliseconds(10))
        }
        return nil
    }

    /// Sends it a signal.
    package func signal(_ number: Int32) {
        // Its number may be another's once it is over.
        isOver.withLockedValue { if !$0 { _ = Glibc.kill(id, number) } }
    }

    /// Ends it at once.
    package func kill() { signal(SIGKILL) }

    /// Waits for its end.
    package func end() async -> End { await ending.value }
}

extension Program {
    /// Starts it and leaves it running.
    /// - Throws: `SupportError.file` where it could not be started.
    package func start(_ arguments: [String]) throws -> RunningProgram { try RunningProgram(self, arguments) }
}
