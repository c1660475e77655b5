/// A draft held against its sources: which citations hold, how well the weakest sentence is covered, what stands in no source, what it promises.
///
/// Everything is computed once, in time proportional to answer and passages (longest common subsequences by bit vectors), with limits on both.
struct DraftCheck: Sendable {
    /// Citations whose quote stands in a passage that was sent.
    let keptCitations: [DraftView.Citation]
    /// Share of the citations that hold, 0...1; 0.5 where the model had no place for citations.
    let citedShare: Double
    /// How many citations the model gave.
    let citationCount: Int
    /// Share of the weakest sentence's words that stand in its source in that order, 0...1.
    let grounding: Double
    /// Figures, dates, e-mail addresses that stand in no source.
    let foreign: [String]
    /// Links and images that stand in no source and lead to no allowed host.
    let links: [String]
    /// The longest run of characters taken from the instructions, or nil where it is short.
    let leak: String?
    /// What the draft promises a person or a later answer with.
    let promise: Promise.Finding?
    private let isEmpty: Bool
    private let draft: DraftView
    private let languages: (customer: String?, answer: String?)

    init(_ draft: DraftView, evidence: Evidence, thread: ThreadView, limits: JudgeLimits = JudgeLimits()) {
        let answer = String(decoding: draft.answer.utf8.prefix(Self.longestAnswer), as: UTF8.self)
        let sources = evidence.passages.prefix(Self.mostPassages).map(SourceText.init)
        let citations = Array((draft.citations ?? []).prefix(Self.mostCitations))
        let kept = citations.filter { citation in sources.contains { $0.id == citation.passage && $0.contains(quote: citation.quote) } }
        keptCitations = kept
        citationCount = citations.count
        citedShare = draft.citations == nil ? 0.5 : citations.isEmpty ? 0 : Double(kept.count) / Double(citations.count)
        let cited = sources.filter { source in kept.contains { $0.passage == source.id } }
        grounding = Grounding.weakest(of: answer, in: cited.isEmpty ? sources : cited)
        let said = thread.messages.filter { $0.author != .assistant }.suffix(20).map {
            String(decoding: $0.text.utf8.prefix(16_384), as: UTF8.self)
        }
        let known = evidence.passages.prefix(Self.mostPassages).flatMap {
            [$0.title, String(decoding: $0.text.utf8.prefix(65_536), as: UTF8.self)]
        }
        foreign = ForeignFigures.all(in: answer, notIn: known + said)
        links = Links.foreign(in: answer, notIn: known, allowedHosts: evidence.allowedHosts)
        leak = Leak.overlap(of: answer, with: evidence.instructions, atLeast: limits.longestLeak, except: known)
        promise = Promise.finding(in: answer, sources: sources)
        isEmpty = Words.split(answer).isEmpty
        languages = (Language.guess(Words.split(thread.newest)), Language.guess(Words.split(answer)))
        self.draft = draft
    }

    /// Characters of a draft that are checked; a longer one counts as ungrounded.
    private static let longestAnswer = 32_768
    /// Passages that a draft is held against.
    private static let mostPassages = 32
    /// Citations of a draft that are checked.
    private static let mostCitations = 64
}

extension DraftCheck {
    /// The guards, in the order in which teammates want to read them. None of them can be talked out of firing by the draft.
    func triggers(limits: JudgeLimits) -> [Trigger] {
        [
            guardTrigger("answer-empty", "The draft says nothing.", isEmpty ? "empty" : "has words", "empty", isEmpty, .unreadableOutput),
            modelTrigger(
                "model-asked", "The model asked for a person.", draft.needsHuman ? "asked" : "did not ask", draft.needsHuman, .modelAsked),
            modelTrigger(
                "model-support", "The model finds nothing in the passages that answers.", draft.support?.rawValue ?? "not said",
                draft.support == DraftView.Support.none, .noKnowledge),
            promiseTrigger,
            guardTrigger(
                "citations", "No citation of the draft stands in the passages.", "\(keptCitations.count) of \(citationCount) hold",
                "none holds",
                citationCount > 0 && keptCitations.isEmpty, .ungrounded),
            guardTrigger(
                "foreign-figures", "The draft names figures or addresses that stand in no source.", "\(foreign.count) foreign", "any",
                !foreign.isEmpty, .ungrounded, evidence: foreign.prefix(3).joined(separator: ", ")),
            guardTrigger(
                "links", "The draft links to where answers must not link.", "\(links.count) foreign", "any", !links.isEmpty, .unsafeAnswer,
                evidence: links.first),
            guardTrigger(
                "instructions", "The draft repeats its instructions.", "\(leak?.count ?? 0) characters", "\(limits.longestLeak) or more",
                leak != nil, .unsafeAnswer),
            languageTrigger(mode: limits.languageMismatch),
        ].compactMap(\.self)
    }

    private var promiseTrigger: Trigger {
        Trigger(
            id: "promise", kind: .guard, says: "The draft promises or offers a person.",
            value: promise.map { $0.isOffer ? "offered" : "promised" } ?? "none", threshold: "any", fired: promise != nil,
            verdict: promise?.isOffer == true ? .offer : .handOver, reason: .promise, evidence: promise?.words)
    }

    private func languageTrigger(mode: Mode) -> Trigger? {
        guard mode != .off else { return nil }
        let differ = languages.customer != nil && languages.answer != nil && languages.customer != languages.answer
        return Trigger(
            id: "language", kind: .guard, says: "The draft is in another language than the customer writes.",
            value: "\(languages.answer ?? "?") for \(languages.customer ?? "?")", threshold: "another", fired: differ, verdict: .handOver,
            reason: .ungrounded, mode: mode)
    }

    private func guardTrigger(
        _ id: String, _ says: String, _ value: String, _ threshold: String, _ fired: Bool, _ reason: Reason, evidence: String? = nil
    ) -> Trigger {
        Trigger(
            id: id, kind: .guard, says: says, value: value, threshold: threshold, fired: fired, verdict: .handOver, reason: reason,
            evidence: fired ? evidence : nil)
    }

    private func modelTrigger(_ id: String, _ says: String, _ value: String, _ fired: Bool, _ reason: Reason) -> Trigger {
        Trigger(id: id, kind: .model, says: says, value: value, threshold: "", fired: fired, verdict: .handOver, reason: reason)
    }
}
