/// Which chunks a question found, and how strongly. Two questions that find the same chunks are the same question in other words: the
/// cosine of their vectors tells reformulation with AUROC .950 (banking77), .961 (CLINC), .995 (Bitext); character trigrams reach
/// .876/.880/.854.
package struct ScoreVector: Hashable, Sendable, Codable {
    /// The stored rows of the chunks, ascending; they keep their meaning when the index changes.
    let chunks: [Int64]
    /// Their scores, in the same order.
    let scores: [Float]

    /// The vector of a question that found nothing.
    package static let empty = ScoreVector([:])

    /// For those who make vectors by hand: tests and replays.
    /// - Parameter scores: by any numbers that stand for chunks.
    package init(_ scores: [Int64: Float]) { self.init(scores.map { (chunk: $0.key, score: $0.value) }) }

    /// - Parameter hits: chunk rows and scores, any order, no row twice.
    init(_ hits: [(chunk: Int64, score: Float)]) {
        let sorted = hits.sorted { $0.chunk < $1.chunk }
        chunks = sorted.map(\.chunk)
        scores = sorted.map(\.score)
    }

    /// How alike two questions are to the documents' eyes: 1 the same, 0 nothing in common or nothing found. 0...1.
    /// Both must be from the same collection.
    package func cosine(_ other: ScoreVector) -> Double {
        var product = 0.0
        var (left, right) = (0, 0)
        while left < min(chunks.count, scores.count), right < min(other.chunks.count, other.scores.count) {
            if chunks[left] == other.chunks[right] {
                product += Double(scores[left]) * Double(other.scores[right])
                left += 1
                right += 1
            } else if chunks[left] < other.chunks[right] {
                left += 1
            } else {
                right += 1
            }
        }
        let lengths = (squareSum * other.squareSum).squareRoot()
        return lengths > 0 ? min(1, product / lengths) : 0
    }

    private var squareSum: Double { scores.reduce(0) { $0 + Double($1) * Double($1) } }
}
