import HTTPTypes
import Notation

/// What the chat says of itself: the key of a text in `Locales/*.json`. What is said in a conversation, and what a company writes into its settings, is in no wordbook.
enum Wording: String, CaseIterable, Sendable {
    case
        title, skip, conversation, assistant, you, withAssistant, closed, waiting, next, before, here, person, lookingUp, typing,
        lookForAnswer, lookForNew, message, send, talkToPerson, leave, leaveTitle, sources, quoted, offline, lost, sending, sent, failed,
        retry, close, open, unread, frameTitle, empty, tooLong, notKept, tooMany, gone, wrong, problem, request, back, who, leadTitle,
        name, email, optional, skipForm, readMore, rate, rated, score1, score2, score3, score4, score5, anythingElse, sendFile, file,
        sendTheFile, leadSend, usually, opens, emptyField, badName, badEmail, badCharacter, badFile, fileTooLarge, noFiles, chooseScore
}

/// The chat's own words in one language.
struct Wordbook: Sendable {
    /// A language tag (BCP 47): `de`.
    let code: String
    let direction: Direction
    private let texts: [Wording: Text]

    enum Direction: String, Sendable { case ltr, rtl }

    /// A text, cut at its placeholders; where it counts something, one for each form that the language has.
    private enum Text: Sendable {
        case one([Piece])
        case counted([String: [Piece]])

        var forms: [[Piece]] {
            switch self {
            case .one(let pieces): [pieces]
            case .counted(let forms): Array(forms.values)
            }
        }

        func mapped(_ change: (String) -> String) -> Text {
            func changed(_ pieces: [Piece]) -> [Piece] {
                pieces.map { if case .words(let words) = $0 { .words(change(words)) } else { $0 } }
            }
            switch self {
            case .one(let pieces): return .one(changed(pieces))
            case .counted(let forms): return .counted(forms.mapValues(changed))
            }
        }
    }

    private enum Piece: Hashable, Sendable {
        case words(String)
        case place(String)
    }

    // MARK: Saying it

    /// A text without markup: for attributes, and where only words fit.
    subscript(_ wording: Wording) -> String { text(wording) }

    func text(_ wording: Wording, _ values: [String: String] = [:], count: Int? = nil) -> String {
        pieces(wording, count).map { piece in
            switch piece {
            case .words(let words): words
            case .place(let name): values[name] ?? count.map(String.init) ?? ""
            }
        }.joined()
    }

    /// A text with markup in its places.
    func html(_ wording: Wording, _ values: [String: HTML]) -> HTML {
        .all(
            pieces(wording, nil).map { piece -> HTML in
                switch piece {
                case .words(let words): "\(words)"
                case .place(let name): values[name] ?? .nothing
                }
            })
    }

    private func pieces(_ wording: Wording, _ count: Int?) -> [Piece] {
        switch texts[wording] {
        case .one(let pieces): pieces
        case .counted(let forms): forms[Plural.form(of: count ?? 0, in: code)] ?? forms["other"] ?? []
        // `Wordbook.check` refuses to start with a text that is missing.
        case nil: []
        }
    }

    /// The names of a text's places, for the comparison of languages.
    func places(of wording: Wording) -> Set<String> {
        Set(texts[wording]?.forms.flatMap { $0 }.compactMap { if case .place(let name) = $0 { name } else { nil } } ?? [])
    }
}

// MARK: Which one

extension Wordbook {
    private static let read: (books: [String: Wordbook], fault: Fault?) = {
        var books: [String: Wordbook] = [:]
        let files = [
            ("en", PackageResources.en_json), ("de", PackageResources.de_json), ("es", PackageResources.es_json),
            ("ar", PackageResources.ar_json),
        ]
        do {
            for (code, bytes) in files { books[code] = try Wordbook(code, bytes) }
        } catch { return (books, Fault(description: "\(error)")) }
        if let english = books["en"] {
            books["en-XA"] = english.pseudo("en-XA", .ltr, Pseudo.accented)
            books["ar-XB"] = english.pseudo("ar-XB", .rtl, Pseudo.turned)
        }
        return (books, nil)
    }()

    static var all: [String: Wordbook] { read.books }
    static var english: Wordbook { all["en"] ?? Wordbook(code: "en", direction: .ltr, texts: [:]) }

    /// - Throws: what is wrong with a locale file; the service does not start with one.
    static func check() throws { if let fault = read.fault { throw fault } }

    /// The language that is asked for, the site's, the browser's (`Accept-Language`, RFC 9110 section 12.5.4), English: the first that is there.
    static func chosen(asked: String?, site: Site.Language, accepts: String?) -> Wordbook {
        if let asked, let book = all[asked] { return book }
        if site != .auto, let book = all[site.rawValue] { return book }
        var best: (book: Wordbook, weight: Double)?
        for range in (accepts ?? "").prefix(500).split(separator: ",") {
            let parts = range.split(separator: ";").map { $0.filter { !$0.isWhitespace } }
            let code = parts.first.map { String($0.split(separator: "-").first ?? "").lowercased() } ?? ""
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
            if let book = all[code], weight > best?.weight ?? 0 { best = (book, weight) }
        }
        return best?.book ?? english
    }

    static func chosen(for site: Site, _ call: Call) -> Wordbook {
        chosen(asked: call.query("lang"), site: site.language, accepts: call.headers[.acceptLanguage])
    }
}

// MARK: Reading a file

extension Wordbook {
    /// What is wrong with a locale file.
    struct Fault: Error, Hashable, CustomStringConvertible {
        let description: String
    }

    /// Strictly: exactly the keys of `Wording`, and nothing else.
    init(_ code: String, _ bytes: [UInt8]) throws {
        let file = try JSONReader.read(bytes)
        guard let direction = file["direction"]?.text.flatMap(Direction.init), let members = file["texts"]?.members else {
            throw Fault(description: "\(code).json: 'direction' and 'texts' are needed")
        }
        var texts: [Wording: Text] = [:]
        for member in members {
            guard let wording = Wording(rawValue: member.key), texts[wording] == nil else {
                throw Fault(description: "\(code).json: '\(member.key)' is not known, or is there twice")
            }
            if let text = member.value.text {
                texts[wording] = .one(Self.pieces(text))
            } else if let forms = member.value.members, Set(forms.map(\.key)) == Plural.forms(in: code) {
                texts[wording] = .counted(Dictionary(forms.map { ($0.key, Self.pieces($0.value.text ?? "")) }) { first, _ in first })
            } else {
                throw Fault(description: "\(code).json: '\(member.key)' needs a text, or the forms \(Plural.forms(in: code).sorted())")
            }
        }
        let missing = Wording.allCases.filter { texts[$0] == nil }
        guard missing.isEmpty else { throw Fault(description: "\(code).json lacks \(missing.map(\.rawValue))") }
        self.init(code: code, direction: direction, texts: texts)
    }

    /// `{name}` is a place.
    private static func pieces(_ text: String) -> [Piece] {
        var pieces: [Piece] = []
        for (number, part) in text.split(separator: "{", omittingEmptySubsequences: false).enumerated() {
            if number > 0, let end = part.firstIndex(of: "}") {
                pieces.append(.place(String(part[..<end])))
                pieces.append(.words(String(part[part.index(after: end)...])))
            } else {
                pieces.append(.words(String(part)))
            }
        }
        return pieces.filter { $0 != .words("") }
    }

    private func pseudo(_ code: String, _ direction: Direction, _ change: (String) -> String) -> Wordbook {
        Wordbook(code: code, direction: direction, texts: texts.mapValues { $0.mapped(change) })
    }
}

/// The forms a language has for numbers (https://cldr.unicode.org/index/cldr-spec/plural-rules, whole numbers).
enum Plural {
    static func forms(in code: String) -> Set<String> {
        code == "ar" ? ["zero", "one", "two", "few", "many", "other"] : ["one", "other"]
    }

    static func form(of count: Int, in code: String) -> String {
        guard code == "ar" else { return count == 1 ? "one" : "other" }
        switch (count, count % 100) {
        case (0, _): return "zero"
        case (1, _): return "one"
        case (2, _): return "two"
        case (_, 3...10): return "few"
        case (_, 11...99): return "many"
        default: return "other"
        }
    }
}

/// Languages that nobody speaks, made from English: what still reads as English on a page was written into the program, and what is cut off would be cut off in
/// a longer language.
private enum Pseudo {
    private static let accents = Dictionary(
        uniqueKeysWithValues: zip("abcdeghijklmnoprstuwyzABCDEGHIJKLNOPRSTUWYZ", "áƀçðéĝĥîĵķļɱñöþŕšţûŵýžÁƁÇÐÉĜĤÎĴĶĻÑÖÞŔŠŢÛŴÝŽ"))

    static func accented(_ text: String) -> String {
        guard text.contains(where: \.isLetter) else { return text }
        return "⟦" + String(text.map { accents[$0] ?? $0 }) + String(repeating: "·", count: text.count / 3) + "⟧"
    }

    /// Each word turned round by the marks of Unicode UAX #9, as right-to-left letters would be.
    static func turned(_ text: String) -> String {
        text.split(separator: " ", omittingEmptySubsequences: false).map { word in
            word.contains(where: \.isLetter) ? "\u{202E}\(word)\u{202C}" : String(word)
        }.joined(separator: " ")
    }
}
