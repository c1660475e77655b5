/// What the model proposes: the answer contract, read and checked field by field, not yet decided on.
///
/// Every field but the answer may be missing, and a missing one is a fact that the decision weighs. Nothing here is trusted: quotes are not yet
/// compared with the passages, and texts are bounded and free of control characters but are still the model's words.
package struct Draft: Hashable, Sendable, Codable {
    /// What the customer would read; empty where the model gave no answer but said so (`support` none, or `needsHuman`).
    /// At most `largestAnswer` characters.
    package var answer: String
    /// How far the passages settle the question, by the model's own word; nil where it did not say.
    package var support: Support?
    /// In the model's order, at most 20.
    package var citations: [Citation]
    /// What the documents do not say, by the model's own word.
    package var missing: String?
    /// What the customer might ask next, at most 3.
    package var followUps: [String]
    /// One of the contract's intents, or another word of the model's; lower case.
    package var intent: String?
    /// -2 (furious) to 2 (delighted), how the customer sounds.
    package var sentiment: Int?
    /// What the customer told about themselves or the case (`email`, `order`...), at most 32 entries.
    package var captured: [String: String]
    /// The model asks for a person.
    package var needsHuman: Bool
    /// Why it does.
    package var reason: String?
    /// The conversation so far, for a teammate.
    package var summary: String?
    /// Of 20 answers like this, how many a careful colleague would accept; 0...20. Nil where it was missing, out of range or unreadable.
    package var confidence: Int?
    /// Which rung of the parsing ladder held.
    package var parsedBy: Rung
    /// False where the text ended in the middle of the answer, or was longer than `largestAnswer`.
    package var isWhole: Bool

    /// The most characters of an answer.
    package static let largestAnswer = 8_000

    /// How far the passages settle a question.
    package enum Support: String, Hashable, Sendable, Codable, CaseIterable {
        case full, partial, none
    }

    /// A passage the model says it relied on.
    package struct Citation: Hashable, Sendable, Codable {
        /// The id as the model wrote it.
        package let passage: String
        /// Said to stand in the passage word for word; may be empty.
        package let quote: String

        /// - Parameters: as the properties.
        package init(passage: String, quote: String) {
            self.passage = passage
            self.quote = quote
        }
    }

    /// How hard the reply was to read, easiest first.
    package enum Rung: String, Hashable, Sendable, Codable, CaseIterable {
        /// The reply was the JSON object asked for.
        case strict
        /// The object stood inside other text, a fence, or another object.
        case extracted
        /// The object was damaged.
        case repaired
        /// Single fields were found in debris.
        case salvaged
        /// The model was asked once more, for the same content as JSON.
        case retried
        /// There was no structure; the text is the answer and everything else is missing.
        case plain
    }

    /// A draft of an answer and nothing else.
    package init(answer: String, parsedBy: Rung = .plain) {
        self.answer = answer
        self.parsedBy = parsedBy
        citations = []
        followUps = []
        captured = [:]
        needsHuman = false
        isWhole = true
    }
}
