import Foundation
import Glibc
import Storage
import Support

/// What the disk can do: durable commits of one row through `Store.write`, one by one and from many tasks, and the bare `fdatasync` below them. A turn is held against these, so that
/// the disk cancels out.
struct Commits {
    /// A second, each waiting for the one before.
    let oneByOne: Double
    /// A second, 64 tasks at once.
    let together: Double
    /// Bare appends of 4 KiB with `fdatasync`, a second.
    let bare: Double

    static func measure(in folder: TemporaryFolder) async throws -> Commits {
        let mark = Migration("bench-1", "CREATE TABLE mark(workspace TEXT NOT NULL, number INTEGER NOT NULL) STRICT")
        let store = try Store(folder: folder.file("commits"), migrations: [mark])
        let oneByOne = try await commits(400, tasks: 1, store)
        let together = try await commits(6_400, tasks: 64, store)
        await store.close()
        return Commits(oneByOne: oneByOne, together: together, bare: try bare(folder.file("appended"), count: 400))
    }

    func show(_ table: Table) {
        table.add(
            Figure(
                name: "durable commits of one row, one by one", value: oneByOne, unit: "1/s",
                yardstick: ("4 KiB appended with fdatasync", bare)))
        table.add(Figure(name: "durable commits of one row, 64 tasks", value: together, unit: "1/s", yardstick: ("one by one", oneByOne)))
    }

    private static func commits(_ count: Int, tasks: Int, _ store: Store) async throws -> Double {
        let began = Moment()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<tasks {
                group.addTask {
                    for number in 0..<(count / tasks) {
                        try await store.write { try $0.run("INSERT INTO mark(workspace, number) VALUES ($1, $2)", "bench", number) }
                    }
                }
            }
            try await group.waitForAll()
        }
        return Double(count) / began.seconds
    }

    private static func bare(_ path: String, count: Int) throws -> Double {
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        defer { try? file.close() }  // a file of the temporary folder, which goes
        let page = Data(repeating: 1, count: 4_096)
        let began = Moment()
        for _ in 0..<count {
            try file.write(contentsOf: page)
            _ = fdatasync(file.fileDescriptor)
        }
        return Double(count) / began.seconds
    }
}
