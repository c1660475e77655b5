import Storage
import Testing

@Suite struct GroupCommitTests {
    @Test func `what was written is there for the next reader`() async throws {
        try await withStore { store in
            try await store.note("hello")
            #expect(try await store.notes() == ["hello"])
        }
    }

    @Test func `a unit of work that fails leaves nothing`() async throws {
        try await withStore { store in
            await #expect(throws: Mishap.self) {
                try await store.write { transaction in
                    try transaction.run("INSERT INTO note(workspace, text) VALUES ($1, 'half')", quayside)
                    throw Mishap()
                }
            }
            let after = try await store.notes()
            #expect(after == [])
        }
    }

    @Test func `a failing neighbour takes nothing with it`() async throws {
        try await withStore { store in
            let outcomes = await withTaskGroup(of: (Int, Bool).self) { group in
                for number in 0..<300 {
                    group.addTask {
                        do {
                            try await store.write { transaction in
                                try transaction.run("INSERT INTO note(workspace, text) VALUES ($1, $2)", quayside, "\(number)")
                                if number % 3 == 0 { throw Mishap() }
                            }
                            return (number, true)
                        } catch { return (number, false) }
                    }
                }
                return await group.reduce(into: [Int: Bool]()) { $0[$1.0] = $1.1 }
            }
            #expect(outcomes.filter { !$0.value }.keys.sorted() == Array(stride(from: 0, to: 300, by: 3)))
            let stored = Set(try await store.notes())
            #expect(stored == Set((0..<300).filter { $0 % 3 != 0 }.map(String.init)))
        }
    }

    @Test func `a refused statement leaves the rest of its unit usable`() async throws {
        try await withStore { store in
            try await store.note("once")
            try await store.write { transaction in
                #expect(throws: StorageError.self) {
                    try transaction.run("INSERT INTO note(workspace, text) VALUES ($1, 'once')", quayside)
                }
                try transaction.run("INSERT INTO note(workspace, text) VALUES ($1, 'twice')", quayside)
            }
            #expect(try await store.notes() == ["once", "twice"])
        }
    }

    @Test func `an attempt that fails is undone while its unit goes on`() async throws {
        try await withStore { store in
            try await store.write { transaction in
                #expect(throws: Mishap.self) {
                    try transaction.attempt {
                        try transaction.run("INSERT INTO note(workspace, text) VALUES ($1, 'tried')", quayside)
                        throw Mishap()
                    }
                }
                try transaction.attempt { try transaction.run("INSERT INTO note(workspace, text) VALUES ($1, 'done')", quayside) }
            }
            #expect(try await store.notes() == ["done"])
        }
    }

    @Test func `the writing connection is at synchronous FULL and keeps foreign keys`() async throws {
        try await withStore { store in
            let settings = try await store.write { transaction in
                (
                    try transaction.row("PRAGMA synchronous")?[0] as Int64?, try transaction.row("PRAGMA foreign_keys")?[0] as Int64?,
                    try transaction.row("PRAGMA journal_mode")?[0] as String?
                )
            }
            #expect(settings.0 == 2)
            #expect(settings.1 == 1)
            #expect(settings.2 == "wal")
        }
    }

    @Test func `a reader cannot write`() async throws {
        try await withStore { store in
            await #expect(throws: StorageError.self) {
                _ = try await store.read { try $0.rows("INSERT INTO note(workspace, text) VALUES ('quayside', 'x') RETURNING id") }
            }
            let after = try await store.notes()
            #expect(after == [])
        }
    }

    @Test func `a reader keeps the view it began with`() async throws {
        try await withStore { store in
            try await store.note("before")
            let seen = try await store.read { snapshot in
                (
                    try snapshot.rows("SELECT text FROM note WHERE workspace = $1", quayside).count,
                    try snapshot.rows("SELECT text FROM note WHERE workspace = $1 AND text <> 'after'", quayside).count
                )
            }
            #expect(seen == (1, 1))
        }
    }

    @Test func `what was acknowledged while the store closes is on disk and what was refused is not`() async throws {
        try await withScratch { scratch in
            let store = try scratch.store()
            let acknowledged = await withTaskGroup(of: String?.self) { group in
                for number in 0..<200 {
                    group.addTask {
                        do {
                            try await store.note("\(number)")
                            return "\(number)"
                        } catch {
                            #expect(error as? StorageError == .closed)
                            return nil
                        }
                    }
                    if number == 100 {
                        group.addTask {
                            await store.close()
                            return nil
                        }
                    }
                }
                return await group.reduce(into: Set<String>()) { if let text = $1 { $0.insert(text) } }
            }
            await store.close()
            let again = try scratch.store()
            #expect(Set(try await again.notes()) == acknowledged)
            await again.close()
        }
    }

    @Test func `a closed store refuses work instead of waiting`() async throws {
        try await withScratch { scratch in
            let store = try scratch.store()
            await store.close()
            await store.close()
            await #expect(throws: StorageError.closed) { try await store.note("late") }
        }
    }

    @Test func `a full disk is told as such to all that shared the transaction and the store goes on afterwards`() async throws {
        try await withStore { store in
            try await store.note("early")
            try await store.write { transaction in
                let pages: Int64 = try transaction.row("PRAGMA page_count")?[0] ?? 0
                #expect(pages < 200)
                _ = try transaction.row("PRAGMA max_page_count = 200")
            }
            let outcomes = await withTaskGroup(of: (String, StorageError?).self) { group in
                for number in 0..<40 {
                    // Every eighth is larger than all the space that is left.
                    let text = "\(number)" + String(repeating: "x", count: number % 8 == 0 ? 2_000_000 : 1)
                    group.addTask {
                        do {
                            try await store.note(text)
                            return (text, nil)
                        } catch { return (text, error as? StorageError ?? .closed) }
                    }
                }
                return await group.reduce(into: [(String, StorageError?)]()) { $0.append($1) }
            }
            for (text, error) in outcomes where text.utf8.count > 1_000 { #expect(error == .diskFull) }
            for (_, error) in outcomes { #expect(error == nil || error == .diskFull) }
            let kept = Set(try await store.notes())
            #expect(kept == Set(outcomes.filter { $0.1 == nil }.map(\.0)).union(["early"]))
            try await store.note("late")
            #expect(try await store.notes().last == "late")
        }
    }
}
