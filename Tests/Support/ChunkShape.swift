/// The chunks of a streamed answer, as JSON texts.
package struct ChunkShape: Sendable {
    private let id: String
    private let model: String

    /// - Parameters: what every chunk repeats.
    package init(id: String = "chatcmpl-1", model: String = "scripted-1") {
        self.id = id
        self.model = model
    }

    /// One chunk.
    /// - Parameters:
    ///   - delta: the fields of `delta`; nil sends `choices: []`.
    ///   - finish: "stop" and so on; `.null` sends null, nil leaves the key out.
    package func chunk(
        delta: [(String, JSONText)]?, finish: JSONText? = .null, usage: JSONText? = nil, extra: [(String, JSONText)] = []
    ) -> String {
        var choices: [JSONText] = []
        if let delta {
            var choice: [(String, JSONText)] = [("index", .number(0)), ("delta", .object(delta))]
            if let finish { choice.append(("finish_reason", finish)) }
            choices = [.object(choice)]
        }
        var fields: [(String, JSONText)] = [
            ("id", .text(id)), ("object", .text("chat.completion.chunk")), ("created", .number(1_767_603_600)), ("model", .text(model)),
            ("choices", .array(choices)),
        ]
        if let usage { fields.append(("usage", usage)) }
        return JSONText.object(fields + extra).text
    }

    /// The ordinary course of a stream: a role, the contents, the finish, and the usage in its place.
    func events(chunks: [String], usage: Script.Usage?, place: Script.UsagePlace, finish: String?) -> [String] {
        var events = [chunk(delta: [("role", .text("assistant")), ("content", .text(""))], usage: running(usage, place, 0, chunks.count))]
        for (index, content) in chunks.enumerated() {
            events.append(chunk(delta: [("content", .text(content))], usage: running(usage, place, index + 1, chunks.count)))
        }
        if let finish {
            let onFinish = place == .finishChunk || place == .everyChunk ? usage?.json : nil
            events.append(chunk(delta: [], finish: .text(finish), usage: onFinish))
        }
        if let usage, place == .ownChunk { events.append(chunk(delta: nil, usage: usage.json)) }
        if let usage, place == .lastChunkWithChoices { events.append(chunk(delta: [], finish: nil, usage: usage.json)) }
        return events
    }

    private func running(_ usage: Script.Usage?, _ place: Script.UsagePlace, _ done: Int, _ count: Int) -> JSONText? {
        guard place == .everyChunk, var usage, count > 0 else { return nil }
        usage.completion = (usage.completion ?? 0) * done / count
        usage.total = (usage.prompt ?? 0) + (usage.completion ?? 0)
        return usage.json
    }
}
