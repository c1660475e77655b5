import Prompting
package import Transfer

/// Asks a model: endpoints in their order, each attempt recorded before it is sent, and one typed answer or one typed failure at the end.
///
/// It is the only retry layer of the product (reyn #3047: two layers of three made nine requests), and the only place that speaks to models.
/// It decides nothing about what the customer sees.
package final class Completer: Sendable {
    let client: HTTPClient
    /// In the order in which they are tried.
    package let endpoints: [Endpoint]
    let now: @Sendable () -> Int64
    private let sleep: @Sendable (Int) async throws -> Void
    private let random: @Sendable () -> Double
    private let dialects = DialectMemory()
    private let breaker = CircuitBreaker()

    /// The most attempts of one completion, over all endpoints and for all reasons.
    package static let mostAttempts = 12

    /// - Parameters:
    ///   - endpoints: in the order in which they are tried.
    ///   - now: milliseconds since 1970.
    ///   - sleep: waits this many milliseconds, or throws when the task is cancelled.
    ///   - random: 0..<1, for the jitter of waits.
    package init(
        client: HTTPClient, endpoints: [Endpoint], now: @escaping @Sendable () -> Int64,
        sleep: @escaping @Sendable (_ milliseconds: Int) async throws -> Void = { try await Task.sleep(for: .milliseconds($0)) },
        random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }
    ) {
        self.client = client
        self.endpoints = endpoints
        self.now = now
        self.sleep = sleep
        self.random = random
    }

    /// Gets one completion.
    ///
    /// Cancelling the task closes the connection at once, which stops the spending; the attempt is still recorded.
    /// - Throws: `CompletionFailure`, or whatever the recorder threw.
    package func complete(_ request: CompletionRequest, recording recorder: any AttemptRecorder) async throws -> Completion {
        let run = CompletionRun(
            request: request, recorder: recorder, deadline: now().addingReportingOverflow(Int64(request.deadlineMilliseconds)).partialValue)
        let candidates = order(for: request)
        for (index, endpoint) in candidates.enumerated() {
            guard breaker.allows(endpoint.name, now: now()) else {
                run.passOver(endpoint)
                continue
            }
            // However asking ends: an attempt that was allowed and not made must not keep the circuit waiting for it.
            defer { breaker.note(endpoint.name, failed: nil, now: now()) }
            if let completion = try await ask(endpoint, run, isLast: index + 1 == candidates.count) { return completion }
        }
        throw run.failure()
    }

    private func order(for request: CompletionRequest) -> [Endpoint] {
        guard let name = request.parameters.endpoint else { return endpoints }
        return endpoints.filter { $0.name == name } + endpoints.filter { $0.name != name }
    }

    /// One endpoint, as often as the rules allow.
    /// - Returns: nil where the next endpoint should be asked.
    private func ask(_ endpoint: Endpoint, _ run: CompletionRun, isLast: Bool) async throws -> Completion? {
        var dialect = dialects.dialect(for: endpoint)
        var retries = 0
        var mayRepeatUnknown = endpoint.retryAfterUnknown
        while true {
            let result = try await attempt(endpoint, dialect, run.request, run)
            if result.outcome == .answered { return try await finish(result, endpoint, dialect, run) }
            if let plainer = plainer(than: dialect, result, endpoint, run.request), retries < endpoint.retries || result.isRefusedForm {
                if !result.isRefusedForm { retries += 1 }
                dialect = plainer
                continue
            }
            let step = result.rule.step(retriesLeft: endpoint.retries - retries, mayRepeatUnknown: mayRepeatUnknown)
            switch step {
            case .done, .giveUp: throw run.failure()
            case .nextEndpoint: return nil
            case .again(let wish):
                if !result.rule.isRefusal { mayRepeatUnknown = false }
                let wait = wish ?? RetryRule.backOffMilliseconds(retry: retries, random: random())
                guard isWorthWaiting(wait, run, isLast: isLast), breaker.allows(endpoint.name, now: now()) else { return nil }
                retries += 1
                try await pause(wait, run)
            }
        }
    }

    private func plainer(than dialect: Dialect, _ result: Attempt.Result, _ endpoint: Endpoint, _ request: CompletionRequest) -> Dialect? {
        guard case .refused(let status) = result.outcome else { return nil }
        return dialects.plainer(
            than: dialect, for: endpoint, status: status, error: result.error, hadContract: request.contract != nil)
    }

    /// Not beyond the deadline, and not long while another endpoint could be asked.
    private func isWorthWaiting(_ wait: Int, _ run: CompletionRun, isLast: Bool) -> Bool {
        run.attempts < Self.mostAttempts && Int64(wait) < run.deadline - now() && (isLast || wait <= 8_000)
    }

    private func pause(_ milliseconds: Int, _ run: CompletionRun) async throws {
        do { try await sleep(milliseconds) } catch { throw run.failure(.cancelled) }
    }

    /// One attempt, recorded on both sides.
    func attempt(
        _ endpoint: Endpoint, _ dialect: Dialect, _ request: CompletionRequest, _ run: CompletionRun
    ) async throws -> Attempt.Result {
        let started = now()
        let remaining = run.deadline - started
        guard !Task.isCancelled else { throw run.failure(.cancelled) }
        guard run.attempts < Self.mostAttempts else { throw run.failure() }
        guard remaining > 0 else { throw run.failure(.timedOut) }
        let attempt = Attempt(
            client: client, endpoint: endpoint, request: request, dialect: dialect, body: dialect.body(of: request, model: endpoint.model),
            remainingMilliseconds: Int(clamping: remaining), now: now)
        do {
            try await run.recorder.willSend(run.start(attempt))
        } catch {
            breaker.note(endpoint.name, failed: nil, now: now())
            throw error
        }
        run.attempts += 1
        let result = await attempt.run()
        run.last = (endpoint, result)
        breaker.note(endpoint.name, failed: result.outcome.isFailureOfEndpoint, now: now())
        let end = result.end(number: run.attempts, endpoint: endpoint.name, startedAt: started, now: now())
        // A task of its own, so that a cancelled caller still gets its attempt recorded.
        try await Task { [recorder = run.recorder] in try await recorder.didEnd(end) }.value
        return result
    }

    private func finish(
        _ result: Attempt.Result, _ endpoint: Endpoint, _ dialect: Dialect, _ run: CompletionRun
    ) async throws -> Completion {
        dialects.remember(dialect, for: endpoint)
        var result = result
        if result.draft?.parsedBy == .plain, run.request.contract != nil, run.request.asksAgainForJSON {
            if let second = try await askAgain(result, endpoint, dialect, run) { result = second }
        }
        guard let draft = result.draft else { throw run.failure() }
        return Completion(
            draft: draft, text: result.reply.content, endpoint: endpoint.name, model: result.reply.model ?? endpoint.model,
            attempts: run.attempts, usage: result.usage, finishReason: FinishReason(result.reply.finishReason ?? "stop"))
    }

    /// The same content once more, as JSON. The first answer stands where this brings nothing better.
    private func askAgain(
        _ first: Attempt.Result, _ endpoint: Endpoint, _ dialect: Dialect, _ run: CompletionRun
    ) async throws -> Attempt.Result? {
        var request = run.request
        request.messages.append(.init(role: .assistant, content: first.reply.content))
        request.messages.append(.init(role: .user, content: Self.wish))
        request.tokenUpperBound += first.reply.content.utf8.count + Self.wish.utf8.count + 32
        guard run.deadline > now(), run.attempts < Self.mostAttempts else { return nil }
        var second = try await attempt(endpoint, dialect, request, run)
        guard second.outcome == .answered, second.draft?.parsedBy != .plain else {
            guard second.outcome != .cancelled else { throw run.failure() }
            return nil
        }
        second.draft?.parsedBy = .retried
        return second
    }

    private static let wish = "Return the same content as the one JSON object described above, and nothing else."
}
