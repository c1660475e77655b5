package import Storage

/// What a `ResponseID` names.
package enum ResponseKind: IdentifierKind { package static let prefix = "turn" }

/// Names a response: what one customer's turn is answered with, and the thing that is billed. The caller gives it (the turn's own id), so a
/// response is known to all rooms by one name and cannot be billed twice.
package typealias ResponseID = Identifier<ResponseKind>

/// What did it cost, who pays, what is left?
///
/// A turn's way through the meter: `hold` sets the price aside before anything is sent, `attemptWillBeSent` and `attemptEnded` record every call to a
/// model, `settle` (or `release`) closes the response in the transaction of its reply. Every operation takes the transaction that it is part
/// of, is known by a key, and changes nothing when it is repeated; with the same key and another content it throws `MeteringError.keyReused`.
/// Times are the clock's and no part of the content. Money moves only by journals that sum to zero (`LedgerSchema`).
package struct Meter: Sendable {
    /// The room's tables.
    package static let migrations = [LedgerSchema.migration, UsageSchema.migration]

    let clock: Clock
    /// The rules by which responses are billed.
    package let whoPays: WhoPays
    /// What happens to a call whose model has no price.
    package let unpriced: UnpricedPolicy

    /// - Parameters:
    ///   - clock: when things happen.
    ///   - whoPays: which outcomes the customer's company pays for.
    ///   - unpriced: whether a model without a price may be called.
    package init(clock: Clock, whoPays: WhoPays = WhoPays(), unpriced: UnpricedPolicy = .flag) {
        self.clock = clock
        self.whoPays = whoPays
        self.unpriced = unpriced
    }
}

/// What happens to a call whose model has no price. Nothing is never assumed to be the price.
package enum UnpricedPolicy: String, Hashable, Sendable, Codable {
    /// The call is made, its cost stays unknown and is shown as `unpriced` wherever it would count.
    case flag
    /// `attemptWillBeSent` throws `MeteringError.noPrice`, so the call is not made.
    case refuse
}
