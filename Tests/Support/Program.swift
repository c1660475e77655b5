import Foundation

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
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.environment = ["PATH": "/usr/bin:/bin", "HOME": folder.path].merging(environment) { $1 }
        process.currentDirectoryURL = URL(fileURLWithPath: Project.root)
        guard let output = FileHandle(forWritingAtPath: outputPath), let talk = FileHandle(forWritingAtPath: talkPath),
            let input = FileHandle(forReadingAtPath: inputPath)
        else { throw SupportError.file("no files for the program's output in \(folder.path)") }
        process.standardOutput = output
        process.standardError = talk
        process.standardInput = input
        let (ends, ended) = AsyncStream.makeStream(of: Void.self)
        process.terminationHandler = { _ in ended.finish() }
        do { try process.run() } catch { throw SupportError.file("\(path): \(error)") }
        for await _ in ends {}
        func text(_ path: String) -> String { String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self) }
        return Run(
            status: process.terminationStatus, wasKilled: process.terminationReason == .uncaughtSignal, output: text(outputPath),
            talk: text(talkPath))
    }
}
