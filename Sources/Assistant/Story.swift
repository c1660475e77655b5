import Completion
package import Escalation
import Inbox
import Metering
import Prompting
import Retrieval
import Storage

/// What is known of one turn while it is worked on: from the thread that was read to the draft that was weighed. It is filled step by step; whatever is missing when
/// something fails is simply not told.
struct Story: Sendable {
    let turn: Turn
    let workspace: WorkspaceProfile
    private(set) var assistant: AssistantProfile
    private(set) var judge: Judge
    /// Public words before and with the question, oldest first. Announcements of handoffs are among them: what the customer wrote before one was passed on.
    private(set) var messages: [Message] = []
    /// What the customer wrote since anybody else spoke.
    private(set) var question = ""
    /// The customer's earlier turns, newest last.
    private(set) var earlierQuestions: [String] = []
    /// The thread as the decision sees it.
    var thread = ThreadView(messages: [])
    var receipt: Receipt
    private(set) var found: SearchResult?
    private(set) var evidence = Evidence(passages: [], normScore: 0, coverage: 0)
    private(set) var prompt: RenderedPrompt?
    var completion: Completion?
    private(set) var failure: Failure?

    init(turn: Turn, workspace: WorkspaceProfile) {
        self.turn = turn
        self.workspace = workspace
        assistant = workspace.usualAssistant
        judge = assistant.judge
        receipt = judge.failedEarly(.stalled, detail: "the turn was not read in time")
    }

    /// The billable thing has the turn's name.
    var response: ResponseID { ResponseID(turn.id.text) }
    var mustHandOver: Bool { receipt.verdict == .handOver }
    /// The passages found, best first.
    var passages: [Passage] { found?.passages ?? [] }
    /// Those of them that the model was shown.
    var sent: [Passage] { prompt == nil ? [] : passages.filter { passage in evidence.passages.contains { $0.id == passage.id } } }

    /// Takes in the conversation as it stands.
    mutating func read(_ conversation: Conversation, _ messages: [Message]) {
        assistant = workspace.assistant(conversation.assistant)
        judge = assistant.judge
        self.messages = messages.filter { $0.kind == .text || $0.kind == .announcement }
        let turns = Self.customerTurns(self.messages)
        question = turns.last ?? ""
        earlierQuestions = Array(turns.dropLast())
        thread = Self.view(self.messages)
        thread.customer = conversation.captured
    }

    mutating func found(_ result: SearchResult) {
        found = result
        evidence = Self.evidence(result.passages, result.signals)
    }

    /// Takes in what will be sent: passages that the budget left out are no evidence.
    mutating func rendered(_ prompt: RenderedPrompt) {
        self.prompt = prompt
        guard let found else { return }
        let sent = Array(found.passages.dropLast(prompt.droppedItems["passages"] ?? 0))
        evidence = Self.evidence(sent, found.signals)
        evidence.instructions = prompt.messages.first { $0.role == .system }?.content ?? ""
    }

    mutating func fail(_ failure: Failure) {
        self.failure = failure
        receipt = judge.failed(failure.reason, detail: failure.detail, previous: receipt)
    }

    private static func evidence(_ passages: [Passage], _ signals: RetrievalSignals) -> Evidence {
        Evidence(
            passages: passages.map { .init(id: $0.id, title: ([$0.title] + $0.headings).joined(separator: " > "), text: $0.text) },
            normScore: signals.normScore, coverage: signals.coverage, marginSecond: signals.marginToSecond,
            marginRest: signals.marginToRest,
            unknownShare: signals.unknownShare)
    }

    /// Oldest first; a turn is what the customer wrote without anybody speaking in between.
    private static func customerTurns(_ messages: [Message]) -> [String] {
        var turns: [String] = []
        var isInside = false
        for message in messages {
            guard message.author == .customer else {
                isInside = false
                continue
            }
            if isInside { turns[turns.count - 1] += "\n" + message.text } else { turns.append(message.text) }
            isInside = true
        }
        return turns
    }

    private static func view(_ messages: [Message]) -> ThreadView {
        var view = ThreadView(messages: [])
        for message in messages {
            switch message.author {
            case .customer: view.messages.append(.init(.customer, message.text))
            case .teammate:
                view.messages.append(.init(.teammate, message.text))
                view.assistantTurns = 0
                view.recentConfidences = []
                view.offeredPerson = false
            case .assistant:
                view.messages.append(.init(.assistant, message.text))
                let details = message.details.flatMap(PastReply.read)
                view.assistantTurns += details?.isCanned == true ? 0 : 1
                if let confidence = details?.receipt.confidence?.probability { view.recentConfidences.append(confidence) }
                view.offeredPerson = details?.receipt.verdict == .offer
            case .system: view.messages.append(.init(.assistant, message.text))
            }
        }
        return view
    }
}

/// What is kept beside a reply for teammates: everything that a reply must be able to say of itself.
package struct ReplyDetails: Codable, Sendable {
    /// Every trigger, fired or not, and the effective confidence with its parts.
    package let receipt: Receipt
    /// Whether it was a ready reply, made without a model.
    package let isCanned: Bool
    /// The prompt's version, SHA-256 in hexadecimal.
    package let promptVersion: String?
    /// The index that was searched.
    package let indexVersion: String?
    /// Where it was answered.
    package let endpoint: String?
    /// By which model.
    package let model: String?
    /// In how many attempts.
    package let attempts: Int?
    /// How hard the model's reply was to read (`strict` ... `plain`).
    package let parsedBy: String?
    /// The passages that the model was shown, best first.
    package let passages: [Source]

    /// A passage and its score.
    package struct Source: Codable, Sendable {
        /// The chunk's id.
        package let id: String
        /// The document's title.
        package let title: String
        /// The search's score.
        package let score: Double
    }

    init(_ story: Story, isCanned: Bool = false) {
        receipt = story.receipt
        self.isCanned = isCanned
        promptVersion = story.prompt?.version
        indexVersion = story.found?.indexVersion
        endpoint = story.completion?.endpoint
        model = story.completion?.model
        attempts = story.completion?.attempts
        parsedBy = story.completion?.draft.parsedBy.rawValue
        passages = story.sent.map { Source(id: $0.id, title: $0.title, score: $0.score) }
    }

    /// Reads what was kept beside a message.
    /// - Returns: nil where it is of an older shape.
    package static func read(_ text: String) -> ReplyDetails? {
        // An older shape says less about the past; it must not stop the present.
        try? StoredJSON.decode(ReplyDetails.self, from: text)
    }
}

/// The little of `ReplyDetails` that a later turn needs: reading all of it, every trigger with its sentences, took 7 % of a turn's processor time.
struct PastReply: Decodable {
    struct PastReceipt: Decodable {
        struct Confidence: Decodable { let probability: Double }

        let verdict: Verdict
        let confidence: Confidence?
    }

    let receipt: PastReceipt
    let isCanned: Bool

    static func read(_ text: String) -> PastReply? {
        // An older shape says less about the past; it must not stop the present.
        try? StoredJSON.decode(PastReply.self, from: text)
    }
}

/// A citation as customers see it.
package struct ShownCitation: Codable, Sendable, Hashable {
    /// The chunk's id.
    package let passage: String
    /// The document's id.
    package let document: String
    /// The document's title.
    package let title: String
    /// The headings above the passage, outermost first.
    package let headings: [String]
    /// Words that stand there, checked.
    package let quote: String
}

extension Story {
    /// The draft as the decision sees it.
    var draftView: DraftView {
        guard let draft = completion?.draft else { return DraftView(answer: "") }
        return DraftView(
            answer: draft.answer, support: draft.support.flatMap { .init(rawValue: $0.rawValue) },
            citations: draft.parsedBy == .plain ? nil : draft.citations.map { .init(passage: $0.passage, quote: $0.quote) },
            selfReport: draft.confidence, needsHuman: draft.needsHuman, missing: draft.missing, intent: draft.intent,
            sentiment: draft.sentiment)
    }

    /// The citations whose quotes were found where they were said to stand.
    var citations: [ShownCitation] {
        receipt.keptCitations.compactMap { citation in
            passages.first { $0.id == citation.passage }.map {
                ShownCitation(passage: $0.id, document: $0.documentID, title: $0.title, headings: $0.headings, quote: citation.quote)
            }
        }
    }

    /// What a prompt may ask for.
    func values(at now: Timestamp) -> PromptValues {
        var values: PromptValues = [
            "company": .text(workspace.name), "assistant": .text(assistant.displayName), "tone": .text(assistant.tone),
            "language": .text(assistant.language), "today": .text(String(now.description.prefix(10))), "question": .text(question),
            "passages": .list(
                passages.map { passage in
                    [
                        "id": .text(passage.id), "title": .text(passage.title),
                        "headings": .text(passage.headings.joined(separator: " > ")),
                        "text": .text(passage.text),
                    ]
                }),
        ]
        let stretch = messages.filter { $0.author.teammate != nil }.map(\.text)
        if !stretch.isEmpty { values["human_stretch"] = .text(stretch.suffix(5).joined(separator: "\n")) }
        return values
    }

    /// The conversation before the question, as chat messages. A teammate spoke in the assistant's place.
    var history: [ChatMessage] {
        let before = messages.prefix { $0.sequence < firstOfQuestion }
        return before.compactMap { message in
            switch message.author {
            case .customer: ChatMessage(role: .user, content: message.text)
            case .assistant, .teammate: ChatMessage(role: .assistant, content: message.text)
            case .system: nil
            }
        }
    }

    /// The seq of the first message of the question's burst.
    private var firstOfQuestion: Int {
        guard let last = messages.last(where: { $0.author == .customer })?.sequence else { return Int.max }
        let spoken = messages.last { $0.author != .customer && $0.sequence < last }?.sequence ?? 0
        return messages.first { $0.sequence > spoken }?.sequence ?? Int.max
    }
}
