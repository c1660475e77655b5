/// Lets only so many servers run at the same time: tests run in parallel, and two cores that are shared by thirty servers prove nothing about any of them.
actor Turnstile {
    static let servers = Turnstile(room: 4)

    private let room: Int
    private var free: Int
    private var waiting: [(need: Int, continuation: CheckedContinuation<Void, Never>)] = []

    init(room: Int) {
        self.room = room
        free = room
    }

    /// Runs `body` while it has its share of the room.
    /// - Parameter share: of the room; nil takes all of it.
    nonisolated func pass<Value: Sendable>(share: Int? = 1, _ body: () async throws -> Value) async throws -> Value {
        let need = min(share ?? room, room)
        await enter(need)
        do {
            let value = try await body()
            await leave(need)
            return value
        } catch {
            await leave(need)
            throw error
        }
    }

    private func enter(_ need: Int) async {
        if waiting.isEmpty, free >= need {
            free -= need
            return
        }
        await withCheckedContinuation { waiting.append((need, $0)) }
    }

    private func leave(_ need: Int) {
        free += need
        // In the order in which they came, so that the one who needs all of it is not passed over for ever.
        while let first = waiting.first, free >= first.need {
            free -= first.need
            waiting.removeFirst()
            first.continuation.resume()
        }
    }
}
