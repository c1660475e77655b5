/// What must hold whatever is killed, and when: the promises of the service, as somebody outside can check them.
package enum Invariant: String, CaseIterable, Sendable, Codable {
    /// Every acknowledged message is there once, at the number it was acknowledged with.
    case acknowledgedIsKept = "I1"
    /// One idempotency key, one effect.
    case keyActsOnce = "I2"
    /// Every reply of the assistant has exactly one charged response.
    case replyIsCharged = "I3"
    /// No charge without a reply.
    case chargeHasReply = "I3b"
    /// At most one reply of the assistant for a customer's message.
    case answeredOnce = "I3c"
    /// What was granted = what is left + what usage says was charged = what the export says.
    case booksAgree = "I4"
    /// What the assistant says was really said by the model.
    case replyIsGenuine = "I5"
    /// Of several who take a conversation at once, one has it.
    case oneTakesOver = "I6"
    /// From a takeover until it is handed back, the assistant is silent.
    case silentAfterTakeover = "I7"
    /// Every customer's message is answered, handed over, or in a person's hands.
    case nobodyIsForgotten = "I8"
    /// The numbers of a thread's messages have no gap.
    case numbersHaveNoGap = "I9"
    /// Credit is never overdrawn.
    case creditIsNotOverdrawn = "I10"
    /// Whoever reads the live stream with resumption sees everything once, in order.
    case streamIsWhole = "I11"
    /// A webhook is told of every event it asked for, at least once, signed, always the same under the same id.
    case webhooksAreTold = "I12"
    /// The ledger verifies: journals, sums, chain of hashes.
    case ledgerVerifies = "I13"
    /// Each change of state is told in the event log.
    case changesAreTold = "I14"
    /// When all is quiet, no hold and no turn is open.
    case nothingIsLeftOpen = "I15"
    /// The log holds no secret and no word of a customer.
    case logIsDiscreet = "I16"
    /// A request gets a definite answer, and one the contract allows.
    case answersAreDefinite = "A1"
    /// After SIGTERM the server ends by itself, with success.
    case stopsWhenAsked = "A2"
    /// The server never ends by itself.
    case staysUp = "A3"

    /// In words, for people.
    package var says: String {
        switch self {
        case .acknowledgedIsKept: "an acknowledged message is there once, at its number"
        case .keyActsOnce: "one key, one effect"
        case .replyIsCharged: "a reply has exactly one charge"
        case .chargeHasReply: "no charge without a reply"
        case .answeredOnce: "a customer's message is answered once"
        case .booksAgree: "grants, balance, usage and export agree"
        case .replyIsGenuine: "what the assistant says, the model said"
        case .oneTakesOver: "one of several takes over"
        case .silentAfterTakeover: "the assistant is silent after a takeover"
        case .nobodyIsForgotten: "every customer is answered or with people"
        case .numbersHaveNoGap: "a thread's numbers have no gap"
        case .creditIsNotOverdrawn: "credit is never overdrawn"
        case .streamIsWhole: "the live stream is whole and in order"
        case .webhooksAreTold: "webhooks are told everything, signed and the same again"
        case .ledgerVerifies: "the ledger verifies"
        case .changesAreTold: "the event log tells every change"
        case .nothingIsLeftOpen: "nothing is left open when all is quiet"
        case .logIsDiscreet: "the log holds no secret and no customer's word"
        case .answersAreDefinite: "requests get definite, allowed answers"
        case .stopsWhenAsked: "the server ends when it is asked to"
        case .staysUp: "the server does not end by itself"
        }
    }
}

/// One finding: which promise was broken, and how it was seen.
package struct Violation: Sendable, Hashable, Codable {
    /// The broken promise.
    package let invariant: Invariant
    /// Ids, numbers and codes that lead to it.
    package let what: String

    /// - Parameter what: with the ids one would look for.
    package init(_ invariant: Invariant, _ what: String) {
        self.invariant = invariant
        self.what = what
    }
}
