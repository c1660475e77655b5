package import Storage

extension Inbox {
    /// Takes every lease back, over all workspaces: for the start of a process that owns the data directory, when whoever held a lease is dead.
    /// - Returns: how many turns were being worked on when the last process died.
    /// - Throws: `StorageError`.
    @discardableResult
    package static func releaseLeases(in transaction: Transaction) throws -> Int {
        try transaction.run("UPDATE turn SET lease = NULL, lease_ms = NULL WHERE state = 'open' AND lease IS NOT NULL")
    }
}
