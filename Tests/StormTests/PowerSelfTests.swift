import Foundation
import GRDB
import Storm
import Support
import Testing

/// The crash images themselves: they must find what a weaker setting of SQLite loses, and nothing where it is set as the product sets it.
struct PowerSelfTests {
    private struct Loss {
        var lossy = 0
        var damaged = 0
        var lostRows = 0
    }

    private func losses(synchronous: String, count: Int) async throws -> Loss {
        let tools = try TemporaryFolder()
        defer { tools.close() }
        let shim = try await PowerCut.build("shim.c", into: tools, ["-shared", "-fPIC", "-ldl", "-lpthread"])
        let rows = try await PowerCut.build("rows.c", into: tools, ["-lsqlite3"])
        try FileManager.default.createDirectory(atPath: tools.file("disk"), withIntermediateDirectories: true)
        let variables = PowerCut.variables(shim: shim, folder: tools.file("disk"), journal: tools.file("journal"))
        let run = try await Program("baton", environment: variables).other(rows).run([tools.file("disk/rows.db"), synchronous, "150"])
        #expect(run.status == 0, "\(run.talk)")
        let journal = try DiskJournal(path: tools.file("journal"))
        var loss = Loss()
        try await PowerCut.eachImage(of: journal, folder: tools.file("disk"), count: count, seed: 7) { image, place in
            let told = journal.words(before: place).components(separatedBy: "row ").dropFirst().compactMap {
                Int($0.prefix { $0.isNumber })
            }
            guard let kept = rowsKept(in: image + "/rows.db") else {
                loss.damaged += 1
                return
            }
            let lost = Set(told).subtracting(kept)
            if !lost.isEmpty { loss.lossy += 1 }
            loss.lostRows += lost.count
        }
        print("power: synchronous=\(synchronous): \(count) images, \(loss.lossy) lose rows (\(loss.lostRows)), \(loss.damaged) damaged")
        return loss
    }

    /// Nil where the database is damaged.
    private func rowsKept(in path: String) -> Set<Int>? {
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        do {
            return try DatabaseQueue(path: path).write { database -> Set<Int>? in
                guard try String.fetchOne(database, sql: "PRAGMA integrity_check") == "ok" else { return nil }
                guard try database.tableExists("row") else { return [] }
                return Set(try Int.fetchAll(database, sql: "SELECT id FROM row"))
            }
        } catch { return nil }
    }

    @Test func `with synchronous FULL no power cut loses a row that was told`() async throws {
        let loss = try await losses(synchronous: "FULL", count: PowerCut.images)
        #expect(loss.lossy == 0 && loss.damaged == 0)
    }

    @Test func `with synchronous OFF power cuts are found to lose rows and to damage the database`() async throws {
        let loss = try await losses(synchronous: "OFF", count: PowerCut.images)
        #expect(loss.lossy > 0 && loss.damaged > 0)
    }

    @Test func `with synchronous NORMAL power cuts lose rows that were told, and damage nothing`() async throws {
        let loss = try await losses(synchronous: "NORMAL", count: PowerCut.images)
        #expect(loss.lossy > 0 && loss.damaged == 0)
    }
}
