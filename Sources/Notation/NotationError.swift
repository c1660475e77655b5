import Yams

/// A fault in a file that people edit: where, what, and what to do.
package struct NotationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file as the reader knows it.
    package let file: String
    /// 1-based.
    package let line: Int
    /// What is wrong, ending in the remedy.
    package let what: String

    /// - Parameters:
    ///   - line: 1-based.
    ///   - what: what is wrong, ending in the remedy.
    package init(file: String, line: Int, _ what: String) {
        self.file = file
        self.line = line
        self.what = what
    }

    init(file: String, yaml error: YamlError) {
        self.file = file
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _), .composer(_, let problem, let mark, _):
            line = mark.line
            what = "not readable as YAML: \(problem). Check indentation, colons and quotes near this line"
        case .duplicatedKeysInMapping(let duplicates, let context):
            line = context.mark.line
            what = "keys stand here twice: \(duplicates.sorted().joined(separator: ", ")); keep one of each"
        default:
            line = 1
            what = "not readable as YAML. Check that the file is UTF-8 text"
        }
    }

    /// As people and logs read it.
    package var description: String { "\(file):\(line): \(what)" }
}

/// What was probably meant by a misspelt word.
package enum Suggestion {
    /// Bytes of a word that are looked at; the distance is computed in a square of this side.
    private static let longest = 64

    /// The nearest of `words`, if it is near enough to be what was meant (at most a third of the letters differ).
    package static func nearest(to word: String, among words: [String]) -> String? {
        let scored = words.map {
            (word: $0, distance: distance(Array(word.lowercased().utf8.prefix(longest)), Array($0.lowercased().utf8.prefix(longest))))
        }
        guard let best = scored.min(by: { ($0.distance, $0.word) < ($1.distance, $1.word) }) else { return nil }
        return best.distance <= max(1, min(word.utf8.count, longest) / 3) ? best.word : nil
    }

    /// Edits (insert, delete, replace, swap of neighbours) between two words: the restricted Damerau-Levenshtein distance.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var before: [Int] = []
        var above = Array(0...right.count)
        for (row, byte) in left.enumerated() {
            var current = [row + 1]
            for (column, other) in right.enumerated() {
                var best = min(above[column + 1] + 1, current[column] + 1, above[column] + (byte == other ? 0 : 1))
                if row > 0, column > 0, byte == right[column - 1], left[row - 1] == other { best = min(best, before[column - 1] + 1) }
                current.append(best)
            }
            (before, above) = (above, current)
        }
        return above[right.count]
    }
}
