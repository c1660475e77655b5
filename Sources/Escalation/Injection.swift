/// Whether a text tries to instruct the model instead of asking something.
///
/// A tag for the team, nothing else: such lists find a quarter of the published attacks at best (6 of 24 PINT samples, 0 of 125 BIPIA strings),
/// which is why the protection lies in the verdict, that no text can lower, and not here. It keeps quiet on harmless questions that only contain
/// the words ("can I ignore this warning?"): two parts must stand near each other.
package enum Injection {
    /// The words that look like instructions to a model, or nil. Looks at the first 64 KiB.
    package static func suspected(in text: String) -> String? {
        let reading = scanner.lexicon.read(String(decoding: text.utf8.prefix(65_536), as: UTF8.self))
        for phrase in scanner.phrases {
            let outcome = phrase.outcome(in: reading)
            if outcome.fired { return outcome.evidence }
        }
        guard let hit = reading.hits(of: scanner.alone).first else { return nil }
        return reading.quote(hit.start, hit.end)
    }

    private struct Scanner {
        let lexicon: Lexicon
        let phrases: [Condition.Phrase]
        let alone: Int
    }

    private static let scanner: Scanner = {
        var lexicon = Lexicon()
        func phrase(_ verbs: [String], _ near: [String], within: Int) -> Condition.Phrase? {
            guard let verbs = lexicon.group(of: verbs), let near = lexicon.group(of: near) else { return nil }
            return Condition.Phrase(verbs: verbs, near: near, within: within, typos: 0, unless: nil)
        }
        let targets = [
            "previous instructions", "prior instructions", "above instructions", "earlier instructions", "your instructions",
            "all instructions",
            "your rules", "your guidelines", "your prompt", "system prompt", "previous prompt", "previous rules", "instructions above",
        ]
        let phrases = [
            phrase(["ignore", "disregard", "forget", "override", "bypass"], targets, within: 4),
            phrase(
                ["reveal", "repeat", "print", "show", "output", "leak"],
                ["system prompt", "your instructions", "your prompt", "text above"], within: 4),
            phrase(["never", "do not", "dont"], ["escalate", "hand over", "handover", "transfer to a human"], within: 2),
            phrase(
                ["confidence", "confidence is", "confidence to", "confidence score"], ["1 0", "20", "20 20", "100", "maximum"], within: 3),
        ].compactMap(\.self)
        let alone =
            lexicon.group(of: [
                "you are now in developer mode", "developer mode enabled", "do anything now", "jailbreak mode", "you are now dan",
            ]) ?? -1
        return Scanner(lexicon: lexicon, phrases: phrases, alone: alone)
    }()
}
