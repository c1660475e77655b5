/// What an answer promises in the assistant's own name: a person, a transfer, a later reply. A promise must be kept, so it becomes a handover; an
/// offer ("would you like me to connect you?") becomes an offer. Chatwoot's assistants promised transfers that never happened (pull request 13178).
enum Promise {
    struct Finding: Sendable {
        let words: String
        /// Whether it only asks the customer.
        let isOffer: Bool
    }

    /// The strongest finding, or nil. Sentences that stand in a source are the company's words and not a promise of the assistant, unless they
    /// speak in the first person.
    static func finding(in answer: String, sources: [SourceText]) -> Finding? {
        let found = Sentences.split(answer).compactMap { finding(inSentence: $0, sources: sources) }
        return found.first { !$0.isOffer } ?? found.first
    }

    /// Whether a sentence offers a person and promises none.
    static func isOffer(_ sentence: String) -> Bool { finding(inSentence: sentence, sources: [])?.isOffer ?? false }

    private static func finding(inSentence sentence: String, sources: [SourceText]) -> Finding? {
        let reading = scanner.lexicon.read(sentence)
        let run = reading.words.map(\.text)
        let quoted = sources.contains { $0.contains(run: run) }
        guard let words = words(in: reading, isQuoted: quoted) else { return nil }
        let isConditional = !reading.hits(of: scanner.conditions).isEmpty || sentence.hasSuffix("?")
        return Finding(words: words, isOffer: isConditional)
    }

    private static func words(in reading: Reading, isQuoted: Bool) -> String? {
        for phrase in isQuoted ? [scanner.own] : [scanner.own, scanner.others] {
            let outcome = phrase.outcome(in: reading)
            if outcome.fired { return outcome.evidence }
        }
        guard !isQuoted, let hit = reading.hits(of: scanner.alone).first else { return nil }
        return reading.quote(hit.start, hit.end)
    }

    private struct Scanner {
        let lexicon: Lexicon
        let own: Condition.Phrase
        let others: Condition.Phrase
        let alone: Int
        let conditions: Int
    }

    private static let people = [
        "agent", "agents", "human", "person", "someone", "somebody", "specialist", "specialists", "colleague", "colleagues",
        "representative", "teammate",
        "team", "teammates", "supervisor", "manager", "expert", "advisor", "operator", "support", "department", "mitarbeiter", "kollegen",
        "conseiller",
        "collegue", "agente", "persona", "humano", "operatore",
    ]

    private static let scanner: Scanner = {
        var lexicon = Lexicon()
        func group(_ texts: [String]) -> Int { lexicon.group(of: texts) ?? -1 }
        let starts = [
            "ill", "i will", "i am", "im", "i have", "ive", "let me", "we will", "well", "were", "we are", "weve", "we have", "i can",
            "i could", "me to", "allow me to",
        ]
        let acts = [
            "transfer", "transferring", "transferred", "connect", "connecting", "connected", "escalate", "escalating", "escalated",
            "forward", "forwarding",
            "forwarded", "pass you", "passing you", "passed you", "passing this", "pass this", "passed this", "hand you", "handing you",
            "hand this", "handing this",
            "put you through", "putting you through", "get back to you", "follow up with you", "contact you", "email you", "call you back",
            "notify you",
            "open a ticket", "opened a ticket", "create a ticket", "created a ticket", "raised a ticket", "bring in", "get someone",
            "get a colleague", "looped in",
            "look into it and", "check with the team", "check with my",
        ]
        let own = Condition.Phrase(verbs: group(starts), near: group(acts), within: 3, typos: 0, unless: nil)
        let will = [
            "will contact you", "will get back to you", "will reach out", "will be in touch", "will call you", "will email you",
            "will take over", "will assist you",
            "will help you", "will reply to you", "will be with you", "wird sich bei ihnen melden", "meldet sich bei ihnen",
            "vous contactera", "se pondra en contacto",
        ]
        let others = Condition.Phrase(verbs: group(people), near: group(will), within: 4, typos: 0, unless: nil)
        let alone = group([
            "you will be transferred", "you will be connected", "you are being transferred", "youll be connected", "youll be transferred",
            "transferring you",
            "connecting you", "please hold while", "please wait while i", "ich verbinde sie", "ich leite sie weiter", "je vous transfere",
            "je vous mets en relation",
            "le paso con", "te paso con", "la metto in contatto",
        ])
        let conditions = group([
            "if you", "would you like", "shall i", "should i", "do you want", "i can", "i could", "happy to", "wenn sie", "si vous",
            "si quieres",
        ])
        return Scanner(lexicon: lexicon, own: own, others: others, alone: alone, conditions: conditions)
    }()
}
