/// Warnings about the wording itself: things that are legal and have misled models.
enum WordingCheck {
    static func faults(in file: PromptFile) -> [PromptFault] {
        file.parts.flatMap { part in
            lines(of: part, isPartial: file.isPartial).flatMap { line, text in
                var found: [PromptFault] = []
                let place = Place(file: file.file, line: line)
                if givesConfidence(text) {
                    found.append(
                        PromptFault(
                            .warning, place, "a number as an example of confidence: models copy it. Describe the scale instead (0 to 20)"))
                }
                if let entity = ["&quot;", "&lt;", "&gt;", "&amp;", "&#39;"].first(where: text.contains) {
                    found.append(
                        PromptFault(
                            .warning, place, "the HTML entity '\(entity)' reaches the model as it stands; write the character itself"))
                }
                return found
            }
        }
    }

    /// Confidence asked for before the answer is a guess about nothing, and the answer then follows the number.
    static func order(in file: PromptFile, words: String) -> PromptFault? {
        guard let answer = words.firstRange(of: "\"answer\""), let confidence = words.firstRange(of: "\"confidence\""),
            confidence.lowerBound < answer.lowerBound
        else { return nil }
        return PromptFault(.warning, file.bodyPlace, "\"confidence\" is asked for before \"answer\"; ask for it last")
    }

    private static func lines(of part: BodyPart, isPartial: Bool) -> [(Int, Substring)] {
        let first = isPartial ? part.place.line : part.place.line + 1
        return part.text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().map { (first + $0.offset, $0.element) }
    }

    /// `"confidence": 17`, `confidence = 0.9`; not a range such as `confidence: 0-20` or `0 to 20`.
    private static func givesConfidence(_ line: Substring) -> Bool {
        let lower = line.lowercased()
        var rest = lower[...]
        while let found = rest.firstRange(of: "confidence") {
            rest = rest[found.upperBound...]
            let after = rest.drop { "\"'` ".contains($0) }
            guard let sign = after.first, sign == ":" || sign == "=" else { continue }
            let value = after.dropFirst().drop { "\"'` ".contains($0) }
            let number = value.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            guard !number.isEmpty else { continue }
            let next = value.dropFirst(number.count).drop { $0 == " " }
            let isRange = number.contains("..") || ["-", "\u{2013}", "to ", "or ", "|", "\u{2026}"].contains { next.hasPrefix($0) }
            if !isRange { return true }
        }
        return false
    }
}
