import Foundation
import Glibc
import NIOConcurrencyHelpers

/// The program under test, on a folder of its own: started, killed and started again, with the address that holds at the moment.
///
/// It is known from outside only: its commands, the line it says when it takes requests, its signals and exit status.
package final class ServedProgram: Sendable {
    /// Where everything of a run lies.
    package struct Places: Sendable {
        /// The run's own folder.
        package let folder: String
        /// Of the program's data.
        package var data: String { folder + "/data" }
        /// Of its configuration.
        package var config: String { folder + "/config" }
        /// What it says on standard error, all starts after one another.
        package var log: String { folder + "/server.log" }
        /// What it says on standard output.
        package var output: String { folder + "/server.out" }

        /// - Parameter folder: exists, and belongs to the run.
        package init(folder: String) { self.folder = folder }
    }

    private struct State {
        var address: String?
        var child: ChildProcess?
        var end: Task<ChildProcess.End, Never>?
        var ended: ChildProcess.End?
        var recoveries: [Int] = []
    }

    private let program: String
    private let prompts: String
    /// Where its files are.
    package let places: Places
    private let gateway: (@Sendable (Int) throws -> Int)?
    private let variables: [String: String]
    private let state = NIOLockedValueBox(State())

    /// - Parameters:
    ///   - program: the path of a `baton`.
    ///   - gateway: from the server's port to the one that clients use; nil: the same.
    ///   - variables: of its environment, beside PATH and HOME.
    package init(
        program: String, prompts: String, places: Places, gateway: (@Sendable (Int) throws -> Int)? = nil, variables: [String: String] = [:]
    ) {
        self.program = program
        self.prompts = prompts
        self.places = places
        self.gateway = gateway
        self.variables = ["PATH": "/usr/bin:/bin", "HOME": places.folder].merging(variables) { $1 }
    }

    /// `http://127.0.0.1:PORT` for clients, while the server takes requests; nil while it does not.
    package var address: String? { state.withLockedValue(\.address) }

    /// Milliseconds from each start to the line that says it takes requests.
    package var recoveries: [Int] { state.withLockedValue(\.recoveries) }

    /// The process id while there is a process.
    package var processID: Int32? { state.withLockedValue { $0.child?.id } }

    /// How the process ended, where nobody ended it; nil while it runs.
    package var endedByItself: String? { state.withLockedValue { $0.ended.map { "\($0)" } } }

    /// Starts the server and returns when it takes requests.
    /// - Parameter killAfterMilliseconds: kills it after that time, ready or not, and returns then.
    /// - Throws: `StormError.program` where it ends by itself, or is not ready within a minute.
    package func start(killAfterMilliseconds: Int? = nil) async throws {
        let began = ContinuousClock.now
        let offset = Self.size(places.log)
        let child = try ChildProcess(
            program,
            [
                "serve", "--listen", "127.0.0.1:0", "--data", places.data, "--config", places.config, "--prompts", prompts,
            ], environment: variables, output: places.output, talk: places.log)
        state.withLockedValue { ($0.child, $0.ended) = (child, nil) }
        let end = Task { [state] in
            let how = await child.end()
            state.withLockedValue { if $0.child?.id == child.id { $0.ended = how } }
            return how
        }
        state.withLockedValue { $0.end = end }
        if let killAfterMilliseconds {
            try? await Task.sleep(for: .milliseconds(killAfterMilliseconds))  // cancelled: killed at once
            _ = await self.end(by: SIGKILL)
            return
        }
        while ContinuousClock.now - began < .seconds(60) {
            if let port = Self.port(in: places.log, from: offset) {
                let taken = Int((ContinuousClock.now - began) / .milliseconds(1))
                let address = "http://127.0.0.1:\(try gateway?(port) ?? port)"
                state.withLockedValue { state in
                    state.address = address
                    state.recoveries.append(taken)
                }
                return
            }
            if let how = state.withLockedValue({ $0.ended }) {
                throw StormError.program("the server ended by itself while starting (\(how)): \(lastWords(from: offset))")
            }
            try await Task.sleep(for: .milliseconds(3))
        }
        throw StormError.program("the server takes no requests after a minute: \(lastWords(from: offset))")
    }

    /// Sends a signal to the process, if there is one.
    package func signal(_ number: Int32) { state.withLockedValue { $0.child }?.signal(number) }

    /// Ends it by a signal and waits for its end.
    /// - Returns: its exit status; the negative number of the signal that ended it; nil where it has not ended after `patience`, and was killed then.
    package func end(by number: Int32, patience: Duration = .seconds(20)) async -> Int32? {
        guard
            let (child, end) = state.withLockedValue({ state -> (ChildProcess, Task<ChildProcess.End, Never>)? in
                state.address = nil
                guard let child = state.child, let end = state.end else { return nil }
                (state.child, state.end, state.ended) = (nil, nil, nil)
                return (child, end)
            })
        else { return nil }
        child.signal(number)
        let isLate = NIOLockedValueBox(false)
        let timer = Task {
            try await Task.sleep(for: patience)
            isLate.withLockedValue { $0 = true }
            child.signal(SIGKILL)
        }
        let how = await end.value
        timer.cancel()
        if isLate.withLockedValue({ $0 }) { return nil }
        switch how {
        case .exited(let status): return status
        case .signalled(let number): return -number
        }
    }

    /// What a run of another command of the program left.
    package struct Run: Sendable {
        /// The exit status, or the negative number of the signal.
        package let status: Int32
        /// Standard output.
        package let output: String
        /// Standard error.
        package let talk: String
    }

    /// Runs another command of the program on the same folders, to its end.
    /// - Throws: `StormError.program` where it could not be started.
    package func run(_ arguments: [String]) async throws -> Run {
        let mark = places.folder + "/command-\(UUID().uuidString)"
        let all = arguments + ["--data", places.data, "--config", places.config, "--prompts", prompts]
        let child = try ChildProcess(program, all, environment: variables, output: mark + ".out", talk: mark + ".err")
        let end = await child.end()
        func text(_ path: String) -> String {
            defer { try? FileManager.default.removeItem(atPath: path) }  // goes with the folder otherwise
            return String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
        }
        let status: Int32 =
            switch end {
            case .exited(let status): status
            case .signalled(let number): -number
            }
        return Run(status: status, output: text(mark + ".out"), talk: text(mark + ".err"))
    }

    private static func size(_ path: String) -> UInt64 {
        var info = stat()
        return stat(path, &info) == 0 ? UInt64(clamping: info.st_size) : 0
    }

    private static func tail(_ path: String, from offset: UInt64) -> String {
        guard let handle = FileHandle(forReadingAtPath: path) else { return "" }
        defer { try? handle.close() }  // read-only: nothing can be lost
        // An unreadable log reads as an empty one: the server is then late, and that is told.
        guard (try? handle.seek(toOffset: offset)) != nil, let bytes = try? handle.readToEnd() else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func port(in path: String, from offset: UInt64) -> Int? {
        for line in tail(path, from: offset).split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            guard let mark = line.range(of: "listening on http://") else { continue }
            let digits = line[mark.upperBound...].split(separator: ":").last?.prefix { $0.isNumber }
            if let port = digits.flatMap({ Int($0) }) { return port }
        }
        return nil
    }

    private func lastWords(from offset: UInt64) -> String {
        let lines = Self.tail(places.log, from: offset).split(separator: "\n")
        return lines.suffix(5).joined(separator: " | ")
    }
}
