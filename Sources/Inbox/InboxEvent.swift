import Storage

/// What the inbox tells the event log. The subject is always the conversation's id (a person's or team's where there is no conversation). The names are
/// stable: webhooks and live streams of other companies read them. Bodies carry ids, numbers and codes, never what a person wrote.
package enum InboxEvent: String, CaseIterable, Sendable {
    /// A conversation began. Body: assistant.
    case conversationOpened = "conversation.opened"
    /// A customer wrote. Body: message, seq, epoch, owner; turn where it opened one.
    case messageReceived = "message.received"
    /// The assistant, a teammate or the system wrote to the customer. Body: message, seq, epoch, author, kind; turn or teammate where there is one.
    case messageSent = "message.sent"
    /// A later message of the same burst took over the duty to answer. Body: turn, by.
    case turnSuperseded = "turn.superseded"
    /// A person stepped in while the assistant was to answer. Body: turn.
    case turnTaken = "turn.taken"
    /// The assistant passed the conversation to people. Body: handoff, reason, epoch; turn, team, assigned where there are such.
    case handedOver = "conversation.handed_over"
    /// A teammate took the conversation. Body: teammate, from, epoch, after (the last seq before); handoff where there is one.
    case claimed = "conversation.claimed"
    /// A teammate gave the conversation (back) to the assistant. Body: teammate, epoch; turn where one was opened.
    case handedBack = "conversation.handed_back"
    /// People passed it on among themselves, or a suggestion of whom to do it changed. Body: epoch; team, teammate, by.
    case assigned = "conversation.assigned"
    /// Its owner put it aside. Body: teammate, until (RFC 3339).
    case snoozed = "conversation.snoozed"
    /// It is no longer put aside. Body: by (`time`, `customer` or a teammate).
    case woken = "conversation.woken"
    /// Two conversations are one for teammates. Told of both: of the closed one with into and epoch, of the other with from. Body also: by.
    case merged = "conversation.merged"
    /// A merged conversation stands by itself again. Told of both, as above. Body: by; epoch and out_of, or from.
    case unmerged = "conversation.unmerged"
    /// A ready reply was made or changed. Subject: the macro. Body: by.
    case macroSaved = "macro.saved"
    /// A ready reply was removed. Subject: the macro. Body: by.
    case macroRemoved = "macro.removed"
    /// The conversation was closed. Body: by, epoch.
    case resolved = "conversation.resolved"
    /// A closed conversation is open again. Body: by, epoch.
    case reopened = "conversation.reopened"
    /// A private note. Body: message, seq, teammate.
    case noteAdded = "note.added"
    /// A draft that was not sent is kept for teammates. Body: message, seq.
    case suggestionKept = "suggestion.kept"
    /// A teammate judged an answer of the assistant, or judged it anew. Body: message, seq, teammate, verdict; because where it was said.
    case judged = "answer.judged"
    /// Tags changed. Body: count.
    case tagged = "conversation.tagged"
    /// Details of the customer's case were captured. Body: count.
    case captured = "conversation.captured"
    /// Name, e-mail or verification of a customer changed. Subject: the customer.
    case identified = "customer.identified"
    /// The customer said how it went. Body: score.
    case rated = "conversation.rated"
    /// Its customer signed in: it belongs to that account now. Body: customer.
    case adopted = "conversation.adopted"
    /// A teammate read up to a message. Body: teammate, seq.
    case seen = "conversation.seen"
    /// A notification about a handoff was delivered. Body: handoff.
    case notified = "handoff.notified"
    /// A handoff waits too long and its circle was widened. Body: handoff, round.
    case reminded = "handoff.reminded"
    /// A teammate's availability changed. Subject: the teammate. Body: availability.
    case availability = "teammate.availability"
    /// A team or its members changed. Subject: the team.
    case team = "team.changed"
}

extension Inbox {
    func emit(
        _ event: InboxEvent, of subject: String, _ body: [String: String?] = [:], at now: Timestamp, in transaction: Transaction
    ) throws {
        try transaction.emit(event.rawValue, of: subject, in: workspace, body.compactMapValues { $0 }, at: now)
    }
}
