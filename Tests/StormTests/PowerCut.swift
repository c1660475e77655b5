import Foundation
import Storm
import Support

/// Tools of the power-cut tests: the shim, built with the C compiler that the toolchain brings, and images of the disk.
enum PowerCut {
    /// How many images each test builds; `BATON_POWER_IMAGES` asks for more.
    static let images = ProcessInfo.processInfo.environment["BATON_POWER_IMAGES"].flatMap { Int($0) } ?? 120

    /// Builds a C file of `Tests/Power`.
    static func build(_ name: String, into folder: TemporaryFolder, _ options: [String]) async throws -> String {
        // Swift brings clang with it, so one of these is on the path wherever Swift is.
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":")
        let compiler = ["cc", "clang"].flatMap { name in folders.map { "\($0)/\(name)" } }.first {
            FileManager.default.isExecutableFile(atPath: $0)
        }
        guard let compiler else { throw SupportError.file("there is no C compiler; install clang or gcc") }
        let target = folder.file(name.replacing(".c", with: ""))
        let run = try await Program("baton").other(compiler).run(["-O1", "-o", target, Project.path("Tests/Power/\(name)")] + options)
        guard run.status == 0 else { throw SupportError.file("\(compiler): \(run.talk)") }
        return target
    }

    /// Variables that put a process's files and words into a journal.
    static func variables(shim: String, folder: String, journal: String) -> [String: String] {
        ["LD_PRELOAD": shim, "CUT_FOLDER": folder, "CUT_JOURNAL": journal]
    }

    /// Builds images at moments that are spread over the journal from `start` on, half of them right after something was said.
    /// - Parameter look: gets each image's folder and the moment's place in the journal; the folder is removed afterwards.
    static func eachImage(
        of journal: DiskJournal, folder: String, from start: Int = 0, count: Int, seed: UInt64,
        _ look: (_ image: String, _ place: Int) async throws -> Void
    ) async throws {
        var random = SeededRandom(seed, "power")
        let later = journal.entries.indices.filter { journal.entries[$0].place >= start }
        let said = later.filter { if case .said = journal.entries[$0].entry { true } else { false } }
        var moments: [Int] = []
        for index in 0..<count {
            guard let moment = random.pick(index % 2 == 0 && !said.isEmpty ? said : later) else { break }
            moments.append(moment)
        }
        moments.sort()
        var disk = CrashDisk()
        var next = 0
        for moment in moments {
            while next <= moment {
                disk.take(journal.entries[next].entry, at: journal.entries[next].place)
                next += 1
            }
            let image = try TemporaryFolder()
            defer { image.close() }
            try disk.write(from: folder, to: image.path, &random)
            try await look(image.path, journal.entries[moment].place + 1)
        }
    }
}
