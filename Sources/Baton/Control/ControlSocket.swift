import Assistant
import Foundation
import NIOConcurrencyHelpers
import Storage

/// The door for commands of other processes: while it is open, `baton usage` or `baton ingest` in another terminal runs in this process, which owns the
/// data directory, and prints there.
///
/// It is a socket in the data directory that only the owner's account (and root) can open, so whoever comes in may do what the command line may do. It knows
/// the commands' ways in and out and nothing of what they do.
final class ControlSocket: Sendable {
    /// Commands of others at one time; more are told to come back.
    static let mostSessions = 32
    /// How long the commands that still run get when this process stops.
    private static let graceMilliseconds = 500

    private let running: Running
    private let listener: LocalSocket
    private let path: String
    private let sessions = NIOLockedValueBox<(isOpen: Bool, all: [ObjectIdentifier: ControlSession])>((true, [:]))

    /// Keeps the door open while `body` runs. Should the disk fail meanwhile, `body` is cancelled: a process that can write nothing serves nobody.
    /// - Parameter reloading: where given, a `SIGHUP` reads the configuration anew, and this is told what became of it.
    /// - Throws: what `body` throws, or `StorageError.diskFailed`. A socket that cannot be opened is said and is no reason not to serve.
    static func serving<Result: Sendable>(
        _ installation: Installation, _ desk: Desk, reloading: (@Sendable (String) -> Void)? = nil,
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        // A command that runs inside another process finds the door open already.
        if Running.current != nil { return try await body() }
        var door: ControlSocket?
        do { door = try ControlSocket(Running(installation: installation, desk: desk)) } catch { Terminal.say("baton: \(error)") }
        do {
            let result = try await whileTheDiskWorks(installation, desk, reloading, body)
            await door?.close()
            return result
        } catch {
            await door?.close()
            throw error
        }
    }

    private static func whileTheDiskWorks<Result: Sendable>(
        _ installation: Installation, _ desk: Desk, _ reloading: (@Sendable (String) -> Void)?,
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let hangups = reloading.map { _ in Hangups() }
        return try await withThrowingTaskGroup(of: Result?.self) { tasks in
            tasks.addTask { try await body() }
            if let hangups, let reloading {
                tasks.addTask {
                    await hangups.reload(installation, desk, told: reloading)
                    return nil
                }
            }
            tasks.addTask {
                try await installation.store.untilBroken()
                return nil
            }
            defer { tasks.cancelAll() }
            while let result = try await tasks.next() {
                if let result { return result }
            }
            throw CancellationError()
        }
    }

    private init(_ running: Running) throws {
        let folder = running.installation.settings.data.value
        self.running = running
        path = folder + "/" + LocalSocket.name
        listener = try LocalSocket.listen(in: folder)
        Thread.start("control") { self.takeAll() }
    }

    private func takeAll() {
        while let connection = listener.accept() { take(connection) }
    }

    private func take(_ connection: LocalSocket) {
        let session = ControlSession(connection, running) { [weak self] session in
            self?.sessions.withLockedValue { _ = $0.all.removeValue(forKey: ObjectIdentifier(session)) }
        }
        let isWelcome = sessions.withLockedValue { sessions in
            guard sessions.isOpen, sessions.all.count < Self.mostSessions else { return false }
            sessions.all[ObjectIdentifier(session)] = session
            return true
        }
        isWelcome ? session.begin() : session.refuse("\(Self.mostSessions) other commands run there just now. Try again in a moment.")
    }

    private func close() async {
        let all = sessions.withLockedValue { sessions in
            sessions.isOpen = false
            return Array(sessions.all.values)
        }
        listener.shut()
        listener.close()
        unlink(path)
        for session in all { session.stop() }
        var waited = 0
        while waited < Self.graceMilliseconds, !sessions.withLockedValue({ $0.all.isEmpty }) {
            // Not to be cut short: the store is closed after this.
            await Task { try? await Task.sleep(for: .milliseconds(10)) }.value
            waited += 10
        }
    }
}

/// The process that owns the data directory, as commands that run inside it see it.
struct Running: Sendable {
    let installation: Installation
    let desk: Desk

    /// Bound to the task of a command that another process asked for; nil in a command of this process's own.
    @TaskLocal static var current: Running?
}

extension Thread {
    /// Starts a small thread for blocking calls, which must not keep a thread of the pool waiting.
    static func start(_ name: String, _ body: @escaping @Sendable () -> Void) {
        let thread = Thread(block: body)
        thread.name = name
        thread.stackSize = 256 * 1024
        thread.start()
    }
}
