import Dispatch
import Foundation
import NIOConcurrencyHelpers
import Support
import Testing

@testable import Access

@Suite struct TurnstileTests {
    @Test func `whoever finds every place taken, and the line full, is refused at once`() async throws {
        let turnstile = Turnstile(places: 2, mostWaiting: 0)
        let release = DispatchSemaphore(value: 0)
        let (started, begun) = AsyncStream.makeStream(of: Void.self)
        async let first: Int = turnstile.pass {
            begun.yield()
            release.wait()
            return 1
        }
        async let second: Int = turnstile.pass {
            begun.yield()
            release.wait()
            return 2
        }
        var seen = started.makeAsyncIterator()
        _ = await (seen.next(), seen.next())
        await #expect(throws: AccessError.busy(retryAfterSeconds: 5)) { try await turnstile.pass { 3 } }
        release.signal()
        release.signal()
        #expect(try await first + second == 3)
        // The places are free again.
        #expect(try await turnstile.pass { 4 } == 4)
    }

    /// Were they on the threads that tasks run on, nothing would go on here until they are over, and they are not over before this goes on.
    @Test(.timeLimit(.minutes(1))) func `computations on every core leave room for everything else`() async throws {
        let cores = ProcessInfo.processInfo.activeProcessorCount
        let turnstile = Turnstile(places: cores, mostWaiting: 0)
        let (isOver, inside) = (NIOLockedValueBox(false), NIOLockedValueBox(0))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<cores {
                group.addTask {
                    try await turnstile.pass {
                        inside.withLockedValue { $0 += 1 }
                        while !isOver.withLockedValue({ $0 }) {}
                    }
                }
            }
            while inside.withLockedValue({ $0 }) < cores { await Task.yield() }
            for _ in 0..<100 { await Task.detached { await Task.yield() }.value }
            isOver.withLockedValue { $0 = true }
            try await group.waitForAll()
        }
    }

    @Test func `never more than two are inside, and everybody in line gets through`() async throws {
        let turnstile = Turnstile(places: 2, mostWaiting: 100)
        let inside = NIOLockedValueBox((now: 0, most: 0))
        let through = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<60 {
                group.addTask {
                    try await turnstile.pass {
                        inside.withLockedValue { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
                        defer { inside.withLockedValue { $0.now -= 1 } }
                        return number
                    }
                }
            }
            return try await group.reduce(into: Set<Int>()) { $0.insert($1) }
        }
        #expect(through.count == 60 && (1...2).contains(inside.withLockedValue(\.most)))
    }

    @Test func `what goes wrong inside is told, and gives the place back`() async throws {
        struct Mishap: Error {}
        let turnstile = Turnstile(places: 1, mostWaiting: 0)
        for _ in 0..<3 { await #expect(throws: Mishap.self) { try await turnstile.pass { throw Mishap() } } }
        #expect(try await turnstile.pass { true })
    }
}
