import Notation

/// The parsing ladder: from what a model wrote to a `Draft`, each rung tried only when the one above did not hold.
///
/// 1. strict: the text is the JSON object. 2. extracted: the object stands in a fence, after a thought, inside other text or another object.
/// 3. repaired: it is damaged. 4. salvaged: known fields are found one by one. 5. (another attempt, `Completer`'s business.)
/// 6. plain: there is no structure at all, and the text is the answer.
///
/// What looks like the debris of an object is never an answer: customers do not see JSON (vercel/ai #8631, #4277 show what happens otherwise).
/// Time is linear in the size of the text on every path, and no text makes it trap.
package struct DraftReader: Sendable {
    /// A reader has no state.
    package init() {}

    /// The draft in a model's text, nil where there is nothing that a customer or a decision could use.
    /// - Parameter text: the content of the reply, whatever it is; up to some megabytes.
    package func read(_ text: String) -> Draft? { read(text, depth: 0) }

    /// As `read`, without the last rung: nil also where the text has no structure.
    func readStructured(_ text: String) -> Draft? { structured(Array(text.utf8), depth: 0) }

    private func read(_ text: String, depth: Int) -> Draft? {
        let bytes = Array(text.utf8)
        return structured(bytes, depth: depth) ?? plain(bytes)
    }

    private func structured(_ bytes: [UInt8], depth: Int) -> Draft? {
        if let value = try? JSONReader.read(bytes) {  // not JSON: the next rung
            if let draft = draft(value, rung: .strict, depth: depth) { return draft }
            if case .string(let inner) = value, depth < Self.deepest {
                return read(inner, depth: depth + 1).map { demoted($0, to: .extracted) }
            }
        }
        let visible = ReplyText.withoutThoughts(bytes)
        return extracted(visible, depth: depth) ?? repaired(visible, depth: depth) ?? unescaped(visible, depth: depth)
            ?? salvaged(visible, depth: depth)
    }

    private func extracted(_ bytes: [UInt8], depth: Int) -> Draft? {
        var second: Draft?
        for range in ReplyText.balancedObjects(in: bytes) {
            guard let value = try? JSONReader.read(Array(bytes[range])) else { continue }  // damaged: the next rung
            guard let draft = draft(value, rung: .extracted, depth: depth) else { continue }
            if !draft.answer.isEmpty { return draft }
            second = second ?? draft
        }
        return second
    }

    private func repaired(_ bytes: [UInt8], depth: Int) -> Draft? {
        var second: Draft?
        for start in ReplyText.objectStarts(in: bytes) {
            var reader = RepairingReader(bytes, from: start)
            let value = reader.read()
            guard var draft = draft(value, rung: .repaired, depth: depth) else { continue }
            if reader.endsInsideString, case .object(let members) = value, members.last.flatMap({ ContractFields.name($0.key) }) == .answer
            {
                draft.cutShort()
            }
            if !draft.answer.isEmpty { return draft }
            second = second ?? draft
        }
        return second
    }

    private func salvaged(_ bytes: [UInt8], depth: Int) -> Draft? {
        let found = Salvage.quotedFields(in: bytes)
        guard !found.members.isEmpty else {
            let labelled = Salvage.labelledLines(in: bytes)
            return labelled.isEmpty ? nil : draft(.object(labelled), rung: .salvaged, depth: depth)
        }
        guard var draft = draft(.object(found.members), rung: .salvaged, depth: depth) else { return nil }
        if found.endsInsideString, found.members.last?.key == "answer" { draft.cutShort() }
        return draft
    }

    /// `{\"answer\": \"...\"}` and `{&quot;answer&quot;...`: the object was encoded once too often.
    private func unescaped(_ bytes: [UInt8], depth: Int) -> Draft? {
        guard depth < Self.deepest, let inner = ReplyText.unescaped(bytes) else { return nil }
        return structured(inner, depth: depth + 1).map { demoted($0, to: .repaired) }
    }

    private func plain(_ bytes: [UInt8]) -> Draft? {
        let text = ReplyText.shown(
            ReplyText.withoutFence(ReplyText.shown(String(decoding: ReplyText.withoutThoughts(bytes), as: UTF8.self))))
        guard !text.isEmpty, !ReplyText.looksLikeDebris(text) else { return nil }
        return bounded(Draft(answer: text))
    }

    /// Objects within objects in which the answer is looked for.
    private static let deepest = 3

    private func demoted(_ draft: Draft, to rung: Draft.Rung) -> Draft {
        var draft = draft
        if draft.parsedBy == .strict || rung == .repaired { draft.parsedBy = rung }
        return draft
    }

    private func bounded(_ draft: Draft) -> Draft {
        guard draft.answer.utf8.count > Draft.largestAnswer else { return draft }
        var draft = draft
        let start = draft.answer.prefix(Draft.largestAnswer)
        if start.endIndex < draft.answer.endIndex {
            draft.answer = String(start)
            draft.isWhole = false
        }
        return draft
    }
}

// From a JSON value to a draft.
extension DraftReader {
    private func draft(_ value: JSON, rung: Draft.Rung, depth: Int) -> Draft? {
        switch value {
        case .array(let items):
            guard depth < Self.deepest, let first = items.first(where: { $0.members != nil }) else { return nil }
            return draft(first, rung: max(rung, .extracted), depth: depth + 1)
        case .object(let members):
            let fields = ContractFields(members)
            if let inner = fields.inner, depth < Self.deepest, let draft = draft(inner, rung: max(rung, .extracted), depth: depth + 1) {
                return draft
            }
            return draft(fields, rung: rung, depth: depth)
        default: return nil
        }
    }

    private func draft(_ fields: ContractFields, rung: Draft.Rung, depth: Int) -> Draft? {
        guard fields.hasAnswer || fields.count >= 2, var draft = answer(fields.answer, rung: rung, depth: depth) else { return nil }
        draft.support = Coercion.support(fields[.support])
        draft.citations = Coercion.citations(fields[.citations])
        draft.missing = Coercion.line(fields[.missing], limit: 1_000)
        draft.followUps = (fields[.followUps]?.items ?? []).prefix(3).compactMap { Coercion.line($0, limit: 200) }
        draft.intent = Coercion.line(fields[.intent], limit: 64)?.lowercased()
        draft.sentiment = Coercion.sentiment(fields[.sentiment])
        draft.captured = Coercion.captured(fields[.captured])
        draft.needsHuman = Coercion.needsHuman(fields[.needsHuman])
        draft.reason = Coercion.line(fields[.reason], limit: 64)
        draft.summary = Coercion.line(fields[.summary], limit: 1_000)
        draft.confidence = fields.confidence
        let saysWhyNot = draft.needsHuman || draft.support == Draft.Support.none || draft.missing != nil
        guard !draft.answer.isEmpty || saysWhyNot else { return nil }
        return draft
    }

    /// A draft with the answer alone; nil where the answer is itself an envelope that cannot be opened.
    private func answer(_ text: String, rung: Draft.Rung, depth: Int) -> Draft? {
        var text = ReplyText.shown(text)
        if ReplyText.looksLikeContract(text) {
            guard depth < Self.deepest, let inner = structured(Array(text.utf8), depth: depth + 1), !inner.answer.isEmpty else {
                return nil
            }
            text = inner.answer
        }
        if rung == .repaired || rung == .salvaged {
            guard let clean = ReplyText.withoutRemains(text) else { return nil }
            text = clean
        }
        return bounded(Draft(answer: text, parsedBy: rung))
    }
}

extension Draft {
    /// The text ended within the answer: half a character at its end goes.
    fileprivate mutating func cutShort() {
        isWhole = false
        while answer.unicodeScalars.last == "\u{FFFD}" { answer.unicodeScalars.removeLast() }
    }
}

extension Draft.Rung: Comparable {
    /// Easier to read is less.
    package static func < (one: Self, other: Self) -> Bool { one.place < other.place }

    private var place: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
