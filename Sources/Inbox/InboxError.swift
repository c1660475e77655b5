package import Storage

/// What the inbox refuses. A lost race is no error: it is an outcome of the operation that lost it.
package enum InboxError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no such thing in this workspace (it may be in another one: that makes no difference).
    case notFound(Thing)
    /// A text with nothing to read in it.
    case empty(field: String)
    /// A text above its limit. `limit` is in Unicode scalars, or in bytes where the field is JSON.
    case tooLong(field: String, limit: Int)
    /// A list or map above its limit.
    case tooMany(field: String, limit: Int)
    /// JSON was expected.
    case notJSON(field: String)
    /// A time zone that the system's database does not know.
    case unknownZone(String)
    /// Opening hours that make no sense.
    case badHours(String)
    /// A file of a kind that is not kept.
    case unknownKind
    /// A moment outside of what is possible.
    case badMoment(field: String, from: Timestamp, to: Timestamp)
    /// A placeholder that nothing stands for.
    case unknownPlaceholder(String)
    /// A name that something of the kind has already.
    case nameTaken(String)
    /// A ready reply with neither words nor anything to do.
    case emptyMacro
    /// Only what the assistant wrote, sent or held back, can be judged.
    case notAnAnswer

    /// A number outside of what there is.
    case outOfRange(field: String, allowed: ClosedRange<Int>)
    /// There is nothing to judge yet.
    case tooEarly
    /// A name that others would take for the company's own.
    case reservedName
    /// A line end, a control character, or one that is not seen or turns the direction of text.
    case forbiddenCharacter(field: String)
    /// What cannot be an e-mail address.
    case notAnAddress

    /// What was looked for.
    package enum Thing: String, Hashable, Sendable {
        case conversation, message, turn, handoff, customer, teammate, team, attachment, macro
    }

    /// As people and logs read it.
    package var description: String {
        switch self {
        case .notFound(let thing): "There is no such \(thing.rawValue). Check the id and the workspace."
        case .empty(let field): "The \(field) is empty. Write something."
        case .tooLong(let field, let limit): "The \(field) is too long. The limit is \(limit); shorten it."
        case .tooMany(let field, let limit): "There are too many \(field). The limit is \(limit); remove some."
        case .notJSON(let field): "The \(field) must be JSON. Send an object or a list."
        case .unknownZone(let zone): "The time zone '\(zone)' is not known. Use a name such as 'Europe/Berlin'."
        case .badHours(let what): "The opening hours make no sense: \(what). Correct them."
        case .outOfRange(let field, let allowed): "The \(field) must be from \(allowed.lowerBound) to \(allowed.upperBound)."
        case .tooEarly: "There is nothing to judge yet. Wait until you have an answer."
        case .reservedName: "This name is the company's own. Write yours, with your surname if need be."
        case .forbiddenCharacter(let field): "The \(field) holds a character that cannot stand there. Write it anew, in one line."
        case .notAnAddress: "This is no e-mail address. Write it like ines@example.com."
        case .unknownKind: "Files of this kind are not kept. Send a PNG, JPEG, GIF, WebP, PDF or plain text file."
        case .badMoment(let field, let from, let to): "The \(field) must lie between \(from) and \(to). Choose another moment."
        case .unknownPlaceholder(let name):
            "Nothing stands for {{\(name)}}. There are {{customer}}, {{teammate}} and {{company}}; write one of those."
        case .nameTaken(let name): "There is something named '\(name)' already. Choose another name."
        case .emptyMacro: "A ready reply needs words or something to do. Give it one of them."
        case .notAnAnswer: "Only an answer of the assistant, sent or held back, can be judged. Name one of those."
        }
    }
}
