import Foundation
import Testing

@testable import Escalation

/// The rules against public data (licences in the data's own README). Skipped with a line where the data is absent.
@Suite struct DataTests {
    private static let data = World.root.appending(path: "../shared/data")

    private func text(_ path: String) -> String? {
        // Absent data is normal outside the lab.
        guard let text = try? String(contentsOf: Self.data.appending(path: path), encoding: .utf8) else {
            print("skipped: ../shared/data/\(path) is not there")
            return nil
        }
        return text
    }

    /// The fields of a file with commas and double quotes, without its head.
    private func table(_ path: String) -> [[String]]? {
        guard let text = text(path) else { return nil }
        var rows: [[String]] = [[""]]
        var isQuoted = false
        for character in text {
            switch character {
            case "\"": isQuoted.toggle()
            case "," where !isQuoted: rows[rows.count - 1].append("")
            case _ where character.isNewline && !isQuoted: rows.append([""])
            default: rows[rows.count - 1][rows[rows.count - 1].count - 1].append(character)
            }
        }
        return rows.dropFirst().filter { $0.count > 1 }
    }

    private struct Tally {
        var right = 0
        var wrong = 0
        var missed = 0
        var quiet = 0
        var precision: Double { right + wrong == 0 ? 1 : Double(right) / Double(right + wrong) }
        var recall: Double { Double(right) / Double(max(1, right + missed)) }
        var firesElsewhere: Double { Double(wrong) / Double(max(1, wrong + quiet)) }
    }

    private func tally(_ rows: [(text: String, isGold: Bool)], name: String) throws -> Tally {
        let judge = try World.judge()
        var tally = Tally()
        for row in rows {
            let fired = judge.before(World.ines(row.text)).firedIDs.contains { $0.hasPrefix("asks-for-person") }
            switch (fired, row.isGold) {
            case (true, true): tally.right += 1
            case (true, false): tally.wrong += 1
            case (false, true): tally.missed += 1
            case (false, false): tally.quiet += 1
            }
        }
        print(
            "\(name): precision \(Figures.two(tally.precision)), recall \(Figures.two(tally.recall)), elsewhere \(tally.wrong) of \(tally.wrong + tally.quiet)"
        )
        return tally
    }

    @Test func `requests for a person in Bitext are found and nothing else is`() throws {
        guard let rows = table("bitext/train.csv") else { return }
        let tally = try tally(rows.map { ($0[0], $0[1] == "contact_human_agent") }, name: "bitext")
        #expect(tally.precision >= 0.99)
        #expect(tally.recall >= 0.97)
    }

    @Test(arguments: [("banking", 0.97, 0.90), ("hotels", 0.90, 0.70)])
    func `requests for a person in NLU++ are found`(domain: String, precision: Double, recall: Double) throws {
        struct Row: Decodable {
            let text: String
            let intents: [String]?
        }
        guard let lines = text("nlupp/\(domain).jsonl")?.split(whereSeparator: \.isNewline) else { return }
        let rows = try lines.map { try JSONDecoder().decode(Row.self, from: Data($0.utf8)) }
        let tally = try tally(rows.map { ($0.text, $0.intents?.contains("handoff") ?? false) }, name: "nlupp \(domain)")
        #expect(tally.precision >= precision)
        #expect(tally.recall >= recall)
    }

    @Test func `bank customers who ask for nobody get nobody`() throws {
        guard let bank = table("banking77/train.csv"), let clinc = table("clinc150/train.csv") else { return }
        // Every third one, to keep the tests quick.
        let sample = (bank + clinc).enumerated().filter { $0.offset.isMultiple(of: 3) }.map { (text: $0.element[0], isGold: false) }
        let tally = try tally(sample, name: "banking77 and clinc150, every third")
        #expect(tally.firesElsewhere <= 0.002)
    }

    @Test func `most real handovers of a live shop are found by all rules together`() throws {
        guard let test = table("hint3/curekart_test.csv"), let train = table("hint3/curekart_train.csv") else { return }
        let judge = try World.judge()
        var found = 0
        var all = 0
        var elsewhere = 0
        for row in test + train {
            let fires = judge.before(World.ines(row[0])).verdict > .answer
            let isGold = row[1].contains("AGENT")
            all += isGold ? 1 : 0
            found += fires && isGold ? 1 : 0
            elsewhere += fires && !isGold ? 1 : 0
        }
        print("hint3: \(found) of \(all) found, \(elsewhere) of \(test.count + train.count - all) elsewhere")
        #expect(found * 100 >= all * 60)
        #expect(elsewhere * 100 <= (test.count + train.count - all) * 3)
    }

    @Test func `fraud reports in banking77 are told from other questions`() throws {
        guard let rows = table("banking77/train.csv") else { return }
        let family: Set<String> = [
            "compromised_card", "lost_or_stolen_card", "lost_or_stolen_phone", "card_payment_not_recognised",
            "cash_withdrawal_not_recognised",
            "direct_debit_payment_not_recognised",
        ]
        let judge = try World.judge()
        var tally = Tally()
        for row in rows {
            let fired = !Set(judge.before(World.ines(row[0])).signals.topics).isDisjoint(with: ["fraud", "account_takeover"])
            switch (fired, family.contains(row[1])) {
            case (true, true): tally.right += 1
            case (true, false): tally.wrong += 1
            case (false, true): tally.missed += 1
            case (false, false): tally.quiet += 1
            }
        }
        print("banking77 fraud family: precision \(Figures.two(tally.precision)), recall \(Figures.two(tally.recall))")
        #expect(tally.precision >= 0.85)
        #expect(tally.recall >= 0.60)
    }

    @Test func `harmless texts full of suspicious words are not suspected`() throws {
        struct Row: Decodable { let prompt: String }
        guard let text = text("injection/NotInject_one.json") else { return }
        let rows = try JSONDecoder().decode([Row].self, from: Data(text.utf8))
        #expect(rows.count { Injection.suspected(in: $0.prompt) != nil } * 100 <= rows.count)
    }

    @Test func `grounding tells attributable answers from others as people do`() throws {
        guard let text = text("begin/begin_dev_tc.tsv") else { return }
        var attributable: [Double] = []
        var other: [Double] = []
        for line in text.split(whereSeparator: \.isNewline).dropFirst() {
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
            guard fields.count >= 6 else { continue }
            let source = SourceText(.init(id: "", title: "", text: String(fields[2])))
            let score = Grounding.coverage(of: Words.split(String(fields[4])).map(\.text), in: [source])
            if fields[5].hasPrefix("Fully") { attributable.append(score) } else { other.append(score) }
        }
        var wins = 0.0
        for score in attributable { wins += other.reduce(0) { $0 + ($1 < score ? 1 : $1 == score ? 0.5 : 0) } }
        let auroc = wins / Double(attributable.count * other.count)
        print("begin: AUROC \(Figures.two(auroc))")
        #expect(auroc >= 0.92)
    }
}
