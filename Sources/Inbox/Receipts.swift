package import Storage

/// A turn that ends in a reply has its receipt beside the reply, one that ends in a handoff in the package. A turn that was overtaken has neither, and keeps it
/// here: what was looked at before a person or a newer message came first.
extension Inbox {
    /// Keeps the receipt of an overtaken turn. The first one stays.
    /// - Parameter receipt: JSON, kept unread.
    /// - Throws: `InboxError.tooLong`, `.notJSON`; `StorageError`.
    package func keepReceipt(_ receipt: String, of turn: TurnID, in transaction: Transaction) throws {
        let receipt = try Texts.json(receipt, field: "receipt", limit: limits.jsonBytes)
        try transaction.run(
            "UPDATE turn SET receipt = $3 WHERE workspace = $1 AND id = $2 AND receipt IS NULL", workspace, turn, receipt)
    }

    /// The receipt of an overtaken turn.
    /// - Returns: JSON; nil for a turn that ended otherwise, or of which nothing was looked at.
    /// - Throws: `StorageError`.
    package func receipt(of turn: TurnID, in querying: some Querying) throws -> String? {
        try querying.row("SELECT receipt FROM turn WHERE workspace = $1 AND id = $2", workspace, turn).flatMap { try $0[0] }
    }
}
