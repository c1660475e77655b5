/// A conversation as the decision needs it: who said what, and what happened so far.
package struct ThreadView: Sendable {
    /// Who wrote a message.
    package enum Author: String, Codable, Sendable {
        case customer, assistant, teammate
    }

    /// One message that all sides see (never a private note).
    package struct Message: Sendable {
        /// Who wrote it.
        package let author: Author
        /// As it was written.
        package let text: String

        /// A message; parameters as the properties.
        package init(_ author: Author, _ text: String) {
            self.author = author
            self.text = text
        }
    }

    /// Oldest first. The customer's messages at the end are the turn that is being decided.
    package var messages: [Message]
    /// Replies of the assistant since a teammate wrote last (or since the beginning).
    package var assistantTurns: Int
    /// The cosine of the search scores of this turn's question with those of the customer's earlier turns, newest first, each 0...1.
    /// Nil before the search, or where it is not known: then words are compared instead.
    package var repeatSimilarities: [Double]?
    /// The effective confidences of the assistant's replies since a teammate wrote last, newest last, each 0...1.
    package var recentConfidences: [Double]
    /// Whether the assistant's last reply offered a person.
    package var offeredPerson: Bool
    /// What is known of the customer, such as `plan: vip`, for `customer` conditions.
    package var customer: [String: String]

    /// A thread; parameters as the properties.
    package init(
        messages: [Message], assistantTurns: Int = 0, repeatSimilarities: [Double]? = nil, recentConfidences: [Double] = [],
        offeredPerson: Bool = false, customer: [String: String] = [:]
    ) {
        self.messages = messages
        self.assistantTurns = assistantTurns
        self.repeatSimilarities = repeatSimilarities
        self.recentConfidences = recentConfidences
        self.offeredPerson = offeredPerson
        self.customer = customer
    }

    /// The turn that is being decided: the customer's messages since anybody else spoke, joined by line ends.
    var newest: String { customerTurns(most: 1).first ?? "" }

    /// The customer's turns, newest first. A turn is what the customer wrote without anybody speaking in between.
    func customerTurns(most: Int) -> [String] {
        var turns: [[String]] = []
        var isInside = false
        for message in messages.reversed() {
            guard message.author == .customer else {
                isInside = false
                continue
            }
            if isInside {
                turns[turns.count - 1].append(message.text)
            } else if turns.count == most {
                break
            } else {
                turns.append([message.text])
                isInside = true
            }
        }
        return turns.map { $0.reversed().joined(separator: "\n") }
    }
}
