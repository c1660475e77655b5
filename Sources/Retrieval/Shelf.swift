import NIOConcurrencyHelpers

/// The indexes in use, one a collection, and the order of those who change one: at most one ingest or load of a collection runs at a time,
/// first come, first served; readers take what stands on the shelf and never wait.
final class Shelf: Sendable {
    /// An index and what it was made from.
    struct Entry: Sendable {
        let index: PassageIndex
        let version: String
    }

    private struct State {
        var entries: [Collection: Entry] = [:]
        var busy: Set<Collection> = []
        var waiting: [Collection: [CheckedContinuation<Void, Never>]] = [:]
    }

    private let state = NIOLockedValueBox(State())

    /// What stands there for a collection.
    subscript(_ collection: Collection) -> Entry? { state.withLockedValue { $0.entries[collection] } }

    /// Puts an index there, or takes it away.
    func put(_ entry: Entry?, for collection: Collection) { state.withLockedValue { $0.entries[collection] = entry } }

    /// Runs `body` as the only one that changes this collection. Waiting cannot be cancelled; `body` may look at `Task.isCancelled` when
    /// its turn comes.
    func alone<Result>(with collection: Collection, _ body: () async throws -> Result) async rethrows -> Result {
        await withCheckedContinuation { continuation in
            let isFree = state.withLockedValue { state in
                if state.busy.insert(collection).inserted { return true }
                state.waiting[collection, default: []].append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
        defer { leave(collection) }
        return try await body()
    }

    private func leave(_ collection: Collection) {
        let next = state.withLockedValue { state -> CheckedContinuation<Void, Never>? in
            if var line = state.waiting[collection], !line.isEmpty {
                let next = line.removeFirst()
                state.waiting[collection] = line.isEmpty ? nil : line
                return next
            }
            state.busy.remove(collection)
            return nil
        }
        next?.resume()
    }
}
