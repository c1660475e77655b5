import Foundation
import Glibc

/// A process of ours, started with an environment of its own, signalled by its id, and waited for.
///
/// Foundation's `Process` crashes now and then where many are started at once (Swift 6.3 on Linux), so this is `posix_spawn` itself.
struct ChildProcess: Sendable {
    /// How it ended.
    enum End: Sendable, Hashable {
        case exited(Int32)
        case signalled(Int32)
    }

    let id: pid_t

    /// glibc passes over those that are not open.
    private static var mostDescriptors: Int32 { Int32(clamping: min(4096, sysconf(Int32(_SC_OPEN_MAX)))) }

    /// - Parameters:
    ///   - output: a file that standard output is added to.
    ///   - talk: a file that standard error is added to.
    /// - Throws: `StormError.program`.
    init(_ program: String, _ arguments: [String], environment: [String: String], output: String, talk: String) throws(StormError) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, talk, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        // A socket of the harness must not live on in the child.
        for descriptor in 3..<Self.mostDescriptors { posix_spawn_file_actions_addclose(&actions, descriptor) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var words = ([program] + arguments).map { strdup($0) } + [nil]
        var settings = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in words + settings { free(text) } }
        var id: pid_t = 0
        let code = posix_spawn(&id, program, &actions, &attributes, &words, &settings)
        guard code == 0 else { throw .program("\(program) cannot be started: \(String(cString: strerror(code)))") }
        self.id = id
    }

    func signal(_ number: Int32) { _ = kill(id, number) }

    /// Waits for its end on a thread of its own. To be asked once.
    func end() async -> End {
        await withCheckedContinuation { continuation in
            let thread = Thread { [id] in
                var status: Int32 = 0
                while waitpid(id, &status, 0) < 0, errno == EINTR {}
                let number = status & 0x7F
                continuation.resume(returning: number == 0 ? .exited((status >> 8) & 0xFF) : .signalled(number))
            }
            thread.stackSize = 256 * 1024
            thread.start()
        }
    }
}
