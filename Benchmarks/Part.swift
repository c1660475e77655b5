import Foundation

/// What this program does in a process of its own, so that its work is not counted as ours: it is started by a group with a hidden first argument, says on standard output what
/// the group waits for, and ends when its standard input does (also when the group dies).
enum Part: String {
    /// The model: a scripted endpoint. Says its port.
    case model = "--model"
    /// A process that holds a desk open. Says how much memory it takes, before and after the index is loaded.
    case desk = "--desk"

    func play(_ arguments: [String]) async throws {
        switch self {
        case .model: try ScriptedModel.play()
        case .desk: try await IdleDesk.play(arguments)
        }
    }

    /// Says one line to the group and waits for the end of the input.
    static func sayAndStay(_ line: String) {
        FileHandle.standardOutput.write(Data((line + "\n").utf8))
        while readLine() != nil {}
    }
}

/// Another process: this program in another part, or `baton`.
final class Child {
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()

    /// Starts this program in a part.
    init(_ part: Part, _ arguments: [String] = []) throws {
        process.executableURL = URL(fileURLWithPath: try Self.ownPath())
        process.arguments = [part.rawValue] + arguments
        process.standardInput = input
        process.standardOutput = output
        try process.run()
    }

    deinit { stop() }

    var id: Int32 { process.processIdentifier }

    /// The next line that it says; empty where it ended.
    func line() -> String {
        var bytes: [UInt8] = []
        while let byte = output.fileHandleForReading.readData(ofLength: 1).first, byte != 10 { bytes.append(byte) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Writes an empty line to it: it may go on.
    func goOn() throws { try input.fileHandleForWriting.write(contentsOf: Data("\n".utf8)) }

    /// Ends it, and waits until it has.
    func stop() {
        // It may have ended by itself.
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    /// Runs `baton` to its end, output thrown away.
    /// - Returns: seconds from start to end; nil where it failed.
    static func seconds(_ baton: String, _ arguments: [String]) throws -> Double? {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: baton)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        let began = Moment()
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus == 0 ? began.seconds : nil
    }

    /// The `baton` that was built with this program, or nil.
    static func baton() throws -> String? {
        let path = URL(fileURLWithPath: try ownPath()).deletingLastPathComponent().appendingPathComponent("baton").path
        return FileManager.default.isExecutableFile(atPath: path) ? path : nil
    }

    private static func ownPath() throws -> String { try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") }
}
