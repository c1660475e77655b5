import NIOConcurrencyHelpers

/// What the clients of a storm know for certain, because they were told: the acknowledgements. Everything else is asked for at the end and held
/// against this.
package final class Witness: Sendable {
    /// A message that was acknowledged.
    package struct Message: Sendable, Hashable {
        /// Whose thread it is in.
        package let conversation: String
        /// As acknowledged.
        package let id: String
        /// As acknowledged.
        package let sequence: Int
        /// As sent; no other message has the same.
        package let text: String
        /// Who wrote: nil is the customer.
        package let teammate: String?
    }

    /// A takeover that was acknowledged.
    package struct Claim: Sendable, Hashable {
        /// What was taken.
        package let conversation: String
        /// By whom.
        package let teammate: String
        /// The epoch that it began.
        package let epoch: Int
        /// The last message before it, or a later one.
        package let after: Int
    }

    /// Everything that is known.
    package struct Facts: Sendable {
        /// Tokens of customers by conversation.
        package var conversations: [String: String] = [:]
        /// Of messages.
        package var messages: [Message] = []
        /// Of takeovers.
        package var claims: [Claim] = []
        /// In whose conversation a question's word was asked.
        package var asked: [String: String] = [:]
        /// Words of messages that must not be there: refused for another payload under a used key.
        package var refused: [String] = []
        /// What was granted beside the first credit, cents.
        package var grantedCents = 0
        /// Frames by reader, in the order they came.
        package var frames: [[Frame]] = []
        /// What was found while it stormed.
        package var violations: [Violation] = []
        /// Counted on the way.
        package var counts = StormReport.Counts()
        /// Conversations in the order they became known, for clients that look for something to do.
        package var recent: [String] = []

        /// Nothing yet.
        package init() {}
    }

    private let state = NIOLockedValueBox(Facts())

    /// Knows nothing yet.
    package init() {}

    /// Everything known now.
    package var facts: Facts { state.withLockedValue { $0 } }

    /// Looks at one part without copying the rest.
    package func look<Value>(_ body: (Facts) -> Value) -> Value { state.withLockedValue { body($0) } }

    /// Notes something.
    package func note(_ body: (inout Facts) -> Void) { state.withLockedValue { body(&$0) } }

    /// Notes a finding. A thousand of one kind say no more than twenty.
    package func report(_ invariant: Invariant, _ what: String) {
        note { facts in
            guard facts.violations.count(where: { $0.invariant == invariant }) < 20 else { return }
            facts.violations.append(Violation(invariant, what))
        }
    }

    /// Notes a conversation and its customer's token.
    func opened(_ conversation: String, token: String) {
        note { facts in
            guard facts.conversations.updateValue(token, forKey: conversation) == nil else { return }
            facts.counts.conversations += 1
            facts.recent.append(conversation)
        }
    }

    /// Notes an acknowledged message, once for each id.
    func acknowledged(_ message: Message) {
        note { facts in
            facts.messages.append(message)
            facts.counts.acknowledged += 1
        }
    }

    /// Notes a takeover, and at once whether somebody else was told the same.
    func claimed(_ claim: Claim, isAmbush: Bool) {
        note { facts in
            let same = facts.claims.filter { $0.conversation == claim.conversation && $0.epoch == claim.epoch }
            if let other = same.first(where: { $0.teammate != claim.teammate }) {
                facts.violations.append(
                    Violation(
                        .oneTakesOver, "\(claim.conversation) epoch \(claim.epoch): \(other.teammate) and \(claim.teammate) both have it"))
            }
            guard same.isEmpty else { return }
            facts.claims.append(claim)
            facts.counts.takeovers += 1
            if isAmbush { facts.counts.ambushes += 1 }
        }
    }

    /// One of the conversations that became known last.
    func recent(_ random: inout SeededRandom, among count: Int = 40) -> String? {
        random.pick(look { Array($0.recent.suffix(count)) })
    }
}
