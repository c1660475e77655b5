import Foundation
import Glibc
import NIOConcurrencyHelpers

/// A program that runs while a test goes on: lines are typed to it, what it says is waited for, signals are sent.
package final class LiveProgram: Sendable {
    private struct State {
        var output = ""
        var talk = ""
        var end: (status: Int32, wasKilled: Bool)?
        var waiting:
            [(
                isSatisfied: @Sendable (_ output: String, _ talk: String, _ isOver: Bool) -> Bool,
                continuation: CheckedContinuation<Void, Never>
            )] = []
    }

    /// Its process id.
    package let id: Int32
    private let input: Int32
    private let state = NIOLockedValueBox(State())

    /// - Throws: `SupportError.file` where it could not be started.
    package init(_ program: Program, _ arguments: [String]) throws(SupportError) {
        let (input, output, talk) = (Self.pipe(), Self.pipe(), Self.pipe())
        let variables = ["PATH": "/usr/bin:/bin"].merging(program.environment) { $1 }
        let child = try Child(path: program.path, arguments: arguments, variables: variables) { actions in
            posix_spawn_file_actions_adddup2(&actions, input.reading, 0)
            posix_spawn_file_actions_adddup2(&actions, output.writing, 1)
            posix_spawn_file_actions_adddup2(&actions, talk.writing, 2)
        }
        for descriptor in [input.reading, output.writing, talk.writing] { close(descriptor) }
        (id, self.input) = (child.id, input.writing)
        let open = NIOLockedValueBox(2)
        for (descriptor, isOutput) in [(output.reading, true), (talk.reading, false)] {
            Self.thread { [state] in
                Self.follow(descriptor) { text in
                    Self.change(state) { if isOutput { $0.output += text } else { $0.talk += text } }
                }
                let isLast = open.withLockedValue { open in
                    open -= 1
                    return open == 0
                }
                guard isLast else { return }
                // Both ways out are closed: it has ended, or is about to.
                let end = child.wait()
                Self.change(state) { $0.end = end }
            }
        }
    }

    deinit { close(input) }

    /// Types a line.
    package func type(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = bytes.withUnsafeBytes { write(input, $0.baseAddress, $0.count) }
    }

    /// Sends a signal; nothing where it has ended, since its number may be another's by then.
    package func signal(_ number: Int32) { state.withLockedValue { if $0.end == nil { _ = Glibc.kill(id, number) } } }

    /// Ends it at once.
    package func kill() { signal(SIGKILL) }

    /// What it has said on standard output so far.
    package var output: String { state.withLockedValue { $0.output } }
    /// What it has said on standard error so far.
    package var talk: String { state.withLockedValue { $0.talk } }

    /// Waits until standard output and error together hold a text.
    /// - Returns: whether they do; false: it ended without.
    @discardableResult
    package func says(_ text: String) async -> Bool {
        await wait { output, talk, isOver in isOver || (output + talk).contains(text) }
        return state.withLockedValue { ($0.output + $0.talk).contains(text) }
    }

    /// Waits until it has said a whole line with a text on standard error.
    /// - Returns: the line; nil: it ended without.
    package func line(with text: String) async -> String? {
        let find: @Sendable (String) -> String? = { talk in
            talk.split(separator: "\n", omittingEmptySubsequences: false).dropLast().first { $0.contains(text) }.map(String.init)
        }
        await wait { _, talk, isOver in isOver || find(talk) != nil }
        return find(talk)
    }

    /// Waits for its end.
    package func end() async -> Program.Run {
        await wait { _, _, isOver in isOver }
        return state.withLockedValue {
            Program.Run(status: $0.end?.status ?? -1, wasKilled: $0.end?.wasKilled ?? false, output: $0.output, talk: $0.talk)
        }
    }

    private func wait(_ isSatisfied: @escaping @Sendable (String, String, Bool) -> Bool) async {
        await withCheckedContinuation { continuation in
            Self.change(state) { $0.waiting.append((isSatisfied, continuation)) }
        }
    }

    private static func change(_ state: NIOLockedValueBox<State>, _ body: (inout State) -> Void) {
        let satisfied = state.withLockedValue { state in
            body(&state)
            let (output, talk, isOver) = (state.output, state.talk, state.end != nil)
            let satisfied = state.waiting.filter { $0.isSatisfied(output, talk, isOver) }.map(\.continuation)
            state.waiting.removeAll { $0.isSatisfied(output, talk, isOver) }
            return satisfied
        }
        for continuation in satisfied { continuation.resume() }
    }

    private static func pipe() -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [-1, -1]
        _ = Glibc.pipe(&ends)
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    private static func thread(_ body: @escaping @Sendable () -> Void) {
        let thread = Thread(block: body)
        thread.stackSize = 256 * 1024
        thread.start()
    }

    private static func follow(_ descriptor: Int32, _ take: (String) -> Void) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            take(String(decoding: buffer.prefix(count), as: UTF8.self))
        }
        close(descriptor)
    }
}
