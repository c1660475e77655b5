package import Storage

/// "Who is talking to whom?"
///
/// The conversations of one workspace: what was said, who owns each conversation, the duty to answer it, and its way from the assistant to a person
/// and back. Every change writes its event in the same transaction, and every function takes the caller's transaction, so that a reply, its
/// settlement and its event are one commit.
///
/// Inbox knows nothing of models, prompts, confidence or money. What others must keep beside a message or a handoff (citations, receipts, a draft's
/// details) comes in as JSON text and goes out unread.
///
/// A value of this type is bound to one workspace and puts it into every statement: an id of another workspace is not found.
package struct Inbox: Sendable {
    /// Whose conversations these are.
    package let workspace: WorkspaceID
    /// The sizes and times that apply.
    package let limits: InboxLimits

    /// - Parameters:
    ///   - workspace: must be known to the store (`Transaction.ensureWorkspace`), otherwise what is written here fails.
    ///   - limits: the shipped ones unless a test or an installation says otherwise.
    package init(of workspace: WorkspaceID, limits: InboxLimits = .standard) {
        self.workspace = workspace
        self.limits = limits
    }
}

/// Every limit of the inbox, by name and unit. What is larger is refused, never cut, except where a comment says so.
package struct InboxLimits: Hashable, Sendable {
    /// The longest message, in Unicode scalars (a "character" may hold any number of combining marks, so it is no measure of size).
    package var messageCharacters = 8_000
    /// The longest name, subject line, tag or e-mail address, in Unicode scalars.
    package var lineCharacters = 200
    /// The longest value of a captured detail, in Unicode scalars.
    package var detailCharacters = 1_000
    /// The longest comment of a customer on how it went, in Unicode scalars.
    package var commentCharacters = 1_000
    /// The most captured details of a conversation.
    package var details = 50
    /// The most tags of a conversation.
    package var tags = 20
    /// The largest attachment, in bytes.
    package var attachmentBytes = 10_485_760
    /// The most attachments of a conversation, and of a message.
    package var attachments = 20
    /// The largest opaque JSON beside a message (citations, a draft's details), in bytes.
    package var jsonBytes = 65_536
    /// The largest handoff package, in bytes. A larger one is shortened, because a handoff must not fail for its size.
    package var packageBytes = 262_144
    /// How long a customer in the queue waits for the next "still waiting" notice, in milliseconds.
    package var stillWaitingMilliseconds: Int64 = 600_000
    /// How long a teammate counts as present after the last sign of life, in milliseconds.
    package var presenceMilliseconds: Int64 = 120_000
    /// How long a handoff waits, unclaimed, before its notification is repeated to a wider circle, in milliseconds.
    package var remindMilliseconds: Int64 = 120_000
    /// How long a customer waits for a teammate who is gone, before the conversation returns to the queue, in milliseconds.
    package var reclaimMilliseconds: Int64 = 900_000
    /// The longest time for which a conversation can be put aside, in milliseconds: 366 days.
    package var snoozeMilliseconds: Int64 = 31_622_400_000
    /// The most notifications of one handoff, the first included.
    package var reminders = 8
    /// The most rows of one list or page of a thread.
    package var rows = 200
    /// The most unread messages that are counted for one line of a list.
    package var unread = 100
    /// The most conversations that one search gives.
    package var searchResults = 100
    /// The most words of a search that are looked for; what follows is passed over.
    package var searchWords = 10
    /// The most entries, best first, of which a search makes its conversations.
    package var searchEntries = 2_000
    /// The most entries of a customer, newest first, in which a new name is found from then on.
    package var renamedEntries = 500
    /// The handoffs, newest first, from which the usual wait is taken.
    package var usualOf = 50
    /// The fewest handoffs that tell a usual wait.
    package var usualFrom = 5
    /// The most ready replies of a workspace.
    package var macros = 200
    /// The most conversations that are merged into one.
    package var merged = 50

    /// The shipped limits.
    package static let standard = InboxLimits()

    /// The shipped limits, to be changed field by field.
    package init() {}
}
