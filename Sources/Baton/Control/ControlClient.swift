import Foundation
import NIOConcurrencyHelpers

/// The other end of the door: lets the process that owns the data directory run a command, and is its terminal meanwhile.
struct ControlClient: Sendable {
    private let connection: LocalSocket
    /// Who owns the directory.
    let pid: Int32
    /// The configuration folder it works with, absolute.
    let config: String

    /// How long the owner may take to greet.
    private static let patienceSeconds = 5
    /// The longest line of input that is sent, in bytes: far above any message.
    static let longestLine = 256 << 10

    /// - Returns: nil where nobody listens in that directory.
    /// - Throws: `CommandError` where somebody does who is of another version.
    static func reach(_ folder: String) throws -> ControlClient? {
        guard let connection = try LocalSocket.connect(in: folder) else { return nil }
        connection.setPatience(seconds: patienceSeconds)
        guard case .greeting(let greeting) = connection.read() else {
            connection.close()
            return nil
        }
        connection.setPatience(seconds: 0)
        guard greeting.rules == ControlFrame.rules, greeting.version == Baton.release else {
            connection.close()
            throw CommandError(.conflict, skew(here: Baton.release, there: greeting.version))
        }
        return ControlClient(connection: connection, pid: greeting.pid, config: greeting.config)
    }

    static func skew(here: String, there: String) -> String {
        "The data directory is in use by Baton \(there), and this is Baton \(here). Use that version's program, or restart the running one with this version."
    }

    /// Lets the owner run a command, with this process's standard input, output and error.
    /// - Parameter output: takes standard output in place of this process's own; throws to end the command.
    /// - Returns: its exit status.
    /// - Throws: `CommandError`, what `output` throws.
    func run(_ arguments: [String], output: (@Sendable ([UInt8]) throws -> Void)? = nil) async throws -> Int32 {
        let order = ControlFrame.Order(version: Baton.release, arguments: arguments, facts: .own)
        let frame: [UInt8]
        do { frame = try ControlFrame.order(order).encoded() } catch { throw CommandError(.usage, "The command line is too long.") }
        // A connection that is already gone is seen by the reading below.
        _ = connection.write(frame)
        return try await withCheckedThrowingContinuation { continuation in
            Thread.start("control") {
                let result = Result { try follow(output) }
                // Not closed: a thread may wait for a line to send. The process is about to end.
                connection.shut()
                continuation.resume(with: result)
            }
        }
    }

    private func follow(_ output: (([UInt8]) throws -> Void)?) throws -> Int32 {
        while let frame = connection.read() {
            switch frame {
            case .output(let bytes):
                if let output { try output(bytes) } else { Terminal.put(bytes) }
            case .talk(let bytes): Terminal.say(bytes: bytes)
            case .wantsLine: Thread.start("standard input") { self.type() }
            case .ended(let status): return status
            default: throw CommandError(.conflict, "The process that owns the data directory (pid \(pid)) does not speak as it should.")
            }
        }
        throw CommandError(
            .tryLater,
            "The process that owns the data directory (pid \(pid)) ended before the command did. Look at what was done before you repeat it."
        )
    }

    /// Reads a line for the command, while its output goes on.
    private func type() {
        let line = readLine(strippingNewline: true)
        // Too long a line is cut: what reads lines has narrower limits of its own and says so.
        let frame = line.map { ControlFrame.line(String(decoding: $0.utf8.prefix(Self.longestLine), as: UTF8.self)) } ?? .noMoreLines
        if let bytes = try? frame.encoded() { _ = connection.write(bytes) }  // it is within the limit
    }
}
