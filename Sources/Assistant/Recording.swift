import Completion
import Metering
import Storage

/// Writes each attempt into the ledger's records: before its first byte goes out, and when it has ended.
struct LedgerRecorder: AttemptRecorder {
    let desk: Desk
    let workspace: WorkspaceID
    let response: ResponseID
    /// Attempts of an earlier run of this turn, whose process died: numbers go on after them.
    let before: Int

    func willSend(_ attempt: AttemptStart) async throws {
        let claim = try AttemptClaim(
            workspace: workspace, response: response, number: before + attempt.number, endpoint: attempt.endpoint, model: attempt.model,
            bound: TokenBound(input: attempt.inputTokensUpperBound, output: attempt.maxOutputTokens))
        let meter = desk.rooms.meter
        _ = try await desk.rooms.store.write { try meter.attemptWillBeSent(claim, in: $0) }
        desk.reached(.attempting)
    }

    func didEnd(_ attempt: AttemptEnd) async throws {
        let end = try AttemptRecord(
            workspace: workspace, response: response, number: before + attempt.number, outcome: attempt.outcome.word,
            usage: TokenUsage(attempt.usage), httpStatus: attempt.httpStatus, providerID: attempt.providerID, requestID: attempt.requestID,
            modelAnswered: attempt.modelAnswered, finishReason: attempt.finishReason?.word,
            firstByteMilliseconds: attempt.timings.headMilliseconds)
        let meter = desk.rooms.meter
        _ = try await desk.rooms.store.write { try meter.attemptEnded(end, in: $0) }
        desk.reached(.attempted)
    }
}

extension TokenUsage {
    /// The completion's usage as the ledger keeps it.
    fileprivate init(_ usage: Usage) throws {
        try self.init(
            input: usage.inputUncached, inputCached: usage.inputCached, inputCacheWrite: usage.inputCacheWrite, output: usage.outputVisible,
            outputReasoning: usage.outputReasoning, source: .init(rawValue: usage.source.rawValue) ?? .none, rule: usage.rule,
            raw: usage.raw)
    }
}
