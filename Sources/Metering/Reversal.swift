package import Storage

extension Meter {
    /// Gives back what a response was charged: the exact opposite of its journal, to the grants that paid, once. What it cost stays. What goes back
    /// to a grant that has expired is breakage at the next `sweep`; goodwill is a new grant.
    /// - Parameters:
    ///   - actor: who decided it.
    ///   - reason: why; part of the journal.
    /// - Returns: what was given back, or the amount of the first time.
    /// - Throws: `MeteringError.unknownResponse`, `.nothingToReverse`, `.keyReused` where it was reversed for another reason, `StorageError`.
    @discardableResult
    package func reverse(
        _ response: ResponseID, of workspace: WorkspaceID, actor: String, reason: String, in transaction: Transaction
    ) throws -> Money {
        guard try transaction.row("SELECT 1 FROM response WHERE workspace = $1 AND id = $2", workspace, response) != nil else {
            throw MeteringError.unknownResponse(response.text)
        }
        let funding = try Self.funding(of: response, workspace, transaction)
        let total = try funding.reduce(Money.zero) { try $0.adding($1.amount) }
        guard
            let usage = try transaction.row(
                "SELECT number FROM journal WHERE workspace = $1 AND key = $2", workspace, "usage:\(response.text)"), total > .zero
        else { throw MeteringError.nothingToReverse(response: response.text) }
        let key = "reversal:\(response.text)"
        if let done = try transaction.row("SELECT actor, reason FROM journal WHERE workspace = $1 AND key = $2", workspace, key) {
            let (earlierActor, earlierReason): (String, String) = try (done[0], done[1])
            guard earlierActor == actor, earlierReason == reason else {
                throw MeteringError.keyReused(what: "reversal", key: response.text)
            }
            return total
        }
        var lines = funding.map { Journal.Line(account: $0.account, amount: $0.amount) }
        try lines.append(.init(account: Account.revenue, amount: total.negated()))
        let journal = try Journal(
            key: key, kind: .reversal, subject: .response(response), at: clock.now(),
            evidence: Evidence.ofResponse(response, workspace, transaction), lines: lines, reverses: usage[0], actor: actor, reason: reason)
        try transaction.attempt { _ = try Ledger.post(journal, workspace, transaction) }
        return total
    }
}
