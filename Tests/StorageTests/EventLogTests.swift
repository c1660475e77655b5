import Storage
import Testing

@Suite struct EventLogTests {
    private static func emit(_ store: Store, _ subject: String, in workspace: WorkspaceID = quayside, fails: Bool = false) async throws {
        try await store.write { transaction in
            try transaction.emit("note.added", of: subject, in: workspace, ["n": subject], at: noon)
            if fails { throw Mishap() }
        }
    }

    @Test func `events have numbers without a gap though some units of work fail`() async throws {
        try await withStore { store in
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<200 {
                    group.addTask {
                        // The failing ones are meant to.
                        try? await Self.emit(store, "\(number)", fails: number % 4 == 0)
                    }
                }
            }
            let events = try await store.events.after(0, in: quayside, limit: 1000)
            #expect(events.map(\.sequence) == Array(1...150))
            #expect(Set(events.map(\.subject)) == Set((0..<200).filter { $0 % 4 != 0 }.map(String.init)))
        }
    }

    @Test func `a reader that follows by cursor misses nothing and sees nothing twice while others write`() async throws {
        try await withStore { store in
            let reader = Task {
                var seen: [String] = []
                var cursor: Int64 = 0
                for await _ in store.events.changes() {
                    while case let page = try await store.events.after(cursor, in: quayside, limit: 7), let last = page.last {
                        seen += page.map(\.subject)
                        cursor = last.sequence
                    }
                    if seen.count >= 120 { break }
                }
                return seen
            }
            // The reader may only begin to listen after the last event; the hint after it is sent until it has read all.
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<120 { group.addTask { try await Self.emit(store, "\(number)") } }
                try await group.waitForAll()
            }
            let nudge = Task { while !Task.isCancelled { try await store.write { _ in } } }
            let seen = try await reader.value
            nudge.cancel()
            #expect(seen.count == 120)
            #expect(Set(seen).count == 120)
        }
    }

    @Test func `a workspace hears nothing of another`() async throws {
        try await withStore { store in
            try await Self.emit(store, "ours")
            try await Self.emit(store, "theirs", in: harbour)
            #expect(try await store.events.after(0, in: quayside, limit: 10).map(\.subject) == ["ours"])
            #expect(try await store.events.after(0, in: harbour, limit: 10).map(\.subject) == ["theirs"])
        }
    }

    @Test func `a page begins after the cursor and ends at its limit`() async throws {
        try await withStore { store in
            for number in 1...5 { try await Self.emit(store, "\(number)") }
            #expect(try await store.events.after(2, in: quayside, limit: 2).map(\.subject) == ["3", "4"])
            #expect(try await store.events.after(5, in: quayside, limit: 2) == [])
        }
    }

    @Test func `an event of an unknown workspace is refused`() async throws {
        try await withStore { store in
            await #expect(throws: StorageError.self) { try await Self.emit(store, "x", in: WorkspaceID("nowhere")) }
        }
    }

    @Test func `those who listen are let go when the store closes`() async throws {
        try await withStore { store in
            let changes = store.events.changes()
            await store.close()
            for await _ in changes {}
            for await _ in store.events.changes() {}
        }
    }
}
