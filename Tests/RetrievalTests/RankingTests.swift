import Foundation
import Retrieval
import Testing

/// The whole way from file to passages, measured on public collections: nDCG@10, and the same with one typo in each question.
@Suite struct RankingTests {
    @Test(arguments: [("wasabifaq", 0.57), ("stackfaq", 0.77), ("cranfield", 0.38), ("cacm", 0.49)])
    func `public collections are ranked as well as promised`(name: String, least: Double) async throws {
        guard let folder = PublicData.folder(name) else { return }
        let judged = try Judged(folder: folder)
        try await Quayside.run { world in
            let report = try await world.library.ingest(DocumentSource(paths: [folder + "/docs.jsonl"]), into: world.help)
            #expect(report.lines.allSatisfy { $0.outcome == .added || $0.note == "it is empty" })
            let clean = try await mean(judged, world) { $0 }
            var random = Dice(state: 3)
            let misspelt = try await mean(judged, world) { misspell($0, &random) }
            print("\(name): nDCG@10 \(rounded(clean)), with one typo \(rounded(misspelt)), ratio \(rounded(misspelt / clean))")
            #expect(clean >= least)
            #expect(misspelt >= 0.95 * clean)
        }
    }

    @Test(arguments: ["wasabi", "electrum", "plausible"])
    func `whole documentation trees go in without a refusal`(name: String) async throws {
        guard let folder = PublicData.folder("trees/" + name) else { return }
        try await Quayside.run { world in
            let report = try await world.library.ingest(DocumentSource(paths: [folder]), into: world.help)
            #expect(report.refused == 0, "\(report.lines.filter { $0.outcome == .refused })")
            #expect(report.added > 30)
            #expect(report.chunksWritten > 2 * report.added)
            #expect(try await world.library.ingest(DocumentSource(paths: [folder]), into: world.help).unchanged == report.added)
        }
    }

    private func mean(_ judged: Judged, _ world: Quayside, _ change: (String) -> String) async throws -> Double {
        var gains: [Double] = []
        for (id, text) in judged.questions {
            guard judged.relevant[id] != nil else { continue }
            let found = try await world.search(change(text), limit: 10).passages.map(\.documentID)
            if let gain = judged.gain(of: id, found: found) { gains.append(gain) }
        }
        return gains.reduce(0, +) / Double(max(1, gains.count))
    }

    /// One edit in one word of at least five letters, never in its first letter.
    private func misspell(_ text: String, _ random: inout Dice) -> String {
        var words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        let analyzer = Analyzer()
        let long = words.indices.filter { place in
            words[place].count >= 5 && words[place].allSatisfy { $0.isASCII && $0.isLetter }
                && !analyzer.isDamped(stem: analyzer.stem(words[place].lowercased()))
        }
        guard !long.isEmpty else { return text }
        let place = long[random.roll(long.count)]
        var letters = Array(words[place])
        let letter = 1 + random.roll(letters.count - 1)
        switch random.roll(4) {
        case 0: letters.remove(at: letter)
        case 1: letters.insert(letters[letter], at: letter)
        case 2: letters.swapAt(letter, letter + 1 < letters.count ? letter + 1 : max(1, letter - 1))
        default: letters[letter] = "x"
        }
        words[place] = String(letters)
        return words.joined(separator: " ")
    }

    private func rounded(_ value: Double) -> String { String(format: "%.4f", value) }
}
