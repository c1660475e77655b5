import Prompting
import Transfer

/// What an attempt came to, from what was read of it. The finish reason is the evidence of a whole reply; a status of 200, `[DONE]` or a clean end
/// of the body prove nothing (llama-cpp-python #867, Portkey #1797), and a missing `[DONE]` disproves nothing.
extension Attempt {
    /// The transfer ended early. What had come by then may still be a whole answer: the finish reason is the evidence, not the end of the body.
    func lost(_ error: TransferError?, _ start: Result, isEnded: Bool) -> Result {
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
        case .connect: return notSent(start, error)
        case .invalidRequest, .tls, .refusedAddress:
            var result = notSent(start, error)
            result.isLasting = true
            return result
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

    func ended(_ start: Result, _ outcome: AttemptOutcome, _ detail: String) -> Result {
        var result = start
        result.outcome = outcome
        result.error = EndpointError(message: detail).redacted(endpoint.apiKey)
        result.usage = usage(result.reply, isWhole: false)
        return result
    }

    /// The body has ended or said all it has to say.
    func judged(_ start: Result) -> Result {
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

    func bound(_ why: String) -> Usage { normaliser.bound(why) }

    private func usage(_ reply: Reply, isWhole: Bool) -> Usage {
        guard isWhole || reply.usage != nil else { return bound("the reply has no end and no usage") }
        return normaliser.usage(
            record: reply.usage, timings: reply.timings, isWhole: isWhole, visibleText: reply.content, reasoningBytes: reply.reasoningBytes)
    }
}
