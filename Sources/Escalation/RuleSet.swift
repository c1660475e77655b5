import Crypto
package import Notation

/// The rules of a workspace: what a customer's words, the thread and the search may trigger, whatever the model thinks.
///
/// Loading checks everything and either gives a whole rule set or all faults, so that a running service keeps the old one when a new file is
/// wrong. A rule set never changes, decides the same for the same thread every time, and is safe on any thread.
package struct RuleSet: Sendable {
    /// SHA-256 of the file's text in hexadecimal; receipts name it.
    package let version: String
    /// In the order of the file.
    package let rules: [Rule]
    /// What the rules name that stands in other files, for whoever reads those: keys of messages, and teams.
    package struct Reference: Hashable, Sendable {
        /// The rule's id.
        package let rule: String
        /// Keys of messages it wants said.
        package let messages: [String]
        /// The team it routes to.
        package let team: String?
    }

    /// The references of all rules, in the order of the file.
    package var references: [Reference] {
        rules.map {
            Reference(
                rule: $0.id, messages: [$0.consequence.message, $0.consequence.before].compactMap(\.self), team: $0.consequence.route.team)
        }
    }

    /// Names of the topics in the order of the file; these are the intents that can be told from words.
    package var topicNames: [String] { topics.map(\.name) }

    let topics: [Topic]
    let lexicon: Lexicon
    let sentences: SentenceIndex
    /// The file it was read from, as the reader named it.
    package let file: String

    /// Reads a rules file. Its format is described at the head of `Config/quayside/rules.yaml`.
    /// - Parameters:
    ///   - yaml: the text of the file.
    ///   - file: its name, for messages.
    /// - Throws: `RuleSetFaults` with everything that is wrong.
    package static func load(yaml: String, file: String) throws -> RuleSet {
        var reader = RuleSetReader(file: file)
        do {
            try reader.read(Node.parse(yaml, file: file))
        } catch let error as NotationError {
            throw RuleSetFaults(faults: reader.faults + [error])
        }
        guard reader.faults.isEmpty else { throw RuleSetFaults(faults: reader.faults.sorted { $0.line < $1.line }) }
        let digest = SHA256.hash(data: Array(yaml.utf8))
        let version = digest.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
        return RuleSet(version: version, rules: reader.rules, topics: reader.topics, lexicon: reader.lexicon, file: file)
    }

    /// A rule set without rules: only the built-in triggers decide.
    package static var empty: RuleSet {
        RuleSet(version: "none", rules: [], topics: [], lexicon: Lexicon(), file: "none")
    }

    private init(version: String, rules: [Rule], topics: [Topic], lexicon: Lexicon, file: String) {
        self.version = version
        self.rules = rules
        self.topics = topics
        self.lexicon = lexicon
        self.file = file
        sentences = SentenceIndex(
            topics.enumerated().flatMap { number, topic in topic.sentences.map { (topic: number, text: $0) } })
    }
}

/// Everything that is wrong with a rules file, in the order of its lines.
package struct RuleSetFaults: Error, Hashable, Sendable, CustomStringConvertible {
    /// At least one.
    package let faults: [NotationError]

    /// One line for each fault.
    package var description: String { faults.map(\.description).joined(separator: "\n") }
}

extension RuleSet {
    /// What there is to know before any rule is asked.
    func situation(of thread: ThreadView, evidence: Evidence? = nil, draft: DraftView? = nil) -> Situation {
        let text = thread.newest
        let reading = lexicon.read(text)
        let amounts = AmountReader.amounts(in: text)
        let earlier = thread.customerTurns(most: Self.mostEarlierTurns + 1).dropFirst()
        let sentiment = Sentiment.score(reading.words, text: text)
        let signals = Signals(
            topics: [], sentiment: sentiment, language: Language.guess(reading.words),
            captured: Capturing.details(in: text, amounts: amounts, reading: reading),
            isSuspectedInjection: Injection.suspected(in: text) != nil)
        var situation = Situation(
            reading: reading, thread: thread, evidence: evidence, draft: draft, signals: signals, topics: [:], amounts: amounts,
            repeats: thread.repeatSimilarities ?? (reading.words.count < 3 ? [] : earlier.map { Likeness.ofLetters(text, $0) }),
            sentiments: [sentiment] + earlier.map { Sentiment.score($0) })
        touchTopics(of: &situation)
        return situation
    }

    /// Turns before the newest one that conditions can look at.
    static let mostEarlierTurns = 8

    private func touchTopics(of situation: inout Situation) {
        let likest = sentences.matches(situation.reading.text)
        for (number, topic) in topics.enumerated() {
            let outcome = topic.condition?.outcome(in: situation)
            let match = likest.first { $0.topic == number && $0.likeness >= topic.similar }
            guard outcome?.fired == true || match != nil else { continue }
            situation.topics[topic.name] = outcome?.evidence ?? match.map { "like '\($0.sentence)'" } ?? topic.name
            situation.signals.topics.append(topic.name)
        }
    }
}
