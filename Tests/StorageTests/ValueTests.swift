import Storage
import Testing

@Suite struct ValueTests {
    @Test func `parameters mean their number and not their place`() async throws {
        try await withStore { store in
            let row = try await store.read { try $0.row("SELECT $2, $1, '$1', \"name\" FROM workspace WHERE id = $3", "a", "b", quayside) }
            let values = try #require(row)
            #expect(try values[0] as String == "b")
            #expect(try values[1] as String == "a")
            #expect(try values[2] as String == "$1")
            #expect(try values[3] as String == "Quayside")
        }
    }

    @Test func `an apostrophe in a comment opens no literal`() async throws {
        try await withStore { store in
            let row = try await store.read {
                try $0.row(
                    """
                    SELECT $2 -- the customer's own
                        , $1
                    """, 1, 2)
            }
            let values = try #require(row)
            #expect(try values[0] as Int == 2)
            #expect(try values[1] as Int == 1)
        }
    }

    @Test func `a column of another kind is an error and not a trap`() async throws {
        try await withStore { store in
            let row = try #require(try await store.read { try $0.row("SELECT 'text', 7, NULL, 9223372036854775807") })
            #expect(throws: StorageError.self) { try row[0] as Int }
            #expect(throws: StorageError.self) { try row[1] as String }
            #expect(throws: StorageError.self) { try row[2] as Int }
            #expect(throws: StorageError.self) { try row[4] as Int }
            #expect(throws: StorageError.self) { try row[-1] as Int }
            #expect(try row[2] as Int? == nil)
            #expect(try row[3] as Int64 == .max)
        }
    }

    @Test func `text comes back as it went in and a NUL cuts nothing off`() async throws {
        try await withStore { store in
            let texts = ["", "Grüße", "\u{202E}abc", "👩‍👩‍👧‍👦", "'; DROP TABLE note; --", "a\nb"]
            for text in texts { try await store.note(text) }
            try await store.note("before\0behind")
            #expect(try await store.notes() == texts + ["before\u{FFFD}behind"])
        }
    }

    @Test func `ids are unlike and sort by birth`() {
        let ids = (0..<1000).map { WorkspaceID.new(at: noon.adding(milliseconds: Int64($0))) }
        #expect(Set(ids).count == 1000)
        #expect(ids == ids.sorted())
        #expect(ids.allSatisfy { $0.text.hasPrefix("ws_") && $0.text.count == 39 })
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"), (1_796_040_000_007, "2026-11-30T12:00:00.007Z"), (-1, "1969-12-31T23:59:59.999Z"),
        (-1_000, "1969-12-31T23:59:59.000Z"), (2_147_483_648_000, "2038-01-19T03:14:08.000Z"),
    ])
    func `moments are shown in UTC`(milliseconds: Int64, text: String) {
        #expect(Timestamp(milliseconds: milliseconds).description == text)
    }

    @Test func `time stops at the ends of its range instead of overflowing`() {
        let last = Timestamp(milliseconds: .max)
        let first = Timestamp(milliseconds: .min)
        #expect(last.adding(milliseconds: 1) == last)
        #expect(first.adding(milliseconds: -1) == first)
        #expect(last.since(first) == .max)
        #expect(first.since(last) == .min)
        #expect(noon.adding(milliseconds: 5).since(noon) == 5)
        #expect(!last.description.isEmpty && !first.description.isEmpty)
    }

    @Test func `the same value gives the same JSON and foreign JSON is an error`() throws {
        #expect(try StoredJSON.text(["b": 1, "a": 2]) == #"{"a":2,"b":1}"#)
        #expect(try StoredJSON.text(["https://x/y"]) == #"["https://x/y"]"#)
        #expect(throws: StorageError.self) { try StoredJSON.decode([String: Int].self, from: "[1]") }
        #expect(try StoredJSON.decode([String: Int].self, from: #"{"a":2}"#) == ["a": 2])
    }

    @Test func `every error ends in what to do`() {
        let errors: [StorageError] = [
            .alreadyInUse(folder: "/d", pid: 7), .folderUnusable(folder: "/d", why: "w"), .newerSchema(migration: "m"),
            .migrationChanged(migration: "m"), .notDurable(synchronous: 1), .constraint(what: "c"),
            .unexpectedColumn(index: 0, wanted: "a", found: "b"), .diskFull, .damaged(what: "d"), .keyReused(key: "k"), .closed,
            .database(code: 1, what: "w"), .busy, .diskFailed(what: "w"), .restoreUnfinished(folder: "/d"), .alreadyThere(path: "/f"),
        ]
        for error in errors { #expect(error.description.hasSuffix(".")) }
    }
}
