import Completion
import Escalation
import Inbox
import Metering
import NIOConcurrencyHelpers
import Prompting
import Retrieval
import Storage

extension Desk {
    /// Answers one turn: the only place where the order of things is written. Whatever fails on the way ends in a handover with a typed reason; if even
    /// that cannot be stored, the turn stays open and the reaper hands it over at its deadline.
    func answer(_ turn: Turn) async -> TurnOutcome {
        let configuration = configured.withLockedValue { $0 }
        guard let profile = configuration.workspaces[turn.workspace] else { return .overtaken(nil) }
        var story = Story(turn: turn, workspace: profile)
        do {
            let ending = try await decide(&story, by: configuration)
            reached(.weighed)
            switch ending {
            case .reply: return try await conclude(replying: story)
            case .canned(let key): return try await conclude(saying: key, story)
            case .handOver: return try await conclude(handingOver: story)
            }
        } catch {
            if isStopping.withLockedValue({ $0 }) { return await leaveOpen(turn) }
            story.fail(Failure(error))
            // If even that cannot be stored, the lease is kept: nobody tries again before the reaper does, at the deadline.
            do { return try await conclude(handingOver: story) } catch { return .leftOpen }
        }
    }

    private enum Ending {
        case reply
        case canned(String)
        case handOver
    }

    private func decide(_ story: inout Story, by configuration: Configuration) async throws -> Ending {
        try await read(&story)
        let judge = story.judge

        story.receipt = judge.before(story.thread)
        reached(.judged)
        if story.mustHandOver { return .handOver }
        if let key = story.receipt.cannedMessage, story.workspace.phrases.has(key) { return .canned(key) }

        try await search(&story)
        story.receipt = judge.afterSearch(story.thread, evidence: story.evidence, previous: story.receipt)
        reached(.searched)
        if story.mustHandOver { return .handOver }

        try await hold(story)
        reached(.held)
        let prompt = try render(&story, from: configuration.prompts)
        reached(.rendered)
        let toConclude = min(Self.timeToConclude, limits.turnMilliseconds / 4)
        let deadline = max(1, story.turn.deadline.since(rooms.clock.now()) - toConclude)
        var request = CompletionRequest(prompt, deadlineMilliseconds: Int(clamping: deadline))
        request.traceParent = Trace.current?.header
        story.completion = try await configuration.completer.complete(request, recording: try await recorder(of: story))
        reached(.completed)
        if let draft = story.completion?.draft, !draft.isWhole {
            story.fail(Failure(.unreadableOutput, "the answer breaks off; raise the prompt's maxTokens"))
            return .handOver
        }

        story.receipt = judge.weigh(story.draftView, evidence: story.evidence, thread: story.thread, previous: story.receipt)
        return story.mustHandOver ? .handOver : .reply
    }

    /// Milliseconds kept back from the deadline, so that a model that uses all of its time still leaves enough to hand over in time.
    private static let timeToConclude: Int64 = 2_000

    private func read(_ story: inout Story) async throws {
        let inbox = Inbox(of: story.turn.workspace)
        let id = story.turn.conversation
        let (conversation, messages) = try await rooms.store.read { snapshot in
            (try inbox.conversation(id, in: snapshot), try inbox.thread(of: id, in: snapshot))
        }
        story.read(conversation, messages)
    }

    private func search(_ story: inout Story) async throws {
        let collection = story.assistant.collection
        let found = try await rooms.library.search(
            SearchQuery(text: story.question, earlier: story.earlierQuestions, limit: AssistantProfile.passagesPerQuestion), in: collection)
        // The same question in other words finds the same chunks; earlier turns are searched again, for their scores are not kept.
        var similarities: [Double] = []
        for earlier in story.earlierQuestions.suffix(3).reversed() {
            let before = try await rooms.library.search(SearchQuery(text: earlier, limit: 1), in: collection)
            similarities.append(found.scores.cosine(before.scores))
        }
        story.thread.repeatSimilarities = similarities
        story.found(found)
    }

    private func hold(_ story: Story) async throws {
        let request = try HoldRequest(
            response: story.response, workspace: story.turn.workspace, assistant: story.assistant.name,
            conversation: story.turn.conversation.text, expires: story.turn.deadline.adding(milliseconds: 10 * 60_000))
        let meter = rooms.meter
        try await rooms.store.write { try meter.hold(request, in: $0) }
    }

    private func render(_ story: inout Story, from prompts: PromptLibrary) throws -> RenderedPrompt {
        let prompt = try prompts.render(story.assistant.prompt, values: story.values(at: rooms.clock.now()), history: story.history)
        story.rendered(prompt)
        return prompt
    }

    private func recorder(of story: Story) async throws -> LedgerRecorder {
        let (meter, response, workspace) = (rooms.meter, story.response, story.turn.workspace)
        // Only a turn that was begun before can have attempts.
        let before =
            story.turn.runs < 2
            ? 0 : try await rooms.store.read { try meter.explain(response, of: workspace, in: $0)?.attempts.map(\.number).max() ?? 0 }
        return LedgerRecorder(desk: self, workspace: workspace, response: response, before: before)
    }

    /// The process stops: the next one takes the turn up at once.
    private func leaveOpen(_ turn: Turn) async -> TurnOutcome {
        let inbox = Inbox(of: turn.workspace)
        // Should this fail too (disk full), the lease simply runs out.
        try? await rooms.store.write { try inbox.release(turn, in: $0) }
        return .leftOpen
    }
}
