package import Storage

/// "Which passages speak to this question, and why?"
///
/// The documents of all workspaces, cut into chunks, and an in-memory index for each collection. Texts live in the database; the index is
/// made from them when a collection is first asked (or by `warm`) and replaced whole after each ingest, so that a search never waits for
/// an ingest and never sees half of one. It knows nothing of prompts, models or conversations.
package final class Library: Sendable {
    /// The tables of this room.
    package static let migrations: [Migration] = Schema.migrations

    let store: Store
    let clock: Clock
    let shelf = Shelf()

    /// Opens the library. Loads nothing; see `warm`.
    /// - Parameters:
    ///   - store: with this room's migrations applied.
    ///   - clock: for the times that `documents` shows.
    package init(store: Store, clock: Clock) async throws {
        self.store = store
        self.clock = clock
    }
}
