import Metering
import Storage

/// Whether everybody has the same money: the ledger is sound, each answered turn was charged once at its price, and the tokens are those that the model billed. A fast turn that
/// loses money is no turn.
struct Audit {
    let isRight: Bool
    let words: String

    static func make(_ opened: Opened, _ meter: Meter, _ billed: ScriptedModel.Tally, asked: Int) async throws -> Audit {
        let (report, totals) = try await opened.store.read { snapshot in
            (try meter.verify(Opened.workspace, in: snapshot), try meter.totals(of: Opened.workspace, in: snapshot))
        }
        let owed = try Money(Company.price).times(totals.billedResponses)
        let faults = [
            report.isSound ? nil : "the ledger is not sound: \(report.findings.first?.what ?? "")",
            totals.charged == owed ? nil : "charged \(totals.charged) for \(totals.billedResponses) answers, owed \(owed)",
            totals.attempts == billed.answers ? nil : "the ledger knows \(totals.attempts) calls, the model \(billed.answers)",
            totals.tokens.first == billed.input && totals.tokens.dropFirst(3).first == billed.output
                ? nil : "tokens: the ledger has \(totals.tokens), the model \(billed.text)",
            // A draft that was judged too weak is handed over, which is no answered turn.
            totals.billedResponses * 100 >= asked * 99 ? nil : "only \(totals.billedResponses) of \(asked) turns were answered",
        ].compactMap(\.self)
        guard faults.isEmpty else { return Audit(isRight: false, words: faults.joined(separator: "; ")) }
        return Audit(
            isRight: true,
            words:
                "\(totals.billedResponses) of \(asked) turns answered and charged \(totals.charged) USD, \(report.journals) journals verified, tokens as the model billed them."
        )
    }
}
