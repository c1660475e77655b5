import GRDB

extension StorageError {
    /// The driver's error in our words. Everybody else's errors stay what they are.
    static func translated(_ error: any Error) -> any Error {
        guard let error = error as? DatabaseError else { return error }
        let what = error.message ?? "no message"
        return switch error.resultCode {
        case .SQLITE_CONSTRAINT: Self.constraint(what: what)
        // The index of the log could not grow: SQLite reports that as an I/O error, and nothing was lost.
        case .SQLITE_FULL,
            .SQLITE_IOERR where error.resultCode == .SQLITE_FULL || error.extendedResultCode == .SQLITE_IOERR_SHMSIZE:
            Self.diskFull
        case .SQLITE_IOERR: Self.diskFailed(what: "\(what), code \(error.extendedResultCode.rawValue)")
        case .SQLITE_BUSY, .SQLITE_LOCKED: Self.busy
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: Self.damaged(what: what)
        default: Self.database(code: error.extendedResultCode.rawValue, what: what)
        }
    }

    /// Runs `body` and turns the driver's errors into ours.
    static func translating<T>(_ body: () throws -> T) throws -> T {
        do { return try body() } catch { throw translated(error) }
    }
}
