import Prompting
import Transfer

/// One HTTP try: sends the request, reads what comes and judges it. It records nothing and repeats nothing.
struct Attempt {
    let client: HTTPClient
    let endpoint: Endpoint
    let request: CompletionRequest
    let dialect: Dialect
    let body: [UInt8]
    /// What is left of the whole completion's time.
    let remainingMilliseconds: Int
    let now: @Sendable () -> Int64

    /// What came of it.
    struct Result: Sendable {
        var outcome: AttemptOutcome
        var draft: Draft?
        var reply = Reply()
        var httpStatus: Int?
        var requestID: String?
        var error = EndpointError(message: "")
        var advice = RetryAdvice(nowMilliseconds: 0) { _ in nil }
        var usage: Usage
        var headMilliseconds: Int?
        var firstTokenMilliseconds: Int?
        var detail: String { outcome == .answered ? "" : error.message }
    }

    func run() async -> Result {
        let started = now()
        do {
            let response = try await client.send(httpRequest)
            var result = Result(outcome: .cut, usage: bound("no reply was read"))
            result.httpStatus = response.status
            result.headMilliseconds = Int(now() - started)
            let headers = response.headers
            result.requestID = Coercion.line(
                (headers["x-request-id"] ?? headers["x-litellm-call-id"] ?? headers["apim-request-id"]).map(JSON.string), limit: 128)
            guard (200..<300).contains(response.status) else { return await refusal(response, result) }
            return await read(response, started: started, result)
        } catch {
            return lost(error as? TransferError, Result(outcome: .notSent, usage: .nothing("nothing was sent")), isEnded: false)
        }
    }

    private var httpRequest: HTTPRequest {
        var headers = [("Content-Type", "application/json"), ("Accept", "text/event-stream, application/json")]
        headers += endpoint.authorisation
        let limits = endpoint.timeouts
        return HTTPRequest(
            method: "POST", url: endpoint.chatURL, headers: headers, body: body,
            limits: Timeouts(
                connectMilliseconds: limits.connectMilliseconds, firstByteMilliseconds: limits.firstTokenMilliseconds,
                silenceMilliseconds: max(limits.silenceMilliseconds, limits.firstTokenMilliseconds),
                totalMilliseconds: max(1, min(limits.totalMilliseconds, remainingMilliseconds))))
    }
}

// Reading.
extension Attempt {
    /// The most of a refusal's body that is looked at.
    private static let largestRefusal = 64 << 10

    private func refusal(_ response: HTTPResponse, _ start: Result) async -> Result {
        var result = start
        result.outcome = .refused(status: response.status)
        result.advice = RetryAdvice(nowMilliseconds: now()) { response.headers[$0] }
        var body: [UInt8] = []
        do {
            body = try await response.collect(upTo: Self.largestRefusal)
        } catch TransferError.cancelled {
            result.outcome = .cancelled
        } catch {
            // The status is the refusal; its text may be lost.
        }
        result.error = EndpointError(body: body).redacted(endpoint.apiKey)
        if (300..<400).contains(response.status) {
            result.error = EndpointError(message: "a redirect to \(response.headers["Location"] ?? "nowhere"), which is not followed")
        }
        if result.error.isFiltered, response.status < 500 { result.outcome = .declined }
        result.usage = response.status < 500 ? .nothing("refused with \(response.status)") : bound("failed with \(response.status)")
        return result
    }

    private func read(_ response: HTTPResponse, started: Int64, _ start: Result) async -> Result {
        var result = start
        var reader = ReplyReader(limit: endpoint.largestReply)
        var lastProgress = started
        do {
            for try await bytes in response.body {
                let hasProgress = try reader.feed(bytes)
                let time = now()
                if hasProgress {
                    result.firstTokenMilliseconds = result.firstTokenMilliseconds ?? Int(time - started)
                    lastProgress = time
                } else if time - lastProgress > silenceLimit(isStarted: result.firstTokenMilliseconds != nil) {
                    throw Silence()
                }
                if reader.reply.isComplete { break }
            }
            if reader.reply.isComplete { Self.finish(response.body) }
            reader.finish(isWhole: true)
            result.reply = reader.reply
            return judged(result)
        } catch {
            reader.finish(isWhole: false)
            result.reply = reader.reply
            switch error {
            case is ReplyReader.TooLarge: return ended(result, .tooLarge, "the reply is larger than \(endpoint.largestReply) bytes")
            case is Silence: return ended(result, .timedOut, "nothing but keep-alive comments for too long")
            default: return lost(error as? TransferError, result, isEnded: true)
            }
        }
    }

    private struct Silence: Error {}

    private func silenceLimit(isStarted: Bool) -> Int64 {
        Int64(isStarted ? endpoint.timeouts.silenceMilliseconds : endpoint.timeouts.firstTokenMilliseconds)
    }

    /// Reads the few bytes behind a complete reply, so that the connection can be used again; nobody waits for it.
    private static func finish(_ body: HTTPBody) {
        Task {
            var left = 64 << 10
            for try await bytes in body {
                left -= bytes.count
                if left < 0 { return }
            }
        }
    }
}

// Judging.
extension Attempt {
    /// The transfer ended early. What had come by then may still be a whole answer: the finish reason is the evidence, not the end of the body.
    private func lost(_ error: TransferError?, _ start: Result, isEnded: Bool) -> Result {
        if isEnded, start.reply.finishReason != nil, !start.reply.isGarbled {
            if case .cancelled? = error {} else { return judged(start) }
        }
        guard let error else { return ended(start, .cancelled, "cancelled") }
        let isFree = !error.requestMayHaveBeenSent
        switch error {
        case .cancelled, .closed:
            var result = ended(start, .cancelled, "cancelled")
            if isFree { result.usage = .nothing("nothing was sent") }
            return result
        case .invalidRequest, .connect, .tls, .refusedAddress: return notSent(start, error)
        case .timeout: return isFree ? notSent(start, error) : ended(start, .timedOut, error.description)
        case .tooLarge: return ended(start, .tooLarge, error.description)
        case .cut where error.answerBegan: return ended(start, .cut, error.description)
        case .protocolError where error.answerBegan: return ended(start, .unreadable, error.description)
        case .cut, .protocolError: return isFree ? notSent(start, error) : ended(start, .unknown, error.description)
        }
    }

    private func notSent(_ start: Result, _ error: TransferError) -> Result {
        var result = ended(start, error.requestMayHaveBeenSent ? .unknown : .notSent, error.description)
        if result.outcome == .notSent { result.usage = .nothing("nothing was sent") }
        return result
    }

    private func ended(_ start: Result, _ outcome: AttemptOutcome, _ detail: String) -> Result {
        var result = start
        result.outcome = outcome
        result.error = EndpointError(message: detail).redacted(endpoint.apiKey)
        result.usage = usage(result.reply, isWhole: false)
        return result
    }

    /// The body has ended or said all it has to say.
    private func judged(_ start: Result) -> Result {
        var result = start
        let reply = start.reply
        let finish = reply.finishReason.map(FinishReason.init)
        if let error = reply.error {
            result = ended(result, error.isFiltered ? .declined : .failedInside, error.message)
            result.error = error.redacted(endpoint.apiKey)
        } else if reply.form == .markup || reply.form == .other {
            result = ended(
                result, .unreadable, "the reply is \(reply.form == .markup ? "an HTML page" : "neither JSON nor an event stream")")
            result.usage = .nothing("no reply of a model")
        } else if reply.isGarbled {
            result = ended(result, .unreadable, "a part of the reply is not JSON")
        } else if finish == nil {
            result = ended(result, .cut, reply.form == .nothing ? "an empty reply" : "the reply has no finish_reason")
        } else if finish == .contentFilter || (reply.content.isEmpty && !reply.refusal.isEmpty) {
            result = ended(result, .declined, reply.refusal.isEmpty ? "stopped by a content filter" : "the model refused")
            result.usage = usage(reply, isWhole: true)
        } else {
            result.draft = draft(of: reply.content)
            result = result.draft == nil ? ended(result, .unreadable, emptiness(reply, finish)) : result
            if result.draft != nil { result.outcome = .answered }
            result.usage = usage(reply, isWhole: true)
        }
        return result
    }

    private func draft(of content: String) -> Draft? {
        if request.contract != nil { return DraftReader().read(content) }
        let text = ReplyText.shown(String(decoding: ReplyText.withoutThoughts(Array(content.utf8)), as: UTF8.self))
        return text.isEmpty ? nil : Draft(answer: text)
    }

    private func emptiness(_ reply: Reply, _ finish: FinishReason?) -> String {
        if reply.calledTool { return "the model called a tool that nobody offered" }
        if !Coercion.trimmed(reply.content).isEmpty { return "the text holds nothing to show" }
        if finish == .length { return "the token limit was used up before the answer began; raise the prompt's maxTokens" }
        return "the reply has no text"
    }

    private var normaliser: UsageNormaliser {
        UsageNormaliser(
            request: .init(
                inputUpperBound: request.tokenUpperBound, inputEstimate: request.tokenEstimate,
                maxOutputTokens: request.parameters.maxTokens, reasoningInCompletion: endpoint.reasoningInCompletion))
    }

    private func bound(_ why: String) -> Usage { normaliser.bound(why) }

    private func usage(_ reply: Reply, isWhole: Bool) -> Usage {
        guard isWhole || reply.usage != nil else { return bound("the reply has no end and no usage") }
        return normaliser.usage(
            record: reply.usage, timings: reply.timings, isWhole: isWhole, visibleText: reply.content, reasoningBytes: reply.reasoningBytes)
    }
}

extension Endpoint {
    /// The header that carries the key, if there is one.
    var authorisation: [(String, String)] {
        guard let apiKey, !apiKey.isEmpty else { return [] }
        switch headerStyle {
        case .bearer: return [("Authorization", "Bearer \(apiKey.reveal())")]
        case .apiKey: return [("api-key", apiKey.reveal())]
        }
    }
}
