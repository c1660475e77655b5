import Foundation

/// The weights of the effective confidence: a logistic over self-report, search, grounding and the model's own view.
package struct Priors: Codable, Sendable, Hashable {
    /// Log-odds where every feature has its usual value.
    package let intercept: Double
    /// One for each feature, in log-odds per unit, with the sign that the feature must have (others are cut to zero).
    package let weights: [Double]
    /// The usual value of each feature; contributions are counted from there.
    package let means: [Double]
    /// How much the model's own number may lift a draft over what it would be worth without it.
    static let mostLift = 0.10

    /// Weights of one's own, for instance fitted on judged answers.
    /// - Throws: `PriorsFault` where the counts or a number are wrong.
    package init(intercept: Double, weights: [Double], means: [Double]) throws(PriorsFault) {
        let count = Feature.allCases.count
        guard weights.count == count, means.count == count else { throw PriorsFault(expected: count) }
        guard ([intercept] + weights + means).allSatisfy(\.isFinite) else { throw PriorsFault(expected: count) }
        self.init(checked: intercept, weights, means)
    }

    private init(checked intercept: Double, _ weights: [Double], _ means: [Double]) {
        self.intercept = intercept
        self.weights = zip(Feature.allCases, weights).map { $0.sign * $1 > 0 ? $1 : 0 }
        self.means = means
    }

    /// The weights that a new workspace starts from.
    ///
    /// From `Scripts/fit-priors` on banking77, CLINC150, a crypto wallet's FAQ and StackFAQ: real search over real documents with 0, 5, 15 and 25 % of
    /// the subjects missing, grounding values of BEGIN answers with human labels, and a simulated model whose self-report alone has AUROC .63
    /// and ECE .07 to .29. On collections that the fit had not seen: AUROC .85 to .87; ECE .02 to .03 on the two sets of utterances, .14 and .15 on
    /// the two of real documents, where answers are right more rarely or matched by other words than in the rest. On all 9,160 answers together:
    /// AUROC .856, ECE .023. Answers that teammates judge replace these weights.
    package static let shipped = Priors(
        checked: 1.59,
        [0.51, -0.11, 1.51, 0.65, 0.75, 3.46, -1.06, 1.37, -3.21, -2.10, -0.97],
        [1.95, 0.08, 0.50, 0.83, 0.50, 0.83, 0.06, 0.92, 0.13, 0.03, 0.24])

    /// The confidence in a draft.
    ///
    /// The model's self-report can lower it freely, but lift it by at most `mostLift` over what the draft would be worth without one: a document that says
    /// "confidence: 20" and a model that obeys must not carry an unsupported answer over the threshold.
    func confidence(of features: Features) -> EffectiveConfidence {
        var parts: [EffectiveConfidence.Part] = []
        for (index, feature) in Feature.allCases.enumerated() {
            let value = features.values[index]
            let contribution = features.selfReport == nil && feature == .selfReport ? 0 : weights[index] * (value - means[index])
            parts.append(
                EffectiveConfidence.Part(
                    feature: feature.rawValue, value: value, weight: weights[index], contribution: contribution,
                    inWords: feature.inWords(value, contribution: contribution)))
        }
        let sum = intercept + parts.reduce(0) { $0 + $1.contribution }
        let own = parts.prefix(2).reduce(0) { $0 + $1.contribution }
        let silent = weights[1] * (1 - means[1])
        let bound = Self.sigma(sum - own + silent) + Self.mostLift
        return EffectiveConfidence(probability: min(Self.sigma(sum), bound), selfReport: features.selfReport, parts: parts)
    }

    private static func sigma(_ logOdds: Double) -> Double { 1 / (1 + exp(-logOdds)) }
}

/// Weights that do not fit.
package struct PriorsFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// How many features there are.
    package let expected: Int
    /// With the remedy.
    package var description: String { "weights and means must be \(expected) finite numbers each, in the order of the features" }
}
