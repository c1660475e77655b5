import Foundation
import Support

/// A public collection with questions and which documents answer them, where the data lies beside the project.
struct Judged {
    static let names = ["wasabifaq", "stackfaq", "cranfield", "cacm"]

    struct Document: Decodable {
        let id: String
        let title: String?
        let text: String
    }

    private struct Question: Decodable {
        let id: String
        let text: String
    }

    /// The path of the documents, a JSONL file.
    let path: String
    let documents: [Document]
    let questions: [(id: String, text: String)]
    private let relevant: [String: [String: Double]]

    /// - Returns: nil where the data is absent.
    init?(_ name: String) throws {
        guard let folder = SharedData.folder(name) else { return nil }
        path = folder + "/docs.jsonl"
        documents = try Self.lines(path).map { try JSONDecoder().decode(Document.self, from: $0) }
        var relevant: [String: [String: Double]] = [:]
        for line in try String(contentsOfFile: folder + "/qrels.tsv", encoding: .utf8).split(separator: "\n") {
            let fields = line.split { $0 == "\t" || $0 == " " }.map(String.init)
            guard fields.count == 4, let gain = Double(fields[3]), gain > 0 else { continue }
            relevant[fields[0], default: [:]][fields[2]] = gain
        }
        self.relevant = relevant
        questions = try Self.lines(folder + "/queries.jsonl").map { try JSONDecoder().decode(Question.self, from: $0) }.map {
            ($0.id, $0.text)
        }
        .filter { relevant[$0.0] != nil }
    }

    private static func lines(_ path: String) throws -> [Data] {
        try Data(contentsOf: URL(fileURLWithPath: path)).split(separator: 10).map { Data($0) }
    }

    /// nDCG@10 with linear gains, chunks folded to documents, as trec_eval computes it.
    func gain(of question: String, found: [String]) -> Double {
        guard let relevant = relevant[question] else { return 0 }
        var seen: Set<String> = []
        let documents = found.filter { seen.insert($0).inserted }
        func discounted(_ gains: some Sequence<Double>) -> Double {
            gains.enumerated().reduce(0) { $0 + $1.element / log2(Double($1.offset) + 2) }
        }
        return discounted(documents.prefix(10).map { relevant[$0] ?? 0 }) / discounted(relevant.values.sorted(by: >).prefix(10))
    }
}

/// Public data beside the project, for those who have it.
enum SharedData {
    /// A folder of it; nil where it is absent.
    static func folder(_ name: String) -> String? {
        let path = Project.path("../shared/data/" + name)
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }
}
