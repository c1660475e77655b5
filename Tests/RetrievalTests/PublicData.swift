import Foundation

/// Public collections beside the project, for those who have them.
enum PublicData {
    /// The folder `../shared/data` from the package's root; nil, with a message, where it is absent.
    static func folder(_ name: String) -> String? {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        // A checkout may also be a worktree one floor deeper.
        for base in [root.deletingLastPathComponent(), root.deletingLastPathComponent().deletingLastPathComponent()] {
            let path = base.appendingPathComponent("shared/data/" + name).path
            if FileManager.default.fileExists(atPath: path) { return path }
        }
        print("Skipped: no public data '\(name)' in ../shared/data.")
        return nil
    }
}

/// A labelled collection: questions and which documents answer them.
struct Judged {
    let questions: [(id: String, text: String)]
    /// Question -> document -> gain above 0.
    let relevant: [String: [String: Double]]

    init(folder: String) throws {
        struct Line: Decodable {
            let id: String
            let text: String
        }
        let lines = try Data(contentsOf: URL(fileURLWithPath: folder + "/queries.jsonl")).split(separator: 10)
        questions = try lines.map { try JSONDecoder().decode(Line.self, from: $0) }.map { ($0.id, $0.text) }
        var relevant: [String: [String: Double]] = [:]
        for line in try String(contentsOfFile: folder + "/qrels.tsv", encoding: .utf8).split(separator: "\n") {
            let fields = line.split { $0 == "\t" || $0 == " " }.map(String.init)
            guard fields.count == 4, let gain = Double(fields[3]), gain > 0 else { continue }
            relevant[fields[0], default: [:]][fields[2]] = gain
        }
        self.relevant = relevant
    }

    /// nDCG@10 with linear gains, chunks folded to documents, as trec_eval computes it; questions without answers do not count.
    func gain(of question: String, found passages: [String]) -> Double? {
        guard let relevant = relevant[question] else { return nil }
        var seen: Set<String> = []
        let documents = passages.filter { seen.insert($0).inserted }
        func discounted(_ gains: some Sequence<Double>) -> Double {
            gains.enumerated().reduce(0) { $0 + $1.element / log2(Double($1.offset) + 2) }
        }
        return discounted(documents.prefix(10).map { relevant[$0] ?? 0 }) / discounted(relevant.values.sorted(by: >).prefix(10))
    }
}
