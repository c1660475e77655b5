import Metering
import Storage
import Testing

@Suite struct FaultTests {
    @Test func `litellm #35569: whichever statement of a settlement fails, all of it happened or nothing`() async throws {
        try await World.open(credit: "0.06") { world in
            _ = try await world.grant("purchase-1", "1")
            try await world.turn("turn-0")
            try await world.hold("turn-1")
            try await world.attempt("turn-1", 1)
            try await world.attempt("turn-1", 2, outcome: nil)
            try await world.write { transaction, _, _ in try Fault.install(transaction) }
            let before = try await world.store.read { try Fault.picture($0) }
            let closing = try Closing(workspace: world.workspace, response: ResponseID("turn-1"), outcome: .delivered)
            var failures = 0
            while failures < 200 {
                let statement = failures + 1
                let isDone = try await world.write { transaction, meter, _ in
                    try transaction.run("UPDATE fault SET at = $1, passed = 0", statement)
                    do {
                        try meter.settle(closing, in: transaction)
                        return true
                    } catch StorageError.constraint(let what) {
                        #expect(what.contains("planted fault"))
                        #expect(try Fault.picture(transaction) == before)  // the caller goes on, and nothing of it is there
                        return false
                    }
                }
                if isDone { break }
                failures += 1
            }
            #expect(failures > 12)  // two journals of four and two entries, charges, response, attempt, hold, balances
            #expect(try await world.totals().billedResponses == 2)
            try await world.write { transaction, _, _ in try Fault.remove(transaction) }
            try await world.expectSound()
        }
    }
}

/// A trigger on every table that a settlement writes: it fails the write whose turn it is.
private enum Fault {
    static func install(_ transaction: Transaction) throws {
        try transaction.run("CREATE TABLE fault(at INTEGER NOT NULL, passed INTEGER NOT NULL) STRICT")
        try transaction.run("INSERT INTO fault VALUES (0, 0)")
        try transaction.run(
            """
            CREATE TRIGGER fault_attempt BEFORE UPDATE ON attempt BEGIN UPDATE fault SET passed = passed + 1;
            SELECT RAISE(ABORT, 'planted fault') FROM fault WHERE passed = at; END
            """)
        try transaction.run(
            """
            CREATE TRIGGER fault_charge AFTER INSERT ON charge BEGIN UPDATE fault SET passed = passed + 1;
            SELECT RAISE(ABORT, 'planted fault') FROM fault WHERE passed = at; END
            """)
        try transaction.run(
            """
            CREATE TRIGGER fault_response AFTER UPDATE ON response BEGIN UPDATE fault SET passed = passed + 1;
            SELECT RAISE(ABORT, 'planted fault') FROM fault WHERE passed = at; END
            """)
        try transaction.run(
            """
            CREATE TRIGGER fault_hold AFTER UPDATE ON hold BEGIN UPDATE fault SET passed = passed + 1;
            SELECT RAISE(ABORT, 'planted fault') FROM fault WHERE passed = at; END
            """)
        try transaction.run(
            """
            CREATE TRIGGER fault_balance AFTER UPDATE ON balance BEGIN UPDATE fault SET passed = passed + 1;
            SELECT RAISE(ABORT, 'planted fault') FROM fault WHERE passed = at; END
            """)
        try transaction.run(
            """
            CREATE TRIGGER fault_entry AFTER INSERT ON entry BEGIN UPDATE fault SET passed = passed + 1;
            SELECT RAISE(ABORT, 'planted fault') FROM fault WHERE passed = at; END
            """)
        try transaction.run(
            """
            CREATE TRIGGER fault_journal AFTER INSERT ON journal BEGIN UPDATE fault SET passed = passed + 1;
            SELECT RAISE(ABORT, 'planted fault') FROM fault WHERE passed = at; END
            """)
    }

    static func remove(_ transaction: Transaction) throws {
        try transaction.run("DROP TRIGGER fault_attempt")
        try transaction.run("DROP TRIGGER fault_charge")
        try transaction.run("DROP TRIGGER fault_response")
        try transaction.run("DROP TRIGGER fault_hold")
        try transaction.run("DROP TRIGGER fault_balance")
        try transaction.run("DROP TRIGGER fault_entry")
        try transaction.run("DROP TRIGGER fault_journal")
        try transaction.run("DROP TABLE fault")
    }

    /// Every row that a settlement could touch.
    static func picture(_ querying: any Querying) throws -> [[Row]] {
        try [
            querying.rows("SELECT * FROM response"), querying.rows("SELECT * FROM attempt"), querying.rows("SELECT * FROM charge"),
            querying.rows("SELECT * FROM hold"), querying.rows("SELECT * FROM balance"), querying.rows("SELECT * FROM journal"),
            querying.rows("SELECT * FROM entry"),
        ]
    }
}
