import Notation
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
        var isLasting = false
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
        if let trace = request.traceParent { headers.append(("traceparent", trace)) }
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
