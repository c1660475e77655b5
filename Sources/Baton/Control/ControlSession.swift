import Foundation
import NIOConcurrencyHelpers

/// One command of another process: reads its order, runs it here as that process's command, and carries lines in and output out.
///
/// Two threads do the blocking reads and writes. The command itself never waits for its caller, except where it asks to (`Caller.caughtUp`); a caller that
/// takes nothing while much is waiting is given up, and only that command ends.
final class ControlSession: Sendable {
    /// Output that waits for a caller who does not take it, in bytes; beyond it the command is ended.
    static let largestBacklog = 32 << 20
    /// What `Caller.caughtUp` waits for, in bytes.
    private static let smallBacklog = 1 << 20
    /// The largest piece of output in one frame, in bytes.
    private static let largestPiece = 64 << 10
    /// How long a caller may take to say what it wants.
    private static let patienceSeconds = 10

    private struct State {
        var outgoing: [[UInt8]] = []
        var backlog = 0
        var isClosing = false
        var isClosed = false
        var command: Task<Void, Never>?
        var readers: [CheckedContinuation<String?, Never>] = []
        var inputEnded = false
        var catchingUp: [CheckedContinuation<Void, Never>] = []
        /// Threads and the command: the descriptor is closed when all are gone.
        var holders = 1
    }

    private let connection: LocalSocket
    private let running: Running
    private let ended: @Sendable (ControlSession) -> Void
    private let state = NIOLockedValueBox(State())
    private let work = DispatchSemaphore(value: 0)

    init(_ connection: LocalSocket, _ running: Running, ended: @escaping @Sendable (ControlSession) -> Void) {
        self.connection = connection
        self.running = running
        self.ended = ended
    }

    /// Greets and waits for the order.
    func begin() {
        state.withLockedValue { $0.holders = 2 }
        Thread.start("control out") { self.writeAll() }
        Thread.start("control in") { self.readAll() }
        greet()
    }

    private func greet() {
        send(
            .greeting(
                .init(version: Baton.release, pid: getpid(), config: running.installation.settings.config.value.absolutePath))
        )
    }

    /// Says why not, and ends.
    func refuse(_ why: String) {
        Thread.start("control out") { self.writeAll() }
        greet()
        end(saying: why, .tryLater)
    }

    /// This process stops: the command is cancelled, and its caller told.
    func stop() {
        let command = state.withLockedValue { $0.command }
        command?.cancel()
        if command == nil { end(saying: "The process that owns the data directory is stopping.", .tryLater) }
    }

    // MARK: In

    private func readAll() {
        connection.setPatience(seconds: Self.patienceSeconds)
        guard case .order(let order) = connection.read() else { return leave() }
        connection.setPatience(seconds: 0)
        start(order)
        reading: while let frame = connection.read() {
            switch frame {
            case .line(let line): answer(line)
            case .noMoreLines: answer(nil)
            default: break reading
            }
        }
        leave()
    }

    /// The caller is gone or talks nonsense, or the command has ended and the caller closed.
    private func leave() {
        let (command, readers, waiting) = state.withLockedValue { state in
            state.isClosed = true
            state.outgoing = []
            state.backlog = 0
            defer { (state.readers, state.catchingUp) = ([], []) }
            return (state.command, state.readers, state.catchingUp)
        }
        command?.cancel()
        for reader in readers { reader.resume(returning: nil) }
        for one in waiting { one.resume() }
        connection.shut()
        work.signal()
        letGo()
    }

    private func letGo() {
        let isLast = state.withLockedValue { state in
            state.holders -= 1
            return state.holders == 0
        }
        guard isLast else { return }
        connection.close()
        ended(self)
    }

    private func answer(_ line: String?) {
        let reader = state.withLockedValue { state -> CheckedContinuation<String?, Never>? in
            if line == nil { state.inputEnded = true }
            return state.readers.isEmpty ? nil : state.readers.removeFirst()
        }
        reader?.resume(returning: line)
    }

    // MARK: The command

    private func start(_ order: ControlFrame.Order) {
        guard order.version == Baton.release else {
            return end(saying: ControlClient.skew(here: order.version, there: Baton.release), .conflict)
        }
        let caller = Caller(
            facts: order.facts, write: { self.put($0, on: $1) }, caughtUp: { await self.caughtUp() }, nextLine: { await self.nextLine() })
        state.withLockedValue { state in
            state.holders += 1
            state.command = Task.detached {
                let status = await Caller.$current.withValue(caller) {
                    await Running.$current.withValue(self.running) { await Baton.status(of: order.arguments) }
                }
                self.send(.ended(status))
                self.finish()
                self.letGo()
            }
        }
    }

    private func nextLine() async -> String? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let asks = state.withLockedValue { state in
                    guard !state.isClosed, !state.inputEnded, !Task.isCancelled else { return false }
                    state.readers.append(continuation)
                    return true
                }
                asks ? send(.wantsLine) : continuation.resume(returning: nil)
            }
        } onCancel: {
            self.answer(nil)
        }
    }

    // MARK: Out

    private func put(_ bytes: [UInt8], on stream: Caller.Stream) {
        var start = 0
        repeat {
            let piece = Array(bytes[start..<min(bytes.count, start + Self.largestPiece)])
            send(stream == .output ? .output(piece) : .talk(piece))
            start += piece.count
        } while start < bytes.count
    }

    private func send(_ frame: ControlFrame) {
        // Only an order that was never ours to send is too large to be written.
        guard let bytes = try? frame.encoded() else { return }
        let isTooMuch = state.withLockedValue { state in
            guard !state.isClosed, !state.isClosing else { return false }
            state.outgoing.append(bytes)
            state.backlog += bytes.count
            return state.backlog > Self.largestBacklog
        }
        work.signal()
        // The reading thread notices, and leaves.
        if isTooMuch { connection.shut() }
    }

    private func end(saying why: String, _ exit: Exit) {
        send(.talk(Array("baton: \(why)\n".utf8)))
        send(.ended(exit.rawValue))
        finish()
    }

    /// Nothing more is sent; what waits goes out.
    private func finish() {
        state.withLockedValue { $0.isClosing = true }
        work.signal()
    }

    private func caughtUp() async {
        await withCheckedContinuation { continuation in
            let isSmall = state.withLockedValue { state in
                if state.isClosed || state.backlog <= Self.smallBacklog { return true }
                state.catchingUp.append(continuation)
                return false
            }
            if isSmall { continuation.resume() }
        }
    }

    private func writeAll() {
        while true {
            work.wait()
            let (pieces, isLast) = state.withLockedValue { state in
                defer { state.outgoing = [] }
                return (state.outgoing, state.isClosing || state.isClosed)
            }
            var isThere = true
            for piece in pieces where isThere {
                isThere = connection.write(piece)
                tookUp(piece.count)
            }
            guard isThere, !isLast else { break }
        }
        // Everything is said, and can still be read; this ends the reading thread too.
        connection.shut()
        letGo()
    }

    private func tookUp(_ count: Int) {
        let waiting = state.withLockedValue { state -> [CheckedContinuation<Void, Never>] in
            state.backlog = max(0, state.backlog - count)
            guard state.backlog <= Self.smallBacklog else { return [] }
            defer { state.catchingUp = [] }
            return state.catchingUp
        }
        for one in waiting { one.resume() }
    }
}
