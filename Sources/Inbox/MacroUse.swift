import Foundation
package import Storage

/// What became of using a ready reply.
package enum MacroOutcome: Hashable, Sendable {
    /// Everything was done: the words, where there are any, are with the customer. The conversation as it is now.
    case done(Message?, Conversation)
    /// Nothing was done: others wrote since the teammate looked. Here is what, oldest first.
    case outdated(missed: [Message])
    /// Nothing was done: a colleague owns the conversation.
    case taken(by: TeammateID)
}

/// What a placeholder of a ready reply stands for.
enum Placeholders: String, CaseIterable {
    case customer, teammate, company

    /// The names between double braces in a text.
    static func names(in text: String) -> [String] {
        var names: [String] = []
        _ = filled(text) { name in
            names.append(name)
            return nil
        }
        return names
    }

    /// A text with its placeholders filled, in one pass: what is put in is not looked at again, so a customer who is called `{{teammate}}` stays so. Where
    /// there is nothing to put in, the space before goes, too: "Hello {{customer}}," becomes "Hello,".
    static func filled(_ text: String, _ value: (String) -> String?) -> String {
        var (result, rest) = ("", text[...])
        while let open = rest.range(of: "{{") {
            result += rest[..<open.lowerBound]
            let behind = rest[open.upperBound...]
            guard let close = behind.prefix(longestName).range(of: "}}"),
                !behind[..<close.lowerBound].contains(where: { $0 == "{" || $0 == "}" || $0.isNewline })
            else {
                // No placeholder; the second brace may begin one.
                result.append("{")
                rest = rest[rest.index(after: open.lowerBound)...]
                continue
            }
            let name = behind[..<close.lowerBound].split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
            if let found = value(name), !found.isEmpty { result += found } else if result.last == " " { result.removeLast() }
            rest = behind[close.upperBound...]
        }
        return result + rest
    }

    /// Characters between the braces, at most; whatever is longer is no placeholder.
    private static let longestName = 40
}

extension Inbox {
    /// The words of a ready reply for a conversation, to be read and changed before they are sent.
    /// - Parameter company: its name, as customers know it.
    /// - Returns: nil where the macro says nothing.
    /// - Throws: `InboxError.notFound`; `StorageError`.
    package func filled(
        _ macro: Macro, for id: ConversationID, by teammate: TeammateID, company: String, in querying: some Querying
    ) throws -> String? {
        let customer = try customer(conversation(id, in: querying).customer, in: querying)
        let name = try self.teammate(teammate, in: querying).name
        return macro.text.map { text in
            Placeholders.filled(text) { placeholder in
                switch Placeholders(rawValue: placeholder) {
                case .customer: customer.name
                case .teammate: name
                case .company: company
                case nil: nil
                }
            }
        }
    }

    /// Uses a ready reply: says its words, adds its tags and does what comes then, all of it in the caller's transaction or nothing. Whoever uses one takes the
    /// conversation over, as by replying.
    /// - Parameters:
    ///   - text: the words as the teammate changed them; nil: as `filled` gives them.
    ///   - lastSeen: the newest seq that the teammate had on the screen; see `teammateReply`.
    ///   - key: the same key again does nothing and gives the message of the first time.
    /// - Throws: `InboxError.notFound`, `.empty`, `.tooLong`, `.tooMany`; `StorageError.keyReused`. Never for a lost race.
    package func use(
        _ macro: Macro, in id: ConversationID, by teammate: TeammateID, company: String, text: String? = nil, lastSeen: Int? = nil,
        key: String? = nil, fromColleague: Bool = false, at now: Timestamp, in transaction: Transaction
    ) throws -> Once<MacroOutcome> {
        try active(teammate, in: transaction)
        _ = try conversation(id, in: transaction)
        do {
            let kept = try transaction.once(
                key: key, scope: "macro:\(id):\(teammate)", fingerprint: Fingerprint.of([macro.id.text, text ?? ""]), in: workspace, at: now
            ) {
                let words = try text ?? filled(macro, for: id, by: teammate, company: company, in: transaction)
                let said = try say(
                    words, in: id, by: teammate, lastSeen: lastSeen, fromColleague: fromColleague, at: now, in: transaction)
                try finish(macro, in: id, by: teammate, at: now, in: transaction)
                return Used(message: said)
            }
            let message = try kept.value.message.map { try self.message($0, of: id, in: transaction) }
            return Once(value: .done(message, try conversation(id, in: transaction)), isReplay: kept.isReplay)
        } catch let undone as Undone {
            return Once(value: undone.outcome, isReplay: false)
        }
    }

    /// Kept under the key.
    private struct Used: Codable, Sendable {
        let message: MessageID?
    }

    /// Leaves `once` without keeping anything, before anything was done.
    private struct Undone: Error {
        let outcome: MacroOutcome
    }

    private func say(
        _ words: String?, in id: ConversationID, by teammate: TeammateID, lastSeen: Int?, fromColleague: Bool, at now: Timestamp,
        in transaction: Transaction
    ) throws -> MessageID? {
        guard let words else {
            if case .taken(let colleague) = try claim(id, by: teammate, fromColleague: fromColleague, at: now, in: transaction) {
                throw Undone(outcome: .taken(by: colleague))
            }
            return nil
        }
        switch try teammateReply(
            words, in: id, by: teammate, lastSeen: lastSeen, fromColleague: fromColleague, at: now, in: transaction)
        {
        case .sent(let message, _): return message.id
        case .outdated(let missed): throw Undone(outcome: .outdated(missed: missed))
        case .taken(let colleague): throw Undone(outcome: .taken(by: colleague))
        }
    }

    private func finish(
        _ macro: Macro, in id: ConversationID, by teammate: TeammateID, at now: Timestamp, in transaction: Transaction
    ) throws {
        if !macro.tags.isEmpty {
            try setTags(conversation(id, in: transaction).tags + macro.tags, of: id, at: now, in: transaction)
        }
        switch macro.then {
        case .nothing: break
        case .resolve: try resolve(id, by: .teammate(teammate), at: now, in: transaction)
        case .snooze(let minutes):
            _ = try snooze(id, until: now.adding(milliseconds: Int64(minutes) * 60_000), by: teammate, at: now, in: transaction)
        case .assign(let team): _ = try assign(id, to: .team(team), by: teammate, at: now, in: transaction)
        }
    }
}
