/// What the meter refuses. The first is an everyday answer (the conversation goes to a person); the others say that a caller or a price list
/// is wrong. Whoever catches one finds the transaction usable and unchanged by the refused operation.
package enum MeteringError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The credit that can be held is less than the amount: a hand-over, never an error for the customer.
    case creditExhausted(needed: Money, available: Money)
    /// The workspace has no account; `openAccount` comes first.
    case noAccount(workspace: String)
    /// No price in the book covers this at that moment. A missing price is never taken as nothing.
    case noPrice(book: String, sku: String, meter: String)
    /// The same key came before with another content.
    case keyReused(what: String, key: String)
    /// There is no such response.
    case unknownResponse(String)
    /// There is no such attempt.
    case unknownAttempt(response: String, number: Int)
    /// The response was closed before; a new attempt cannot begin.
    case alreadyClosed(response: String, outcome: String)
    /// `release` was called with an outcome for which the customer pays; that is `settle`.
    case outcomeIsBilled(outcome: String)
    /// Nothing was charged for the response, so nothing can be given back.
    case nothingToReverse(response: String)
    /// A value outside its range.
    case invalid(what: String)
    /// A price for the same thing from the same moment was recorded with another amount.
    case priceChanged(sku: String, meter: String, recorded: Money, new: Money)
    /// The price list speaks of another currency than the account.
    case otherCurrency(account: String, given: String)

    /// As people and logs read it.
    package var description: String {
        switch self {
        case .creditExhausted(let needed, let available):
            "The credit is used up: \(needed) needed, \(available) available. Grant credit to the workspace."
        case .noAccount(let workspace): "The workspace \(workspace) has no account. Open it first."
        case .noPrice(let book, let sku, let meter):
            "The \(book) book has no price for '\(sku)', \(meter). Write one into the price list; something free is written as \"0\"."
        case .keyReused(let what, let key): "The \(what) '\(key)' was recorded before with another content. Use a new key for a new one."
        case .unknownResponse(let response): "There is no response '\(response)'. Hold credit for it first."
        case .unknownAttempt(let response, let number): "Response '\(response)' has no attempt \(number). Record it before sending."
        case .alreadyClosed(let response, let outcome): "Response '\(response)' was closed as \(outcome). Begin a new response."
        case .outcomeIsBilled(let outcome): "A response with the outcome \(outcome) is paid for. Settle it instead of releasing it."
        case .nothingToReverse(let response): "Nothing was charged for response '\(response)'. There is nothing to give back."
        case .invalid(let what): "Not possible: \(what)."
        case .priceChanged(let sku, let meter, let recorded, let new):
            "The price of '\(sku)', \(meter), is recorded as \(recorded) and now given as \(new). "
                + "Add the new price with a later 'from' instead of editing the old one."
        case .otherCurrency(let account, let given): "The account is kept in \(account), the price list in \(given). Use one currency."
        }
    }
}
