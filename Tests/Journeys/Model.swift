import Foundation
import Prompting
import Support

/// What the scripted endpoint says in the place of a model. It sees only the request, as any model would.
struct Model {
    /// One answer by the contract. A test changes what it wants to see go wrong.
    struct Answer {
        var support = "full"
        var citations: [(passage: String, quote: String)] = []
        var answer = ""
        var missing: String?
        var intent = "other"
        var sentiment = 0
        var captured: [String: String] = [:]
        var needsHuman = false
        var reason: String?
        var confidence: Int? = 18

        var json: String {
            func text(_ value: String?) -> JSONText { value.map { .text($0) } ?? .null }
            return JSONText.object([
                ("plan", .text("Quote the passage.")), ("support", .text(support)),
                ("citations", .array(citations.map { .object([("passage", .text($0.passage)), ("quote", .text($0.quote))]) })),
                ("answer", .text(answer)), ("missing", text(missing)), ("follow_ups", .array([])), ("intent", .text(intent)),
                ("sentiment", .number(sentiment)),
                ("captured", .object(captured.sorted { $0.key < $1.key }.map { ($0.key, .text($0.value)) })),
                ("needs_human", .bool(needsHuman)), ("reason", text(reason)), ("summary", .text("A question.")),
                ("confidence", confidence.map { .number($0) } ?? .null),
            ]).text
        }
    }

    /// What an honest model makes of a request: the first passage, word for word.
    static func honest(_ request: EndpointRequest) -> Answer {
        var answer = Answer()
        guard let data = data(in: request), let passage = data.passages.first else {
            answer.support = "none"
            answer.answer = "The documents do not cover it."
            answer.confidence = 1
            return answer
        }
        let text = passage.text.split(separator: "\n").last { !$0.isEmpty && !$0.hasPrefix("#") }.map(String.init) ?? passage.text
        answer.answer = text
        answer.citations = [(passage.id, String(text.prefix(120)))]
        return answer
    }

    /// The passages and the question of a request.
    static func data(in request: EndpointRequest) -> DataBlock? {
        let messages = request.json?["messages"] as? [[String: Any]] ?? []
        return (messages.last { $0["role"] as? String == "user" }?["content"] as? String).flatMap(DataBlock.parse)
    }

    /// The honest answer, changed, as the endpoint sends it: streamed where a stream was asked for.
    static func answer(to request: EndpointRequest, _ change: (inout Answer) -> Void = { _ in }) -> Script {
        var answer = honest(request)
        change(&answer)
        return say(answer.json, to: request)
    }

    /// Any text, as the endpoint sends it.
    static func say(_ text: String, to request: EndpointRequest, finish: String? = "stop", end: Script.StreamEnd = .done) -> Script {
        let usage = Script.Usage(prompt: 1000, completion: 100)
        guard request.wantsStream else { return .completion(content: text, usage: usage, finish: finish) }
        return .stream(chunks: pieces(of: text), usage: usage, finish: finish, end: end)
    }

    /// A text in three pieces.
    static func pieces(of text: String) -> [String] {
        let characters = Array(text)
        let third = max(1, characters.count / 3)
        return stride(from: 0, to: characters.count, by: third).map { String(characters[$0..<min($0 + third, characters.count)]) }
    }
}
