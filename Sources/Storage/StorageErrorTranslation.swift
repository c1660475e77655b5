import GRDB

extension StorageError {
    /// The driver's error in our words. Everybody else's errors stay what they are.
    static func translated(_ error: any Error) -> any Error {
        guard let error = error as? DatabaseError else { return error }
        let what = error.message ?? "no message"
        return switch error.resultCode {
        case .SQLITE_CONSTRAINT: Self.constraint(what: what)
        case .SQLITE_FULL: Self.diskFull
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: Self.damaged(what: what)
        default: Self.database(code: error.extendedResultCode.rawValue, what: what)
        }
    }

    /// Runs `body` and turns the driver's errors into ours.
    static func translating<T>(_ body: () throws -> T) throws -> T {
        do { return try body() } catch { throw translated(error) }
    }
}
