import Storage
import Testing

@Suite struct OutboxTests {
    private static func enqueue(_ store: Store, _ text: String, due: Timestamp? = nil) async throws {
        try await store.write { try $0.enqueue("mail", ["text": text], in: quayside, due: due, at: noon) }
    }

    private static func take(_ store: Store, at now: Timestamp = noon) async throws -> [OutboxItem] {
        try await store.write { try $0.takeDue(limit: 10, lease: 60_000, at: now) }
    }

    @Test func `what is due is taken once and in order`() async throws {
        try await withStore { store in
            try await Self.enqueue(store, "a")
            try await Self.enqueue(store, "b")
            #expect(try await Self.take(store).map(\.body) == [#"{"text":"a"}"#, #"{"text":"b"}"#])
            #expect(try await Self.take(store) == [])
        }
    }

    @Test func `what is due later is left`() async throws {
        try await withStore { store in
            let later = noon.adding(milliseconds: 1_000)
            try await Self.enqueue(store, "a", due: later)
            #expect(try await Self.take(store) == [])
            #expect(try await Self.take(store, at: later).count == 1)
        }
    }

    @Test func `what a dead worker took comes back after its lease`() async throws {
        try await withStore { store in
            try await Self.enqueue(store, "a")
            let first = try await Self.take(store)
            let again = try await Self.take(store, at: noon.adding(milliseconds: 60_000))
            #expect(first.map(\.id) == again.map(\.id))
            #expect(again.map(\.attempts) == [2])
        }
    }

    @Test func `what was delivered does not come back`() async throws {
        try await withStore { store in
            try await Self.enqueue(store, "a")
            let item = try #require(try await Self.take(store).first)
            try await store.write { try $0.delivered(item, at: noon) }
            #expect(try await Self.take(store, at: noon.adding(milliseconds: 600_000)) == [])
        }
    }

    @Test func `what failed comes back when it was said to`() async throws {
        try await withStore { store in
            try await Self.enqueue(store, "a")
            let item = try #require(try await Self.take(store).first)
            let again = noon.adding(milliseconds: 300_000)
            try await store.write { try $0.failed(item, why: "refused", again: again, at: noon) }
            #expect(try await Self.take(store, at: noon.adding(milliseconds: 299_999)) == [])
            #expect(try await Self.take(store, at: again).count == 1)
        }
    }

    @Test func `what was given up does not come back`() async throws {
        try await withStore { store in
            try await Self.enqueue(store, "a")
            let item = try #require(try await Self.take(store).first)
            try await store.write { try $0.failed(item, why: "no such address", again: nil, at: noon) }
            #expect(try await Self.take(store, at: noon.adding(milliseconds: 900_000_000)) == [])
        }
    }

    @Test func `a slow worker's failure does not undo another's delivery`() async throws {
        try await withStore { store in
            try await Self.enqueue(store, "a")
            let slow = try #require(try await Self.take(store).first)
            let later = noon.adding(milliseconds: 60_000)
            let quick = try #require(try await Self.take(store, at: later).first)
            try await store.write { transaction in
                try transaction.delivered(quick, at: later)
                try transaction.failed(slow, why: "timeout", again: later, at: later)
            }
            #expect(try await Self.take(store, at: later.adding(milliseconds: 1)) == [])
        }
    }

    @Test func `an item of a unit that fails is never sent`() async throws {
        try await withStore { store in
            await #expect(throws: Mishap.self) {
                try await store.write { transaction in
                    try transaction.enqueue("mail", ["text": "a"], in: quayside, at: noon)
                    throw Mishap()
                }
            }
            let after = try await Self.take(store)
            #expect(after == [])
        }
    }
}
