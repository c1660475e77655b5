package import Inbox
import NIOConcurrencyHelpers
import Storage

/// Who looks at a conversation and who writes in it, at this moment.
package struct Attendance: Hashable, Sendable {
    /// Teammates who have it on the screen, by id.
    package var viewers: [TeammateID] = []
    /// Teammates who write, by id; they are viewers as well.
    package var typing: [TeammateID] = []
    /// Whether the customer writes.
    package var isCustomerTyping = false
    /// Whether the assistant is about to answer.
    package var isAssistantTyping = false
}

/// The signs of looking and of typing of the last seconds, in memory: a hint that runs out by itself and is not missed after a restart.
final class Attending: Sendable {
    /// Conversations that are remembered; beyond that the oldest signs go.
    static let mostConversations = 10_000

    private struct Signs {
        var viewing: [TeammateID: Timestamp] = [:]
        var typing: [TeammateID: Timestamp] = [:]
        var customer: Timestamp?
        var assistant: Timestamp?

        mutating func forget(before now: Timestamp) {
            viewing = viewing.filter { $0.value > now }
            typing = typing.filter { $0.value > now }
            if let until = customer, until <= now { customer = nil }
            if let until = assistant, until <= now { assistant = nil }
        }

        var isEmpty: Bool { viewing.isEmpty && typing.isEmpty && customer == nil && assistant == nil }
    }

    private struct Place: Hashable {
        let workspace: WorkspaceID
        let conversation: ConversationID
    }

    private let signs = NIOLockedValueBox<[Place: Signs]>([:])

    /// A teammate looks at it, or looks away.
    func looks(_ teammate: TeammateID, at conversation: ConversationID, of workspace: WorkspaceID, until: Timestamp?, now: Timestamp) {
        change(conversation, workspace, now) { signs in
            signs.viewing[teammate] = until
            if until == nil { signs.typing[teammate] = nil }
        }
    }

    /// Somebody types.
    func types(_ typist: Typist, in conversation: ConversationID, of workspace: WorkspaceID, until: Timestamp, now: Timestamp) {
        change(conversation, workspace, now) { signs in
            switch typist {
            case .customer: signs.customer = until
            case .assistant: signs.assistant = until
            case .teammate(let teammate):
                signs.typing[teammate] = until
                signs.viewing[teammate] = max(signs.viewing[teammate] ?? until, until)
            }
        }
    }

    private func change(_ conversation: ConversationID, _ workspace: WorkspaceID, _ now: Timestamp, _ body: (inout Signs) -> Void) {
        signs.withLockedValue { all in
            let place = Place(workspace: workspace, conversation: conversation)
            if all.count >= Self.mostConversations, all[place] == nil {
                all = all.compactMapValues { signs in
                    var signs = signs
                    signs.forget(before: now)
                    return signs.isEmpty ? nil : signs
                }
                // Everything is fresh: a hint more is worth less than memory.
                guard all.count < Self.mostConversations else { return }
            }
            var signs = all[place] ?? Signs()
            signs.forget(before: now)
            body(&signs)
            all[place] = signs.isEmpty ? nil : signs
        }
    }

    /// Who looks and types now, in those of the conversations where anybody does.
    func now(_ now: Timestamp, in conversations: some Sequence<ConversationID>, of workspace: WorkspaceID) -> [ConversationID: Attendance] {
        signs.withLockedValue { all in
            var found: [ConversationID: Attendance] = [:]
            for conversation in conversations {
                guard var signs = all[Place(workspace: workspace, conversation: conversation)] else { continue }
                signs.forget(before: now)
                guard !signs.isEmpty else { continue }
                found[conversation] = Attendance(
                    viewers: signs.viewing.keys.sorted(), typing: signs.typing.keys.sorted(), isCustomerTyping: signs.customer != nil,
                    isAssistantTyping: signs.assistant != nil)
            }
            return found
        }
    }
}

extension Service {
    /// Who looks and types in these conversations at a moment; conversations in which nobody does are missing.
    func attendance(of conversations: some Sequence<ConversationID>, in workspace: WorkspaceID, at now: Timestamp) -> [ConversationID:
        Attendance]
    {
        attending.now(now, in: conversations, of: workspace)
    }
}
