import Foundation
import Notation
import Storm
import Support
import Testing

/// The real process with a clock that jumps under it (libfaketime): the same promises as in `Journeys/ClockTests`, seen from outside.
struct FakeClockTests {
    private static let question = "How long does a bank withdrawal take to arrive?"
    /// Debian's package `faketime`.
    private static let library: String? = {
        let found = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib"].map {
            $0 + "/faketime/libfaketimeMT.so.1"
        }
        .first { FileManager.default.fileExists(atPath: $0) }
        if found == nil { print("clock jumps of a real process: left out, libfaketime is not installed (apt-get install faketime)") }
        return found
    }()

    @Test(.enabled(if: library != nil)) func `a day forward, two days back: everybody is answered, in order, and keys and tokens hold`()
        async throws
    {
        let library = try #require(Self.library)
        let clock = try TemporaryFolder()
        defer { clock.close() }
        // A month on, so that a jump back does not go before the beginning of the company.
        let file = try clock.write("+30d", to: "now")
        let variables = [
            "LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": file, "FAKETIME_NO_CACHE": "1", "DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        ]
        try await RunningService.run(variables: variables) { service in
            let customer = try await service.open()
            let first = service.message(Self.question, from: customer)
            let told = try await service.call(first)
            _ = try await service.thread(customer) { $0.count == 2 }
            for (jump, count) in [("+31d", 4), ("+29d", 6), ("+30d", 8)] {
                try clock.write(jump, to: "now")
                #expect(try await service.call(first).json["message"]?["id"] == told.json["message"]?["id"], "\(jump)")
                #expect(try await service.call(service.message(Self.question, from: customer)).isSuccess, "\(jump)")
                _ = try await service.thread(customer) { $0.count >= count }
            }
            let thread = try await service.thread(customer)
            #expect(thread.compactMap { $0["seq"]?.integer } == Array(1...8))
            // What is owed while the clock skips a day is handed over or answered, once.
            let other = try await service.open()
            service.model.hold(true)
            #expect(try await service.call(service.message(Self.question, from: other)).isSuccess)
            try clock.write("+31d", to: "now")
            let announced = try await service.thread(other) { $0.count > 1 }
            service.model.hold(false)
            #expect(announced.count { $0.author != "customer" } == 1)
            #expect(await service.served.end(by: SIGTERM) == 0)
            #expect(try await service.served.run(["ledger", "verify"]).status == 0)
        }
    }
}
