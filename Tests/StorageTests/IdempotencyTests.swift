import Storage
import Testing

@Suite struct IdempotencyTests {
    private static func once(
        _ store: Store, key: String?, text: String, scope: String = "note", workspace: WorkspaceID = quayside, at now: Timestamp = noon
    ) async throws -> Once<String> {
        try await store.write { transaction in
            try transaction.once(key: key, scope: scope, fingerprint: text, in: workspace, at: now) {
                try transaction.run("INSERT INTO note(workspace, text) VALUES ($1, $2)", quayside, text + scope + workspace.text)
                return "stored " + text
            }
        }
    }

    @Test func `the same request under the same key is done once and answered alike`() async throws {
        try await withStore { store in
            let first = try await Self.once(store, key: "k", text: "a")
            let second = try await Self.once(store, key: "k", text: "a")
            #expect(first.value == second.value)
            #expect((first.isReplay, second.isReplay) == (false, true))
            #expect(try await store.notes().count == 1)
        }
    }

    @Test func `fifty at once under one key are done once`() async throws {
        try await withStore { store in
            let replays = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<50 { group.addTask { try await Self.once(store, key: "k", text: "a").isReplay } }
                return try await group.reduce(into: [Bool]()) { $0.append($1) }
            }
            #expect(replays.filter { !$0 }.count == 1)
            #expect(try await store.notes().count == 1)
        }
    }

    @Test func `a key is remembered after a restart`() async throws {
        try await withScratch { scratch in
            let first = try scratch.store()
            _ = try await first.write { try $0.ensureWorkspace(quayside, name: "Quayside", at: noon) }
            _ = try await Self.once(first, key: "k", text: "a")
            await first.close()
            let second = try scratch.store()
            #expect(try await Self.once(second, key: "k", text: "a").isReplay)
            await second.close()
        }
    }

    @Test func `the same key for another request is refused`() async throws {
        try await withStore { store in
            _ = try await Self.once(store, key: "k", text: "a")
            await #expect(throws: StorageError.keyReused(key: "k")) { try await Self.once(store, key: "k", text: "b") }
            let after = try await store.notes().count
            #expect(after == 1)
        }
    }

    @Test func `keys of different scopes and workspaces do not meet`() async throws {
        try await withStore { store in
            _ = try await Self.once(store, key: "k", text: "a")
            #expect(try await !Self.once(store, key: "k", text: "a", scope: "other").isReplay)
            #expect(try await !Self.once(store, key: "k", text: "a", workspace: harbour).isReplay)
        }
    }

    @Test func `without a key everything is done each time`() async throws {
        try await withStore { store in
            _ = try await Self.once(store, key: nil, text: "a")
            #expect(try await !Self.once(store, key: nil, text: "b").isReplay)
            #expect(try await store.notes().count == 2)
        }
    }

    @Test func `what failed is not remembered`() async throws {
        try await withStore { store in
            await #expect(throws: Mishap.self) {
                try await store.write { transaction in
                    try transaction.once(key: "k", scope: "note", fingerprint: "a", in: quayside, at: noon) { () -> String in throw Mishap()
                    }
                }
            }
            let after = try await Self.once(store, key: "k", text: "a").isReplay
            #expect(!after)
        }
    }

    @Test func `keys are forgotten when old and not before`() async throws {
        try await withStore { store in
            _ = try await Self.once(store, key: "old", text: "a")
            _ = try await Self.once(store, key: "young", text: "b", at: noon.adding(milliseconds: 5_000))
            let forgotten = try await store.write { try $0.forgetKeys(olderThan: 6_000, at: noon.adding(milliseconds: 7_000)) }
            #expect(forgotten == 1)
            #expect(try await Self.once(store, key: "young", text: "b").isReplay)
            #expect(try await !Self.once(store, key: "old", text: "again").isReplay)
        }
    }

    @Test func `keys that differ behind a NUL are different keys`() async throws {
        try await withStore { store in
            _ = try await Self.once(store, key: "k\0one", text: "a")
            #expect(try await !Self.once(store, key: "k\0two", text: "b").isReplay)
        }
    }

    @Test func `a fingerprint tells where one part ends`() {
        #expect(Fingerprint.of(["ab", "c"]) != Fingerprint.of(["a", "bc"]))
        #expect(Fingerprint.of(["ab", "c"]) == Fingerprint.of(["ab", "c"]))
        #expect(Fingerprint.of([]).count == 32)
    }
}
