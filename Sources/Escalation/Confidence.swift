import Foundation

/// How likely the draft is right, from everything that is known of it, with what each part contributed.
package struct EffectiveConfidence: Codable, Sendable {
    /// One part of the sum.
    package struct Part: Codable, Sendable {
        /// Its name, such as `grounding`.
        package let feature: String
        /// Its value, as it enters the sum.
        package let value: Double
        /// Its weight, in log-odds.
        package let weight: Double
        /// Weight times (value - usual value), in log-odds: below zero it lowered the confidence.
        package let contribution: Double
        /// For teammates: `the best passage barely matches (-1.3)`.
        package let inWords: String
    }

    /// 0...1.
    package let probability: Double
    /// As the model gave it, 0...20; nil where it gave none.
    package let selfReport: Int?
    /// In the order of the features.
    package let parts: [Part]

    /// The three parts that moved it most.
    package var inWords: [String] {
        parts.sorted { abs($0.contribution) > abs($1.contribution) }.prefix(3).filter { abs($0.contribution) >= 0.05 }.map(\.inWords)
    }
}

/// What the effective confidence is computed from.
struct Features: Sendable {
    /// Nil where the model gave none, or one out of range.
    let selfReport: Int?
    /// The values in the order of `Feature.allCases`.
    let values: [Double]

    init(draft: DraftView, check: DraftCheck, evidence: Evidence, likeness: Double) {
        let report = draft.selfReport.flatMap { (0...20).contains($0) ? $0 : nil }
        self.init(
            selfReport: report, normScore: evidence.normScore, coverage: evidence.coverage, margin: evidence.marginRest,
            grounding: check.grounding, isForeign: !check.foreign.isEmpty, cited: check.citedShare, support: draft.support ?? .partial,
            needsHuman: draft.needsHuman, likeness: likeness)
    }

    init(
        selfReport: Int?, normScore: Double, coverage: Double, margin: Double, grounding: Double, isForeign: Bool, cited: Double,
        support: DraftView.Support, needsHuman: Bool, likeness: Double
    ) {
        self.selfReport = selfReport
        let doubt: Double =
            switch support {
            case .full: 0
            case .partial: 0.5
            case .none: 1
            }
        values = [
            selfReport.map(Self.logOdds) ?? 0, selfReport == nil ? 1 : 0, Self.share(normScore), Self.share(coverage), Self.share(margin),
            Self.share(grounding), isForeign ? 1 : 0, Self.share(cited), doubt, needsHuman ? 1 : 0, Self.share(likeness),
        ]
    }

    /// logit((n + 1/2) / 21), cut at 2 % and 98 %.
    static func logOdds(of report: Int) -> Double {
        let share = min(max((Double(report) + 0.5) / 21, 0.02), 0.98)
        return log(share / (1 - share))
    }

    /// What is no number counts as the worst.
    private static func share(_ value: Double) -> Double { value.isFinite ? min(max(value, 0), 1) : 0 }
}

/// The parts of the effective confidence, in the order of weights and values.
enum Feature: String, CaseIterable {
    case selfReport = "self_report"
    case selfReportMissing = "self_report_missing"
    case normScore = "search_score"
    case coverage
    case margin
    case grounding
    case foreign = "foreign_figures"
    case cited = "citations"
    case support
    case needsHuman = "model_asked"
    case likeness = "asked_before"

    /// 1: more of it can only raise the confidence; -1: only lower it.
    var sign: Double {
        switch self {
        case .selfReport, .normScore, .coverage, .margin, .grounding, .cited: 1
        case .selfReportMissing, .foreign, .support, .needsHuman, .likeness: -1
        }
    }

    func inWords(_ value: Double, contribution: Double) -> String {
        let sign = contribution < 0 ? "" : "+"
        return "\(sentence(value, isLow: contribution < 0)) (\(sign)\(Figures.two(contribution)))"
    }

    private func sentence(_ value: Double, isLow: Bool) -> String {
        switch self {
        case .selfReport: isLow ? "the model is unsure itself" : "the model is sure of it"
        case .selfReportMissing: value > 0 ? "the model did not rate its answer" : "the model rated its answer"
        case .normScore: isLow ? "the best passage barely matches" : "the best passage matches well"
        case .coverage: "the passages contain \(Figures.percent(value)) of the question's words"
        case .margin: isLow ? "many passages match equally well" : "the passages stand out from the others"
        case .grounding: "the weakest sentence is covered to \(Figures.percent(value)) by its source"
        case .foreign: value > 0 ? "a figure or address stands in no source" : "every figure stands in a source"
        case .cited: "\(Figures.percent(value)) of the citations hold"
        case .support: value == 0 ? "the model finds the passages sufficient" : "the model misses something in the passages"
        case .needsHuman: value > 0 ? "the model asked for a person" : "the model asked for nobody"
        case .likeness: isLow ? "the customer asked this before" : "the question is new"
        }
    }
}
