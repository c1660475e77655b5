import Foundation

/// What a repeated request gets.
package struct Once<Value: Sendable>: Sendable {
    /// The answer, of the first time.
    package let value: Value
    /// Whether this was a repetition, so that nothing was done now.
    package let isReplay: Bool

    /// Memberwise.
    package init(value: Value, isReplay: Bool) {
        self.value = value
        self.isReplay = isReplay
    }
}

extension Transaction {
    /// Does something once per key: the first time it runs `body` and keeps its result in the same transaction as its effects; with the same key and
    /// the same request again it gives the kept result and changes nothing, also after a restart.
    /// - Parameters:
    ///   - key: made by the caller, 1...255 bytes; nil means "no protection wanted", and `body` simply runs.
    ///   - scope: who asks for what: `message:conv_...`. Keys of different scopes do not meet.
    ///   - fingerprint: of the request's content. The same key with another fingerprint is the caller's mistake.
    /// - Throws: `StorageError.keyReused`, or what `body` throws (then nothing is kept).
    package func once<Value: Codable & Sendable>(
        key: String?, scope: String, fingerprint: String, in workspace: WorkspaceID, at now: Timestamp, _ body: () throws -> Value
    ) throws -> Once<Value> {
        guard let key else { return Once(value: try body(), isReplay: false) }
        if let row = try row(
            "SELECT fingerprint, result FROM idempotency WHERE workspace = $1 AND scope = $2 AND key = $3", workspace, scope, key)
        {
            let kept: String = try row[0]
            let result: [UInt8] = try row[1]
            guard kept == fingerprint else { throw StorageError.keyReused(key: key) }
            return Once(value: try StoredJSON.decode(Value.self, from: String(decoding: result, as: UTF8.self)), isReplay: true)
        }
        let value = try body()
        try run(
            "INSERT INTO idempotency(workspace, scope, key, fingerprint, result, created_ms) VALUES ($1, $2, $3, $4, $5, $6)",
            workspace, scope, key, fingerprint, [UInt8](StoredJSON.encode(value)), now)
        return Once(value: value, isReplay: false)
    }

    /// Forgets keys older than `age`; a request repeated after that is a new one.
    /// - Parameter age: milliseconds; 72 hours is the promise to clients.
    /// - Returns: how many were forgotten.
    /// - Throws: `StorageError`.
    @discardableResult
    package func forgetKeys(olderThan age: Int64, at now: Timestamp) throws -> Int {
        try run("DELETE FROM idempotency WHERE created_ms < $1", now.adding(milliseconds: -age))
    }
}
