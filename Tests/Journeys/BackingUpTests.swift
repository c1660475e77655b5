import Foundation
import Storage
import Support
import Testing

@testable import Baton

/// A copy is made while customers are being answered, and brought back elsewhere.
struct BackingUpTests {
    private func program(_ folder: TemporaryFolder) throws -> Program {
        try Program(
            "baton",
            environment: [
                "BATON_DATA": folder.file("data"), "BATON_CONFIG": Project.path("Config"), "BATON_PROMPTS": Project.path("Prompts"),
            ])
    }

    private func object(_ text: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    @Test func `backed up under load and restored elsewhere: equal counts, sums and hash`() async throws {
        let folder = try TemporaryFolder()
        let baton = try program(folder)
        let holder = try LiveProgram(baton, ["chat"])
        #expect(await holder.says("/quit ends."))
        #expect(try await baton.run(["ingest"]).status == 0)
        let questions = [
            "what day are staking rewards paid out?", "Is a phone bill accepted as proof of address?", "can I talk to a human please",
        ]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<9 {
                group.addTask {
                    let run = try await baton.run(["ask", questions[number % 3]])
                    #expect(run.status == 0, "\(run)")
                }
            }
            for number in 0..<4 {
                group.addTask {
                    let run = try await baton.run(["backup", "--to", folder.file("busy-\(number)"), "--json"])
                    #expect(run.status == 0, "\(run)")
                }
            }
            try await group.waitForAll()
        }
        let quiet = try await baton.run(["backup", "--to", folder.file("quiet"), "--json"])
        let wanted = try await baton.run(["verify", "--json"])
        #expect(wanted.status == 0, "\(wanted.output)")
        holder.type("/quit")
        #expect(await holder.end().status == 0)

        for name in (0..<4).map({ "busy-\($0)" }) + ["quiet"] {
            let there = folder.file("restored-" + name)
            let run = try await baton.run(["restore", folder.file(name), "--verify", "--data", there, "--json"])
            #expect(run.status == 0, "\(name): \(run)")
            // Looked at before anything is answered there.
            let summary = try BackupSummary(there + "/baton.sqlite", named: folder.file(name))
            let kept = try BackupSummary(folder.file(name), named: folder.file(name))
            #expect(summary.rows == kept.rows && summary.tables == kept.tables && summary.books == kept.books && kept.isSound)
            #expect(kept.books.allSatisfy { $0.sum == "0" })
            #expect(try await baton.run(["verify", "--data", there]).status == 0)
            if name == "quiet" {
                let verified = try await baton.run(["verify", "--json", "--data", there])
                #expect(try object(verified.output)["rows"] as? [String: Int] == object(wanted.output)["rows"] as? [String: Int])
                #expect(try object(quiet.output)["rows"] as? Int == kept.rows)
            }
        }
        folder.close()
    }

    @Test func `a backup never overwrites, writes to a pipe, and leaves nothing half done`() async throws {
        let folder = try TemporaryFolder()
        let baton = try program(folder)
        #expect(try await baton.run(["ingest"]).status == 0)
        for isHeld in [false, true] {
            let holder = isHeld ? try LiveProgram(baton, ["chat"]) : nil
            if let holder { #expect(await holder.says("/quit ends.")) }
            let precious = try folder.write("precious", to: "taken-\(isHeld)")
            let run = try await baton.run(["backup", "--to", precious])
            #expect(run.status == Exit.conflict.rawValue && run.talk.contains("not overwritten"), "\(run)")
            #expect(try String(contentsOfFile: precious, encoding: .utf8) == "precious")
            let nowhere = try await baton.run(["backup", "--to", folder.file("no/such/folder/x")])
            #expect(nowhere.status != 0 && !nowhere.wasKilled)
            let piped = try await baton.other("/bin/sh").run(["-c", "'\(baton.path)' backup --to - > '\(folder.file("piped-\(isHeld)"))'"])
            #expect(piped.status == 0, "\(piped.talk)")
            #expect(try BackupSummary(folder.file("piped-\(isHeld)"), named: "").isSound)
            let made = try await baton.run(["backup", "--to", folder.file("made-\(isHeld)")])
            #expect(made.status == 0 && made.output.contains("rows in") && made.output.contains("head"), "\(made)")
            holder?.type("/quit")
            if let holder { #expect(await holder.end().status == 0) }
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(!names.contains { $0.contains(".part-") }, "\(names)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file("data")).allSatisfy { !$0.hasPrefix(".backup-") })
        folder.close()
    }

    @Test func `a backup that is interrupted leaves no half file`() async throws {
        let folder = try TemporaryFolder()
        let baton = try program(folder)
        #expect(try await baton.run(["ingest"]).status == 0)
        for _ in 0..<3 {
            let run = try LiveProgram(baton, ["backup", "--to", folder.file("copy"), "--json"])
            run.signal(SIGINT)
            let end = await run.end()
            // It may have been done, have cleaned up, or have been hit before it began.
            #expect((end.wasKilled && end.status == SIGINT) || [0, Exit.interrupted.rawValue].contains(end.status), "\(end)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).allSatisfy { !$0.contains(".part-") })
            // A file that is there is whole.
            if FileManager.default.fileExists(atPath: folder.file("copy")) {
                #expect(try BackupSummary(folder.file("copy"), named: "").isSound)
                try FileManager.default.removeItem(atPath: folder.file("copy"))
            }
        }
        folder.close()
    }

    @Test func `restore refuses what is in use, not empty, no backup, or of a newer version`() async throws {
        let folder = try TemporaryFolder()
        let baton = try program(folder)
        #expect(try await baton.run(["credit"]).status == 0)
        let backup = folder.file("copy")
        #expect(try await baton.run(["backup", "--to", backup]).status == 0)
        #expect(try await baton.run(["restore", backup]).status == Exit.conflict.rawValue)
        #expect(try await baton.run(["restore", folder.file("nothing"), "--data", folder.file("new")]).status == Exit.notFound.rawValue)
        let text = try folder.write("no backup", to: "text")
        #expect(try await baton.run(["restore", text, "--data", folder.file("new")]).status == Exit.integrity.rawValue)
        let holder = try LiveProgram(baton, ["chat"])
        #expect(await holder.says("/quit ends."))
        let used = try await baton.run(["restore", backup])
        #expect(used.status == Exit.conflict.rawValue && used.talk.contains("in use"), "\(used)")
        holder.type("/quit")
        _ = await holder.end()
        #expect(try await baton.run(["restore", backup, "--data", folder.file("new")]).status == 0)
        folder.close()
    }

    @Test func `verify finds what contradicts itself, and a damaged file is refused at the start with a hint`() async throws {
        let folder = try TemporaryFolder()
        let baton = try program(folder)
        #expect(try await baton.run(["ingest"]).status == 0)
        #expect(try await baton.run(["ask", "Is a phone bill accepted as proof of address?"]).status == 0)
        let settings = try Settings(
            flags: Flags(data: folder.file("data"), config: Project.path("Config"), prompts: Project.path("Prompts")), environment: [:])
        try await Installation.open(settings) { installation in
            try await installation.store.write { transaction in
                try transaction.run("DELETE FROM event WHERE seq = 2")
                try transaction.run("UPDATE message SET seq = 5 WHERE seq = 2")
                try transaction.run("UPDATE message SET turn = NULL WHERE author = 'assistant'")
            }
        }
        let run = try await baton.run(["verify"])
        #expect(run.status == Exit.integrity.rawValue, "\(run)")
        for words in [
            "events: event 3 follows 1", "threads: ", "message 5 follows 1", "replies: ", "has no settled response", "counts 2 messages",
        ] {
            #expect(run.output.contains(words), "\(words): \(run.output)")
        }
        let path = folder.file("data/baton.sqlite")
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        bytes.replaceSubrange(40 * 4096..<44 * 4096, with: Data(repeating: 0x5A, count: 4 * 4096))
        try bytes.write(to: URL(fileURLWithPath: path))
        let start = try await baton.run(["credit"])
        #expect(start.status == Exit.integrity.rawValue && start.talk.contains("baton restore"), "\(start)")
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == bytes)
        folder.close()
    }
}
