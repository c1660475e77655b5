import Foundation
import Glibc

/// Runs the command line program that was built beside the tests, in a process of its own, with an environment of its own.
package struct Program: Sendable {
    /// What a run left.
    package struct Run: Sendable {
        /// The exit status; for a run that a signal ended, the signal.
        package let status: Int32
        /// Whether a signal ended it.
        package let wasKilled: Bool
        /// Standard output.
        package let output: String
        /// Standard error.
        package let talk: String
    }

    /// The path of the program.
    package let path: String
    /// The only variables that it sees, beside PATH.
    package var environment: [String: String]

    /// - Parameter name: of the executable, in the folder of the test bundle.
    /// - Throws: `SupportError.file` where it was not built.
    package init(_ name: String, environment: [String: String] = [:]) throws(SupportError) {
        // The test runner is the bundle itself, so the programs lie beside it.
        let here = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        var folder = (here as NSString).deletingLastPathComponent
        if !FileManager.default.isExecutableFile(atPath: folder + "/" + name) {
            folder = (CommandLine.arguments[0] as NSString).deletingLastPathComponent
        }
        if !FileManager.default.isExecutableFile(atPath: folder + "/" + name) { folder = Project.path(".build/debug") }
        path = folder + "/" + name
        self.environment = environment
        guard FileManager.default.isExecutableFile(atPath: path) else { throw .file("there is no program \(path)") }
    }

    /// Another program, by its path, with the same environment.
    package func other(_ path: String) -> Program { Program(path: path, environment: environment) }

    private init(path: String, environment: [String: String]) {
        self.path = path
        self.environment = environment
    }

    /// Runs it to its end.
    /// - Parameter input: what it reads on standard input; nil for nothing.
    /// - Throws: `SupportError.file` where it could not be started.
    package func run(_ arguments: [String], input: String? = nil) async throws -> Run {
        let folder = try TemporaryFolder()
        defer { folder.close() }
        let (outputPath, talkPath) = (try folder.write("", to: "out"), try folder.write("", to: "err"))
        let inputPath = try folder.write(input ?? "", to: "in")
        let variables = ["PATH": "/usr/bin:/bin", "HOME": folder.path].merging(environment) { $1 }
        let child = try Child(path: path, arguments: arguments, variables: variables) { actions in
            posix_spawn_file_actions_addopen(&actions, 0, inputPath, O_RDONLY, 0)
            posix_spawn_file_actions_addopen(&actions, 1, outputPath, O_WRONLY, 0)
            posix_spawn_file_actions_addopen(&actions, 2, talkPath, O_WRONLY, 0)
        }
        let end = await child.end()
        func text(_ path: String) -> String { String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self) }
        return Run(status: end.status, wasKilled: end.wasKilled, output: text(outputPath), talk: text(talkPath))
    }
}

/// A process of ours. Foundation's `Process` crashes now and then where many are started at once (Swift 6.3 on Linux), so this is `posix_spawn` itself.
struct Child: Sendable {
    let id: pid_t

    /// glibc passes over those that are not open.
    private static var mostDescriptors: Int32 { Int32(clamping: min(4096, sysconf(Int32(_SC_OPEN_MAX)))) }

    /// - Parameter connect: says what standard input, output and error are.
    init(
        path: String, arguments: [String], variables: [String: String], connect: (inout posix_spawn_file_actions_t) -> Void
    ) throws(SupportError) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        connect(&actions)
        // A socket or a lock of the tests must not live on in the child.
        for descriptor in 3..<Self.mostDescriptors { posix_spawn_file_actions_addclose(&actions, descriptor) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var words = ([path] + arguments).map { strdup($0) } + [nil]
        var settings = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in words + settings { free(text) } }
        var id: pid_t = 0
        let code = posix_spawn(&id, path, &actions, &attributes, &words, &settings)
        guard code == 0 else { throw .file("\(path) cannot be started: \(String(cString: strerror(code)))") }
        self.id = id
    }

    /// Waits for its end, on a thread of its own.
    func end() async -> (status: Int32, wasKilled: Bool) {
        await withCheckedContinuation { continuation in
            let thread = Thread { continuation.resume(returning: wait()) }
            thread.stackSize = 256 * 1024
            thread.start()
        }
    }

    /// Waits for its end, on this thread.
    func wait() -> (status: Int32, wasKilled: Bool) {
        var status: Int32 = 0
        while waitpid(id, &status, 0) < 0, errno == EINTR {}
        let signal = status & 0x7F
        return signal == 0 ? ((status >> 8) & 0xFF, false) : (signal, true)
    }
}
