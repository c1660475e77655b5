/// Figures, dates and e-mail addresses of an answer that stand in none of its sources. On BEGIN, 88 % of the answers with such a figure were
/// not attributable to their source.
enum ForeignFigures {
    /// As written, in the order they stand, at most 50.
    static func all(in answer: String, notIn sources: [String]) -> [String] {
        var known: Set<Int64> = []
        var addresses: Set<String> = []
        for source in sources {
            for figure in figures(in: source) { known.formUnion(figure.values) }
            for word in Words.split(source) { if let value = names[word.text] { known.insert(value * 1_000_000) } }
            addresses.formUnion(Self.addresses(in: source).map { $0.lowercased() })
        }
        var foreign = figures(in: withoutMarks(answer)).filter { figure in
            guard let whole = figure.values.first else { return false }
            return !known.contains(whole) && !(figure.values.count > 1 && figure.values.dropFirst().allSatisfy(known.contains))
        }.map(\.text)
        foreign += Self.addresses(in: answer).filter { !addresses.contains($0.lowercased()) }
        return Array(foreign.prefix(50))
    }

    private struct Figure {
        let text: String
        /// In millionths: as one number, then (of a date or version such as 12.03.2026) each run of digits alone.
        let values: [Int64]
    }

    private static func figures(in text: String) -> [Figure] {
        let bytes = Array(text.utf8.prefix(131_072))
        var figures: [Figure] = []
        var index = 0
        while index < bytes.count, figures.count < 5_000 {
            guard isDigit(bytes[index]) else {
                index += 1
                continue
            }
            figures.append(figure(in: bytes, at: &index))
        }
        return figures
    }

    private static func figure(in bytes: [UInt8], at index: inout Int) -> Figure {
        let start = index
        var number = Number()
        var runs: [Int64] = []
        var run = Number()
        while index < bytes.count {
            if isDigit(bytes[index]) {
                number.add(digit: bytes[index])
                run.add(digit: bytes[index])
                index += 1
            } else if ".,'".utf8.contains(bytes[index]), index + 1 < bytes.count, isDigit(bytes[index + 1]) {
                number.add(separator: bytes[index])
                runs.append(run.micros(times: 1))
                run = Number()
                index += 1
            } else {
                break
            }
        }
        runs.append(run.micros(times: 1))
        let text = String(decoding: bytes[start..<index], as: UTF8.self)
        return Figure(text: text, values: [number.micros(times: 1)] + (isDate(text) ? runs : []))
    }

    /// Three or more runs between equal separators that are not groups of three: `12.03.2026`, `3.2.1`, but not `1.250.000`.
    private static func isDate(_ text: String) -> Bool {
        let separators = Set(text.filter { !$0.isNumber })
        let runs = text.split(whereSeparator: { !$0.isNumber })
        return runs.count >= 3 && separators.count == 1 && runs.dropFirst().contains { $0.count != 3 }
    }

    /// Takes away what only numbers the answer itself: `1.` or `2)` at the beginning of a line, and `[3]`.
    private static func withoutMarks(_ answer: String) -> String {
        answer.split(whereSeparator: \.isNewline).map { line in
            let trimmed = line.drop { $0.isWhitespace || $0 == "-" || $0 == "*" || $0 == "#" }
            let digits = trimmed.prefix(3).prefix(while: \.isNumber)
            let rest = trimmed.dropFirst(digits.count)
            let isMark = !digits.isEmpty && (rest.hasPrefix(". ") || rest.hasPrefix(") "))
            return withoutReferences(isMark ? rest : Substring(line))
        }.joined(separator: "\n")
    }

    private static func withoutReferences(_ line: Substring) -> String {
        var kept = ""
        var inside: String?
        for character in line {
            if character == "[" {
                kept += inside ?? ""
                inside = "["
            } else if let open = inside, character == "]" {
                if !open.dropFirst().allSatisfy({ $0.isNumber || $0 == "," || $0 == " " }) { kept += open + "]" }
                inside = nil
            } else if inside != nil {
                inside?.append(character)
            } else {
                kept.append(character)
            }
        }
        return kept + (inside ?? "")
    }

    private static func addresses(in text: String) -> [String] {
        guard text.utf8.contains(UInt8(ascii: "@")) else { return [] }
        return text.utf8.prefix(131_072).split(whereSeparator: { $0 <= 0x20 || "<>()[],;:\"'".utf8.contains($0) }).filter {
            $0.contains(UInt8(ascii: "@"))
        }
        .prefix(200).compactMap { piece in
            let word = String(decoding: piece.prefix(256), as: UTF8.self)
            return Capturing.email(word.hasSuffix(".") ? String(word.dropLast()) : word)?.value
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    /// Sources write small numbers and months as words.
    private static let names: [String: Int64] = {
        let groups: [(Int64, String)] = [
            (0, "zero"), (1, "one first once january jan ein eine"), (2, "two second twice february feb zwei"),
            (3, "three third march mar drei"),
            (4, "four fourth april apr vier"), (5, "five fifth may funf"), (6, "six sixth june jun sechs"),
            (7, "seven seventh july jul sieben"),
            (8, "eight eighth august aug acht"), (9, "nine ninth september sep sept neun"), (10, "ten october oct zehn"),
            (11, "eleven november nov elf"),
            (12, "twelve december dec zwolf"), (14, "fourteen"), (15, "fifteen"), (20, "twenty"), (24, "twentyfour"), (30, "thirty"),
            (50, "fifty"),
            (60, "sixty"), (90, "ninety"), (100, "hundred"), (1_000, "thousand"),
        ]
        var table: [String: Int64] = [:]
        for (value, words) in groups {
            for word in words.split(separator: " ") { table[String(word)] = value }
        }
        return table
    }()
}
