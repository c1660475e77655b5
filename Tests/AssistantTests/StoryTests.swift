import Completion
import Escalation
import Foundation
import Prompting
import Retrieval
import Storage
import Testing

@testable import Assistant
@testable import Inbox

/// What a turn tells people, put together from the thread.
struct StoryTests {
    private let noon = Timestamp(milliseconds: 1_796_040_000_000)
    private let mara = TeammateID("mara")

    private func message(_ sequence: Int, _ author: Message.Author, _ text: String, kind: Message.Kind = .text, details: String? = nil)
        -> Message
    {
        Message(
            id: MessageID("msg_\(sequence)"), conversation: ConversationID("conv_1"), sequence: sequence, author: author, kind: kind,
            text: text,
            citations: nil, details: details, epoch: 1, turn: nil, at: noon)
    }

    private func story(_ messages: [Message], rules: String = "version: 1\nrules: []\n") throws -> Story {
        let workspace = WorkspaceID("quayside")
        let assistant = AssistantProfile(
            name: "help", displayName: "Pier", collection: Collection(workspace: workspace, name: "help"), prompt: "answer",
            rules: try RuleSet.load(yaml: rules, file: "rules.yaml"), threshold: 0.8, turnCap: 8, tone: "", language: "English")
        func text(_ text: String) -> Phrases.Variants { .init(online: text, busy: text, closed: text + " {{opens}}") }
        let profile = WorkspaceProfile(
            id: workspace, name: "Quayside", zone: "Europe/Lisbon", assistants: ["help": assistant], defaultAssistant: "help",
            phrases: Phrases(["handoff": text("H"), "handoff_error": text("E {{team}}"), "handoff_asked": text("A")]),
            routes: [HandoffRoute(match: .reason(.modelError), team: TeamID("payments"), skill: "cards", priority: .high)],
            teams: [TeamID("frontline"): "Care"], defaultTeam: TeamID("frontline"))
        let turn = Turn(
            id: TurnID("turn_1"), workspace: workspace, conversation: ConversationID("conv_1"), message: MessageID("msg_1"), sequence: 1,
            epoch: 1,
            deadline: noon.adding(milliseconds: 45_000), state: .open, lease: nil, leasedUntil: nil, runs: 1, openedAt: noon, closedAt: nil)
        var story = Story(turn: turn, workspace: profile)
        let conversation = Conversation(
            id: ConversationID("conv_1"), workspace: workspace, assistant: "help", customer: CustomerID("cust_1"), owner: .assistant,
            epoch: 1,
            state: .open, team: nil, suggested: nil, subject: nil, captured: [:], tags: [], lastSequence: messages.count,
            awaiting: .company,
            waitingSince: noon, openedAt: noon, updatedAt: noon, resolvedAt: nil, snoozedUntil: nil, due: nil, mergedInto: nil)
        story.read(conversation, messages)
        story.receipt = story.judge.before(story.thread)
        return story
    }

    @Test func `the question is what the customer wrote since anybody else spoke`() throws {
        let story = try story([
            message(1, .customer, "How long?"), message(2, .assistant, "Two days."), message(3, .customer, "And"),
            message(4, .customer, "the fee?"),
        ])
        #expect(story.question == "And\nthe fee?")
        #expect(story.earlierQuestions == ["How long?"])
        #expect(story.history.map(\.content) == ["How long?", "Two days."])
    }

    @Test func `a conversation that only begins has no history`() throws {
        let story = try story([message(1, .customer, "How long?")])
        #expect(story.question == "How long?" && story.earlierQuestions.isEmpty && story.history.isEmpty)
    }

    @Test func `a teammate speaks in the assistant's place, and is what the model is told of the stretch between`() throws {
        let story = try story([
            message(1, .customer, "Help"), message(2, .teammate(mara), "I unlocked it."), message(3, .customer, "Thanks, and the fee?"),
        ])
        #expect(story.history.map(\.role) == [.user, .assistant])
        guard case .text(let stretch) = story.values(at: noon)["human_stretch"] else {
            Issue.record("no stretch")
            return
        }
        #expect(stretch == "I unlocked it.")
        #expect(story.thread.assistantTurns == 0)
    }

    @Test func `what was handed over is not asked again: the announcement ends the customer's turn, and is no word of the model's`() throws
    {
        let story = try story([
            message(1, .customer, "A person please"), message(2, .system, "A person comes.", kind: .announcement),
            message(3, .customer, "What is the fee?"),
        ])
        #expect(story.question == "What is the fee?" && story.earlierQuestions == ["A person please"])
        #expect(story.history.map(\.content) == ["A person please"])
    }

    @Test func `a wish that nobody has answered yet is still the question`() throws {
        let story = try story([message(1, .customer, "A person please"), message(2, .system, "A person comes.", kind: .announcement)])
        #expect(story.question == "A person please" && story.history.isEmpty)
    }

    @Test func `a notice is no word of the conversation`() throws {
        let story = try story([
            message(1, .customer, "Help"), message(2, .system, "Still waiting.", kind: .notice), message(3, .customer, "me please"),
        ])
        #expect(story.question == "Help\nme please" && story.history.isEmpty)
    }

    @Test func `the summary pairs questions with what answered them and keeps what is open`() throws {
        let story = try story([
            message(1, .customer, "How long?"), message(2, .assistant, "Two days."), message(3, .customer, "And the\nfee?"),
        ])
        let summary = try #require(story.handoffEvidence.summary)
        #expect(summary.resolved == ["How long? → Two days."])
        #expect(summary.pending == ["And the fee?"])
    }

    @Test func `a long text is one short line in the summary`() throws {
        let story = try story([message(1, .customer, String(repeating: "word ", count: 500))])
        let line = try #require(story.handoffEvidence.summary?.pending.first)
        #expect(line.count == 201 && line.hasSuffix("…"))
    }

    @Test func `a failure goes where the workspace's route says and is announced in its words`() throws {
        var story = try story([message(1, .customer, "How long?")])
        story.fail(Failure(CompletionFailureSample.refused))
        #expect(story.receipt.verdict == .handOver && story.receipt.reason == .modelError)
        #expect(story.handoffRoute.team == TeamID("payments") && story.handoffRoute.skill == "cards")
        #expect(story.announcement(because: .modelError, team: "Payments", .online, noon) == "E Payments")
        #expect(story.handoffEvidence.why.count == 1)
    }

    @Test func `without a route the default team is asked`() throws {
        var story = try story([message(1, .customer, "How long?")])
        story.fail(Failure(CancellationError()))
        #expect(story.receipt.reason == .stalled)
        #expect(story.handoffRoute.team == TeamID("frontline") && story.handoffRoute.skill == nil)
    }

    @Test func `when the team opens again is told in its zone, and as soon where nobody knows`() throws {
        let story = try story([message(1, .customer, "How long?")])
        let opens = noon.adding(milliseconds: 7_200_000)
        #expect(story.announcement(because: .ruleOther, team: "Care", .closed(opens: opens), noon) == "H today at 14:00 (Lisbon time)")
        #expect(story.announcement(because: .ruleOther, team: "Care", .closed(opens: nil), noon) == "H soon")
    }

    @Test func `details kept by an older version are passed over`() {
        #expect(ReplyDetails.read("{\"shape\": \"older\"}") == nil)
        #expect(ReplyDetails.read("no json") == nil)
    }
}

/// An error of a room that this one only knows by its type.
enum CompletionFailureSample: Error {
    case refused
}
