/// Answers in the shape of OpenAI's chat completions, and the ways real servers depart from it.
extension Script {
    /// What a scripted endpoint says it used, field by field; a nil field is absent.
    package struct Usage: Sendable {
        package var prompt: Int?
        package var completion: Int?
        package var total: Int?
        package var cached: Int?
        package var cacheWrite: Int?
        package var reasoning: Int?

        /// - Parameter total: prompt + completion when nil and both are there.
        package init(
            prompt: Int?, completion: Int?, total: Int? = nil, cached: Int? = nil, cacheWrite: Int? = nil, reasoning: Int? = nil
        ) {
            self.prompt = prompt
            self.completion = completion
            if let total { self.total = total } else if let prompt, let completion { self.total = prompt + completion }
            self.cached = cached
            self.cacheWrite = cacheWrite
            self.reasoning = reasoning
        }

        /// The `usage` object.
        package var json: JSONText {
            var fields: [(String, JSONText)] = []
            if let prompt { fields.append(("prompt_tokens", .number(prompt))) }
            if let completion { fields.append(("completion_tokens", .number(completion))) }
            if let total { fields.append(("total_tokens", .number(total))) }
            var input: [(String, JSONText)] = []
            if let cached { input.append(("cached_tokens", .number(cached))) }
            if let cacheWrite { input.append(("cache_write_tokens", .number(cacheWrite))) }
            if !input.isEmpty { fields.append(("prompt_tokens_details", .object(input))) }
            if let reasoning { fields.append(("completion_tokens_details", .object([("reasoning_tokens", .number(reasoning))]))) }
            return .object(fields)
        }

        var tally: TokenTally { TokenTally(prompt: prompt ?? 0, completion: completion ?? 0) }
    }

    /// A plain answer: one JSON body.
    /// - Parameters:
    ///   - content: nil sends null.
    ///   - usage: nil leaves the field out.
    ///   - finish: nil leaves `finish_reason` out.
    ///   - message: further fields of the message, such as a refusal or reasoning.
    ///   - extra: further fields of the whole.
    package static func completion(
        content: String?, usage: Usage? = Usage(prompt: 20, completion: 10), finish: String? = "stop", model: String = "scripted-1",
        id: String = "chatcmpl-1", message: [(String, JSONText)] = [], extra: [(String, JSONText)] = [], headers: [(String, String)] = []
    ) -> Script {
        let said = [("role", JSONText.text("assistant")), ("content", content.map { .text($0) } ?? .null)] + message
        var choice: [(String, JSONText)] = [("index", .number(0)), ("message", .object(said))]
        if let finish { choice.append(("finish_reason", .text(finish))) }
        var fields: [(String, JSONText)] = [
            ("id", .text(id)), ("object", .text("chat.completion")), ("created", .number(1_767_603_600)), ("model", .text(model)),
            ("choices", .array([.object(choice)])),
        ]
        if let usage { fields.append(("usage", usage.json)) }
        var script = json(JSONText.object(fields + extra).text, headers: headers)
        script.tokens = usage?.tally
        return script
    }

    /// Where a stream puts its usage.
    package enum UsagePlace: Sendable {
        /// On a last chunk with `choices: []` (OpenAI, llama-server).
        case ownChunk
        /// On the chunk with the finish reason (transformers serve).
        case finishChunk
        /// On a last chunk whose choices are not empty (LiteLLM).
        case lastChunkWithChoices
        /// On every chunk, growing; the last one is right (vLLM's continuous_usage_stats).
        case everyChunk
    }

    /// How a stream ends.
    package enum StreamEnd: Sendable {
        /// `data: [DONE]`, and the body ends as its framing wants.
        case done
        /// The body ends without `[DONE]`.
        case noDone
        /// `[DONE]`, and then this text.
        case textAfterDone(String)
        /// The connection is closed in mid-body.
        case closed
        /// The connection is reset in mid-body.
        case reset
        /// Nothing more comes, until the client leaves.
        case stalled
        /// Nothing more comes until the gate opens; then as `done`.
        case heldBy(Gate)
        /// An error object as the last event of a 200 stream, no `[DONE]` (llama-server).
        case error(JSONText)
    }

    /// A streamed answer: one event per piece of content.
    /// - Parameters:
    ///   - usage: nil sends none.
    ///   - finish: nil never sets `finish_reason`.
    ///   - between: steps between any two events, such as a pause or a gate.
    ///   - lineEnd: "\n", "\r\n" or "\r".
    package static func stream(
        chunks: [String], usage: Usage? = Usage(prompt: 20, completion: 10), usagePlace: UsagePlace = .ownChunk, finish: String? = "stop",
        end: StreamEnd = .done, model: String = "scripted-1", id: String = "chatcmpl-1", between: [Step] = [], lineEnd: String = "\n",
        framing: Framing = .chunked, headers: [(String, String)] = [("Content-Type", "text/event-stream")]
    ) -> Script {
        let shape = ChunkShape(id: id, model: model)
        let events = shape.events(chunks: chunks, usage: usage, place: usagePlace, finish: finish)
        return self.events(events, end: end, between: between, lineEnd: lineEnd, framing: framing, headers: headers, tokens: usage?.tally)
    }

    /// A stream of events with any data; each string becomes `data: ...` and an empty line, one HTTP chunk each.
    package static func events(
        _ data: [String], end: StreamEnd = .done, between: [Step] = [], lineEnd: String = "\n", framing: Framing = .chunked,
        headers: [(String, String)] = [("Content-Type", "text/event-stream")], tokens: TokenTally? = nil
    ) -> Script {
        func event(_ text: String) -> String { "data: \(text)\(lineEnd)\(lineEnd)" }
        var texts = data.map(event)
        if case .error(let object) = end { texts.append(event(object.text)) }
        if case .done = end { texts.append(event("[DONE]")) }
        if case .textAfterDone(let text) = end { texts += [event("[DONE]"), text] }
        return eventBytes(texts, end: end, event: event, between: between, framing: framing, headers: headers, tokens: tokens)
    }

    /// A stream whose body is these pieces as they are: for comments, byte order marks, several events in one chunk, several `data:` lines.
    package static func rawEvents(_ pieces: [String], end: StreamEnd = .noDone, between: [Step] = [], framing: Framing = .chunked) -> Script
    {
        let headers = [("Content-Type", "text/event-stream")]
        return eventBytes(
            pieces, end: end, event: { "data: \($0)\n\n" }, between: between, framing: framing, headers: headers, tokens: nil)
    }

    private static func eventBytes(
        _ pieces: [String], end: StreamEnd, event: (String) -> String, between: [Step], framing: Framing, headers: [(String, String)],
        tokens: TokenTally?
    ) -> Script {
        let bytes = pieces.map { Array($0.utf8) }
        switch end {
        case .done, .noDone, .textAfterDone, .error:
            return reply(200, headers: headers, pieces: bytes, framing: framing, between: between, tokens: tokens)
        case .closed, .reset, .stalled:
            let step: Step = if case .closed = end { .close } else if case .reset = end { .reset } else { .stall }
            return reply(200, headers: headers, pieces: bytes, framing: .chunkedWithoutEnd, between: between, tokens: tokens).then(step)
        case .heldBy(let gate):
            let start = reply(200, headers: headers, pieces: bytes, framing: .chunkedWithoutEnd, between: between, tokens: tokens)
            let last = chunk(Array(event("[DONE]").utf8)) + Array("0\r\n\r\n".utf8)
            var script = start.then(.wait(gate), .send(last))
            script.keepsConnection = true
            return script
        }
    }

    /// A stream that another request pre-empts: role, `[DONE]`, no finish reason, and the body is never ended (llama-cpp-python).
    package static func preempted(chunks: [String]) -> Script {
        let shape = ChunkShape(id: "chatcmpl-1", model: "scripted-1")
        let start = events(
            shape.events(chunks: chunks, usage: nil, place: .ownChunk, finish: nil), end: .noDone, framing: .chunkedWithoutEnd)
        return start.then(.waitForAnotherRequest, .send(chunk(Array("data: [DONE]\n\n".utf8))), .close)
    }
}
