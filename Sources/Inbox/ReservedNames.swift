import Foundation

/// Names that a customer cannot take, because others would believe them: "Support", the company's, the assistant's, the teammates'. What a page writes beside
/// a message as its author's part comes from the server; this keeps the name itself from lying.
///
/// A name is refused if it consists of such words and nothing else: "Quayside Support" is, "Mara Oliveira" is not. Words are compared without case, accents and
/// invisible characters, and with letters of other scripts that look like Latin ones as those (Unicode TR 39 calls the idea a skeleton).
package struct ReservedNames: Sendable {
    private let strong: Set<[Unicode.Scalar]>
    private let all: Set<[Unicode.Scalar]>
    private let longest: Int

    /// Names of an office, in the languages of the widget.
    private static let offices = [
        "support", "assistant", "chatbot", "bot", "admin", "administrator", "moderator", "helpdesk", "system", "operator", "soporte",
        "asistente",
        "kundendienst", "kundenservice", "assistent", "الدعم", "المساعد",
    ]
    /// Words that make such a name longer, and are harmless alone.
    private static let fillers = [
        "ai", "the", "our", "your", "official", "team", "desk", "service", "services", "customer", "care", "help", "staff", "technical",
        "virtual",
        "agent", "equipo", "servicio", "cliente", "atencion", "al", "de", "kunden",
    ]

    /// - Parameter names: of the company, its assistants, teams and teammates.
    package init(_ names: [String]) {
        let words = names.map(Self.skeleton).filter { $0.count > 1 }
        strong = Set(words + Self.offices.map(Self.skeleton))
        all = strong.union(Self.fillers.map(Self.skeleton))
        longest = all.map(\.count).max() ?? 0
    }

    /// - Throws: `InboxError.forbiddenCharacter`, `.reservedName`.
    package func check(_ name: String) throws {
        try Texts.checkLine(name, field: "name")
        guard !isReserved(name) else { throw InboxError.reservedName }
    }

    /// Whether a name is made of reserved words and nothing else, at least one of them more than a filler.
    package func isReserved(_ name: String) -> Bool {
        let letters = Self.skeleton(name)
        // Two ways to stand at a place of the name: with fillers only, and with a reserved word behind.
        var plain = [true] + Array(repeating: false, count: letters.count)
        var bad = Array(repeating: false, count: letters.count + 1)
        guard letters.count <= Self.longestName else { return false }
        for end in letters.indices.map({ $0 + 1 }) {
            for start in max(0, end - longest)..<end where plain[start] || bad[start] {
                let word = Array(letters[start..<end])
                guard all.contains(word) else { continue }
                if bad[start] || strong.contains(word) { bad[end] = true }
                if plain[start], !strong.contains(word) { plain[end] = true }
            }
        }
        return bad[letters.count]
    }

    /// Letters of a name that are compared; longer ones deceive nobody.
    private static let longestName = 200

    /// The letters and digits of a text as they look.
    private static func skeleton(_ text: String) -> [Unicode.Scalar] {
        guard text.utf8.count <= 4 * 1000 else { return [] }
        let plain = text.precomposedStringWithCompatibilityMapping.lowercased().decomposedStringWithCompatibilityMapping
        return plain.unicodeScalars.compactMap { scalar in
            let looks = lookalikes[scalar] ?? scalar
            guard looks.properties.isAlphabetic || looks.properties.numericType != nil, !looks.properties.isDefaultIgnorableCodePoint,
                looks.properties.generalCategory != .nonspacingMark
            else { return nil }
            return looks
        }
    }

    /// Letters that look like Latin ones: of Cyrillic, Greek and Armenian, and digits; `i`, `l` and `1` as one.
    private static let lookalikes: [Unicode.Scalar: Unicode.Scalar] = {
        let pairs: [(String, Unicode.Scalar)] = [
            ("аαɑ", "a"), ("вβ", "b"), ("сϲ", "c"), ("ԁ", "d"), ("еєε", "e"), ("һ", "h"), ("іιı1|ӏl", "i"), ("јϳ", "j"), ("кκ", "k"),
            ("мμ", "m"), ("нпηո", "n"), ("оοσօ0", "o"), ("рρ", "p"), ("ԛ", "q"), ("гг", "r"), ("ѕ5$", "s"), ("тτ", "t"), ("υսц", "u"),
            ("ѵν", "v"), ("ԝω", "w"), ("хχ", "x"), ("уγү", "y"), ("ᴢ", "z"), ("3", "e"), ("4@", "a"), ("7", "t"),
        ]
        var table: [Unicode.Scalar: Unicode.Scalar] = [:]
        for (scalars, letter) in pairs { for scalar in scalars.unicodeScalars { table[scalar] = letter } }
        return table
    }()
}
