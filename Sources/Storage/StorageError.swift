/// What can go wrong between a room and its file. Each description ends in what to do.
package enum StorageError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Another process owns the data directory.
    case alreadyInUse(folder: String, pid: Int32?)
    /// The directory could not be created or entered.
    case folderUnusable(folder: String, why: String)
    /// The file was written by a newer Baton: it knows a migration that this one does not.
    case newerSchema(migration: String)
    /// A migration that had been applied was edited afterwards.
    case migrationChanged(migration: String)
    /// The database is not durable as opened (`PRAGMA synchronous` is not FULL).
    case notDurable(synchronous: Int64)
    /// A constraint of the schema refused the statement. `what` is SQLite's text and names the constraint.
    case constraint(what: String)
    /// A column did not hold what the reader expected.
    case unexpectedColumn(index: Int, wanted: String, found: String)
    /// The disk is full.
    case diskFull
    /// The disk did not keep what it was given. Nothing more is written by this process: what was not acknowledged is in doubt, and only a fresh start
    /// reads what is really there.
    case diskFailed(what: String)
    /// A restore into this directory was begun and not finished.
    case restoreUnfinished(folder: String)
    /// The file exists, and is not overwritten.
    case alreadyThere(path: String)
    /// The file is damaged or is no database.
    case damaged(what: String)
    /// The same idempotency key came with another request.
    case keyReused(key: String)
    /// Another program holds the database, longer than is waited for.
    case busy
    /// The store was closed.
    case closed
    /// Anything else the database said.
    case database(code: Int32, what: String)

    /// As people and logs read it.
    package var description: String {
        switch self {
        case .alreadyInUse(let folder, let pid):
            "The data directory \(folder) is in use by another Baton process\(pid.map { " (pid \($0))" } ?? ""). "
                + "Stop that process, or choose another directory with --data."
        case .folderUnusable(let folder, let why):
            "The data directory \(folder) cannot be used: \(why). Check its path and permissions, or choose another with --data."
        case .newerSchema(let migration):
            "The data was written by a newer Baton (it has the migration '\(migration)'). Run that version, or restore an older backup: baton restore FILE --data DIR."
        case .migrationChanged(let migration):
            "The migration '\(migration)' differs from the one that was applied to this data. Run the version that wrote it."
        case .notDurable(let synchronous):
            "The database opened with synchronous=\(synchronous) instead of FULL (2), so a power cut could lose acknowledged rows. "
                + "Report this with the SQLite version."
        case .constraint(let what): "The database refused a change: \(what). Nothing was written."
        case .unexpectedColumn(let index, let wanted, let found):
            "Column \(index) should hold \(wanted) but holds \(found). Run 'baton ledger verify' on the data directory."
        case .diskFull: "The disk is full. Nothing was written; free some space and try again."
        case .diskFailed(let what):
            "The disk failed: \(what). Nothing more is written; what was acknowledged is kept. Check the disk, then start again and repeat the request with the same key."
        case .restoreUnfinished(let folder):
            "A restore into \(folder) was not finished. Run 'baton restore FILE' again with the same --data."
        case .alreadyThere(let path): "\(path) is there already and is not overwritten. Name another file."
        case .damaged(let what):
            "The database file is damaged: \(what). It was left as it is. Restore the last backup into an empty directory: baton restore FILE --data DIR."
        case .keyReused(let key): "The idempotency key '\(key)' was used before for another request. Use a new key for a new request."
        case .busy: "Another program holds the database file. End it (only Baton may write there), then try again."
        case .closed: "The store is closed because the process is stopping. Start it again and repeat the request with the same key."
        case .database(let code, let what): "The database said: \(what) (code \(code)). Try again; if it stays, run 'baton ledger verify'."
        }
    }
}

extension StorageError {
    /// Whether the disk did not keep what it was given.
    var isOfTheDisk: Bool {
        if case .diskFailed = self { true } else { false }
    }
}
