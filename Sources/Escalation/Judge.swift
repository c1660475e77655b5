/// Decides a turn: answer, offer a person, or hand over, in the order in which things become known.
///
/// `before` reads the customer's words and needs neither search nor model; `afterSearch` adds what the documents say; `weigh` holds the draft
/// against its sources; `failed` is for everything that goes wrong in between. Each stage takes the receipt of the one before and adds to it,
/// and a receipt can only become more careful. Nothing here waits, reads a clock or rolls dice: the same thread gives the same receipt.
package struct Judge: Sendable {
    /// The workspace's rules.
    package let rules: RuleSet
    /// The least effective confidence that answers, 0...1. 0.80 says that a wrong answer costs as much as five replies by a person (Chow 1970).
    package let threshold: Double
    /// The weights of the effective confidence.
    package let priors: Priors
    /// Replies of the assistant in a row after which a person takes over.
    package let turnCap: Int
    /// The limits of the built-in triggers.
    package let limits: JudgeLimits

    /// A judge; parameters as the properties.
    package init(rules: RuleSet, threshold: Double = 0.80, priors: Priors = .shipped, turnCap: Int = 8, limits: JudgeLimits = JudgeLimits())
    {
        self.rules = rules
        self.threshold = min(max(threshold, 0), 1)
        self.priors = priors
        self.turnCap = max(turnCap, 1)
        self.limits = limits
    }

    /// The customer's words and the thread, before any search or model call.
    package func before(_ thread: ThreadView) -> Receipt {
        var situation = rules.situation(of: thread)
        var receipt = Receipt(signals: situation.signals, threshold: threshold, ruleSetVersion: rules.version)
        ask(.words, in: &situation, into: &receipt)
        receipt.add(turnCapTrigger(thread, isCourtesy: receipt.cannedMessage != nil))
        return receipt
    }

    /// What the search found, before a model is asked.
    package func afterSearch(_ thread: ThreadView, evidence: Evidence, previous: Receipt) -> Receipt {
        var receipt = previous
        var situation = rules.situation(of: thread, evidence: evidence)
        ask(.search, in: &situation, into: &receipt)
        receipt.add(limits.knowledge(evidence))
        return receipt
    }

    /// The draft against its sources: guards, then the effective confidence against the threshold.
    package func weigh(_ draft: DraftView, evidence: Evidence, thread: ThreadView, previous: Receipt) -> Receipt {
        var receipt = previous
        var situation = rules.situation(of: thread, evidence: evidence, draft: draft)
        ask(.draft, in: &situation, into: &receipt)
        let check = DraftCheck(draft, evidence: evidence, thread: thread, limits: limits)
        for trigger in check.triggers(limits: limits) { receipt.add(trigger) }
        let features = Features(draft: draft, check: check, evidence: evidence, likeness: situation.repeats.prefix(3).max() ?? 0)
        let confidence = priors.confidence(of: features)
        receipt.add(confidence, keeping: check.keptCitations)
        receipt.add(confidenceTrigger(confidence))
        return receipt
    }

    /// Something failed or ran out, at whatever stage: the turn is handed over.
    /// - Parameters:
    ///   - reason: such as `.modelError`, `.timeout`, `.unreadableOutput`, `.creditExhausted`, `.stalled`.
    ///   - detail: what happened, for teammates; no secrets.
    package func failed(_ reason: Reason, detail: String, previous: Receipt) -> Receipt {
        var receipt = previous
        receipt.add(Self.failure(reason, detail: detail))
        return receipt
    }

    /// A person wants it: the customer asked for one without a message to answer, or a teammate passes the conversation on.
    /// - Parameters:
    ///   - reason: `.askedForPerson` or `.operatorTakeover`.
    ///   - detail: who, for teammates.
    package func wanted(_ reason: Reason, detail: String, previous: Receipt) -> Receipt {
        var receipt = previous
        receipt.add(
            Trigger(
                id: reason.rawValue.replacing("_", with: "-"), kind: .limit, says: "A person asked for it.", value: detail, threshold: "",
                fired: true, verdict: .handOver, reason: reason))
        return receipt
    }

    /// The receipt of a turn of which nothing else is known, such as one that stalled before its words were read.
    /// - Parameters: as of `failed(_:detail:previous:)`.
    package func failedEarly(_ reason: Reason, detail: String) -> Receipt {
        let signals = Signals(topics: [], sentiment: 0, language: nil, captured: [], isSuspectedInjection: false)
        let receipt = Receipt(signals: signals, threshold: threshold, ruleSetVersion: rules.version)
        return failed(reason, detail: detail, previous: receipt)
    }

    private static func failure(_ reason: Reason, detail: String) -> Trigger {
        Trigger(
            id: reason.rawValue.replacing("_", with: "-"), kind: .failure, says: "The turn could not be finished.", value: detail,
            threshold: "", fired: true, verdict: .handOver, reason: reason)
    }

    private func ask(_ stage: Condition.Stage, in situation: inout Situation, into receipt: inout Receipt) {
        for rule in rules.rules where rule.mode != .off && rule.condition.stage == stage {
            let outcome = rule.condition.outcome(in: situation)
            let trigger = Trigger(
                id: rule.id, kind: .rule, says: rule.says, value: outcome.value, threshold: outcome.threshold, fired: outcome.fired,
                verdict: rule.action.verdict, reason: rule.reason, evidence: outcome.evidence, mode: rule.mode)
            receipt.add(trigger, consequence: rule.consequence)
        }
    }

    /// A greeting or a word of thanks does not use up the cap: the reply to it is no attempt to solve anything.
    private func turnCapTrigger(_ thread: ThreadView, isCourtesy: Bool) -> Trigger {
        Trigger(
            id: "turn-cap", kind: .limit, says: "The assistant has answered as often in a row as it may.",
            value: "\(thread.assistantTurns) replies", threshold: "at most \(turnCap)",
            fired: thread.assistantTurns >= turnCap && !isCourtesy,
            verdict: .handOver, reason: .turnCap)
    }

    private func confidenceTrigger(_ confidence: EffectiveConfidence) -> Trigger {
        Trigger(
            id: "confidence", kind: .confidence, says: "The effective confidence is below the threshold.",
            value: Figures.percent(confidence.probability), threshold: "below \(Figures.percent(threshold))",
            fired: !(confidence.probability >= threshold), verdict: .handOver, reason: .lowConfidence)
    }
}

/// The limits of the built-in triggers, apart from the threshold and the turn cap.
package struct JudgeLimits: Sendable {
    /// Normalised scores below this count as "nothing found", 0...1. Only what is far off is caught so (questions of other domains, AUROC .97);
    /// a missing article on a known subject is nearly invisible to any search (.6), which is what the effective confidence is for. Of the right
    /// answers in the four collections of `Scripts/fit-priors` 1 % lie below 0.13 to 0.18, and below 0.30 to 0.49 of coverage.
    package var leastNormScore: Double
    /// Coverage below this counts as "nothing found", 0...1.
    package var leastCoverage: Double
    /// Characters of the instructions that a draft may repeat in a row, less one.
    package var longestLeak: Int
    /// What a draft in another language than the customer's does.
    package var languageMismatch: Mode

    /// Limits; parameters as the properties.
    package init(leastNormScore: Double = 0.10, leastCoverage: Double = 0.25, longestLeak: Int = 40, languageMismatch: Mode = .shadow) {
        self.leastNormScore = leastNormScore
        self.leastCoverage = leastCoverage
        self.longestLeak = max(longestLeak, 16)
        self.languageMismatch = languageMismatch
    }

    func knowledge(_ evidence: Evidence) -> Trigger {
        let isFar = !(evidence.normScore >= leastNormScore && evidence.coverage >= leastCoverage)
        return Trigger(
            id: "knowledge", kind: .evidence, says: "The documents do not speak to the question.",
            value: evidence.passages.isEmpty
                ? "no passage" : "score \(Figures.two(evidence.normScore)), coverage \(Figures.percent(evidence.coverage))",
            threshold: "score below \(Figures.two(leastNormScore)) or coverage below \(Figures.percent(leastCoverage))",
            fired: evidence.passages.isEmpty || isFar, verdict: .handOver, reason: .noKnowledge)
    }
}
