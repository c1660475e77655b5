import Foundation
import Testing

@testable import Escalation

@Suite struct ConfidenceTests {
    private func features(
        report: Int? = 17, norm: Double = 0.45, coverage: Double = 0.7, margin: Double = 0.3, grounding: Double = 1, foreign: Bool = false,
        cited: Double = 1,
        support: DraftView.Support = .full, asked: Bool = false, likeness: Double = 0
    ) -> Features {
        Features(
            selfReport: report, normScore: norm, coverage: coverage, margin: margin, grounding: grounding, isForeign: foreign, cited: cited,
            support: support,
            needsHuman: asked, likeness: likeness)
    }

    private func p(_ features: Features) -> Double { Priors.shipped.confidence(of: features).probability }

    @Test func `a well grounded answer passes, weak evidence does not, whatever the model says of itself`() {
        #expect(p(features()) >= 0.8)
        #expect(p(features(margin: 0)) >= 0.8)
        #expect(p(features(report: 20, norm: 0.15, coverage: 0.35, margin: 0.05, grounding: 0.6, support: .partial)) < 0.5)
        #expect(p(features(report: 20, norm: 0, coverage: 0, margin: 0, grounding: 0, cited: 0)) < 0.3)
    }

    @Test func `more of a good sign never lowers it, more of a bad one never raises it`() {
        for step in 0..<20 {
            let (low, high) = (Double(step) / 20, Double(step + 1) / 20)
            #expect(p(features(report: step)) <= p(features(report: step + 1)))
            #expect(p(features(norm: low)) <= p(features(norm: high)))
            #expect(p(features(coverage: low)) <= p(features(coverage: high)))
            #expect(p(features(grounding: low)) <= p(features(grounding: high)))
            #expect(p(features(cited: low)) <= p(features(cited: high)))
            #expect(p(features(likeness: low)) >= p(features(likeness: high)))
        }
        #expect(p(features(foreign: true)) < p(features()))
        #expect(p(features(support: .partial)) < p(features()))
        #expect(p(features(asked: true)) < p(features()))
    }

    @Test func `the model's own number lifts by ten points at most`() {
        for norm in stride(from: 0.0, through: 1, by: 0.1) {
            for grounding in stride(from: 0.0, through: 1, by: 0.1) {
                let silent = p(features(report: nil, norm: norm, grounding: grounding))
                for report in 0...20 { #expect(p(features(report: report, norm: norm, grounding: grounding)) <= silent + 0.1 + 1e-9) }
            }
        }
    }

    @Test func `a missing number is a feature and no handover by itself`() throws {
        var draft = World.grounded
        draft.selfReport = nil
        let receipt = try World.turn(draft: draft)
        #expect(receipt.confidence?.selfReport == nil)
        #expect(receipt.verdict == .answer)
        draft.selfReport = 21
        #expect(try World.turn(draft: draft).confidence?.selfReport == nil)
    }

    @Test func `numbers that are none count as the worst`() {
        #expect(p(features(norm: .nan)) == p(features(norm: 0)))
        #expect(p(features(grounding: .infinity)) == p(features(grounding: 0)))
        #expect(p(features(norm: 5)) == p(features(norm: 1)))
    }

    @Test func `it explains itself in three parts that add up`() throws {
        let confidence = Priors.shipped.confidence(of: features(norm: 0.1, grounding: 0.4))
        #expect(confidence.inWords.count == 3)
        #expect(confidence.inWords.contains { $0.hasPrefix("the weakest sentence is covered to 40 %") })
        let sum = confidence.parts.reduce(Priors.shipped.intercept) { $0 + $1.contribution }
        #expect(abs(1 / (1 + exp(-sum)) - confidence.probability) < 1e-9)
    }

    @Test func `weights of the wrong sign are cut, of the wrong number refused`() throws {
        let priors = try Priors(intercept: 0, weights: Array(repeating: -5, count: 11), means: Array(repeating: 0, count: 11))
        #expect(priors.weights[5] == 0)
        #expect(priors.weights[6] == -5)
        #expect(throws: PriorsFault.self) { try Priors(intercept: 0, weights: [1], means: [1]) }
        #expect(throws: PriorsFault.self) {
            try Priors(intercept: .nan, weights: Array(repeating: 0, count: 11), means: Array(repeating: 0, count: 11))
        }
    }

    @Test func `below the threshold is handed over with the number in words`() throws {
        var evidence = World.evidence
        evidence.normScore = 0.1
        evidence.coverage = 0.3
        var draft = World.grounded
        draft.support = .partial
        let receipt = try World.turn(draft: draft, evidence: evidence)
        #expect(receipt.reason == .lowConfidence)
        let percent = Figures.percent(receipt.confidence?.probability ?? 0)
        #expect(receipt.inWords.contains("confidence \(percent) below 80 %"))
        #expect(try World.turn(draft: draft, evidence: evidence, judge: World.judge(threshold: 0.1)).verdict == .answer)
    }
}
