/// How a customer sounds, from words alone: -1 (angry) ... 1 (pleased).
///
/// A weak signal, used as one of several: general word lists see anger in every neutral question about a stolen card (VADER at -0.5 found 1 of
/// 52 real handovers in HINT3), so this list is short and leaves out the words that name a subject ("fraud", "declined", "stolen"). The sum is
/// squashed like VADER's (Hutto and Gilbert 2014): s / sqrt(s² + 15), with weights of about one to four.
enum Sentiment {
    static func score(_ text: String) -> Double { score(Words.split(text), text: text) }

    static func score(_ words: [Word], text: String) -> Double {
        var sum = 0.0
        for (index, word) in words.prefix(mostWords).enumerated() {
            guard var weight = weights[word.text] else { continue }
            let before = words[max(0, index - 3)..<index]
            if before.contains(where: { negations.contains($0.text) }) { weight *= -0.7 }
            if let last = before.last, strengtheners.contains(last.text) { weight *= 1.3 }
            sum += weight
        }
        if sum < 0, text.utf8.prefix(4_096).count(where: { $0 == UInt8(ascii: "!") }) >= 2 { sum *= 1.2 }
        return sum / (sum * sum + 15).squareRoot()
    }

    /// Words of one text that sentiment is read from.
    private static let mostWords = 2_000
    private static let negations: Set<String> = [
        "not", "no", "never", "dont", "doesnt", "isnt", "wasnt", "didnt", "cant", "cannot", "wont", "hardly",
    ]
    private static let strengtheners: Set<String> = [
        "very", "so", "really", "absolutely", "totally", "completely", "extremely", "utterly", "bloody",
    ]

    private static let weights: [String: Double] = {
        let groups: [(Double, String)] = [
            (
                -4,
                "useless pathetic garbage rubbish crap shit bullshit fuck fucking fucked idiot idiots stupid moron morons scam scammers scammer thieves "
                    + "thieve crooks disgusting disgrace disgraceful shameful liars liar hate worst"
            ),
            (
                -3,
                "terrible horrible awful ridiculous unacceptable outrageous furious angry incompetent appalling dreadful nightmare sucks hopeless "
                    + "unbelievable damn damned goddamn hell livid fuming lying"
            ),
            (
                -2,
                "frustrated frustrating annoyed annoying disappointed disappointing upset fed sick poor waste wasting unhappy bad nonsense fail failed "
                    + "tired rude unprofessional complaint complain"
            ),
            (-1, "slow confused confusing wrong again still problem worse unhelpful unclear"),
            (1, "ok okay fine clear nice kind good helps helped helpful"),
            (2, "thanks thank great happy glad pleased appreciate appreciated perfect cheers wonderful"),
            (3, "excellent amazing awesome fantastic brilliant love loved best"),
        ]
        var table: [String: Double] = [:]
        for (weight, words) in groups {
            for word in words.split(separator: " ") { table[String(word)] = weight }
        }
        return table
    }()
}

/// Which language a text is written in, by its script and its commonest words. Nil where it cannot be told.
enum Language {
    /// - Returns: an ISO 639-1 code.
    static func guess(_ words: [Word]) -> String? {
        let words = words.prefix(400)
        if let script = script(of: words) { return script }
        var counts: [String: Int] = [:]
        for word in words {
            for language in languagesOfWord[word.text] ?? [] { counts[language, default: 0] += 1 }
        }
        let ranked = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        guard let first = ranked.first, first.value >= 2, first.value > (ranked.dropFirst().first?.value ?? 0) else { return nil }
        return first.key
    }

    private static func script(of words: ArraySlice<Word>) -> String? {
        var counts: [String: Int] = [:]
        var all = 0
        for word in words where all < 2_000 {
            for scalar in word.text.unicodeScalars {
                all += 1
                if scalar.value > 0x7F, let language = language(of: scalar.value) { counts[language, default: 0] += 1 }
            }
        }
        // Japanese mixes its own letters with Chinese ones.
        if let kana = counts["ja"] { counts["ja"] = kana + (counts.removeValue(forKey: "zh") ?? 0) }
        if counts["uk"] != nil, let russian = counts.removeValue(forKey: "ru") { counts["uk", default: 0] += russian }
        guard let best = counts.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }), best.value * 2 > all else { return nil }
        return best.key
    }

    private static func language(of scalar: UInt32) -> String? {
        switch scalar {
        case 0x454, 0x456, 0x457, 0x491: "uk"
        case 0x400...0x4FF: "ru"
        case 0x370...0x3FF: "el"
        case 0x590...0x5FF: "he"
        case 0x600...0x6FF: "ar"
        case 0x900...0x97F: "hi"
        case 0xE00...0xE7F: "th"
        case 0x3040...0x30FF: "ja"
        case 0xAC00...0xD7AF: "ko"
        case 0x4E00...0x9FFF: "zh"
        default: nil
        }
    }

    private static let languagesOfWord: [String: [String]] = {
        let lists = [
            "en":
                "the is are was i you my to and of have has can do does it in for with this that what how when please would want need your there be will am if get been from but why on at not me",
            "de":
                "der die das ist ich nicht und ein eine mein meine zu mit wie kann habe bitte sie wir auf fur wo was warum noch wurde mochte",
            "fr": "le la les est je ne pas et un une mon ma mes vous pour avec comment puis ai suis que qui dans sur votre veux bonjour",
            "es": "el la los las es yo y una mi mis por para con como puedo tengo que en su quiero hola donde cuando necesito esta",
            "it": "il lo gli e una mio mia per con come posso ho che di sono vorrei ciao perche dove quando voglio della non",
            "pt": "os e nao um uma meu minha por para com como posso tenho que em quero ola voce onde quando preciso estou",
            "nl": "de het een ik niet en mijn met hoe kan heb van voor wat waar waarom graag wil jullie naar nog",
            "pl": "jest nie na sie moj moje jak moge mam ze gdzie kiedy dlaczego prosze chce czy dla jestem",
            "sv": "det ar jag inte och ett min mitt hur kan har av vad var varfor vill att pa",
            "da": "det er jeg ikke og et min mit hvordan kan har af hvad hvor hvorfor vil du pa",
            "tr": "bir ve bu ne icin ile nasil benim ben degil var yok mi istiyorum lutfen neden nerede kadar",
            "cs": "je neni na se muj moje jak mohu mam ze kde kdy proc prosim chci pro jsem",
            "id": "saya tidak dan yang di ini itu apa bagaimana dengan untuk bisa mau tolong kenapa ada",
        ]
        var table: [String: [String]] = [:]
        for (language, words) in lists {
            for word in words.split(separator: " ") { table[String(word), default: []].append(language) }
        }
        return table
    }()
}
