import NIOConcurrencyHelpers
import Support

/// A model that thinks for no time at all: it answers with the first two sentences of the first passage that it was shown, in the form that was asked for, streamed in
/// small pieces as real ones do, and bills by its own count. `GET /tally` says what it billed, `GET /last` gives the last request back.
enum ScriptedModel {
    /// What it has billed.
    struct Tally: Sendable {
        var answers = 0
        var input = 0
        var output = 0

        init() {}

        /// From what `GET /tally` said.
        init?(_ text: String) {
            let numbers = text.split(separator: " ").compactMap { Int($0) }
            guard numbers.count == 3 else { return nil }
            (answers, input, output) = (numbers[0], numbers[1], numbers[2])
        }

        var text: String { "\(answers) \(input) \(output)" }
    }

    /// What the process of the model does.
    static func play() throws {
        let state = NIOLockedValueBox((tally: Tally(), last: [UInt8]()))
        let endpoint = try ScriptedEndpoint { request in
            switch request.target {
            case "/tally": return .status(200, body: state.withLockedValue { $0.tally.text })
            case "/last": return .status(200, body: String(decoding: state.withLockedValue { $0.last }, as: UTF8.self))
            default:
                let (input, output) = (request.body.count / 4, 150)
                state.withLockedValue { state in
                    state.tally.answers += 1
                    state.tally.input += input
                    state.tally.output += output
                    state.last = request.body
                }
                return answer(to: request.body, input: input, output: output)
            }
        }
        Part.sayAndStay(String(endpoint.port))
        endpoint.close()
    }

    private static func answer(to body: [UInt8], input: Int, output: Int) -> Script {
        let shown = Passage(firstIn: body)
        let content = """
            {"plan": "The first passage settles it.", "support": "full", "citations": [{"passage": "\(shown.id)", "quote": "\(shown.quote)"}], \
            "answer": "\(shown.answer)", "missing": null, "follow_ups": [], "intent": "how_to", "sentiment": 0, "captured": {}, \
            "needs_human": false, "reason": null, "summary": "The customer asked how something is done; it was answered.", "confidence": 19}
            """
        var events: [UInt8] = []
        for piece in pieces(of: content) {
            events += chunk(#"{"index":0,"delta":{"content":\#(quoted(piece))},"finish_reason":null}"#, usage: "null")
        }
        events += chunk(#"{"index":0,"delta":{},"finish_reason":"stop"}"#, usage: "null")
        events += chunk("", usage: #"{"prompt_tokens":\#(input),"completion_tokens":\#(output),"total_tokens":\#(input + output)}"#)
        events += Script.chunk(Array("data: [DONE]\n\n".utf8)) + Array("0\r\n\r\n".utf8)
        let head = Script.head(200, lines: ["Content-Type: text/event-stream", "Transfer-Encoding: chunked"])
        return Script([.send(head + events)])
    }

    /// Of 24 characters: about six tokens.
    private static func pieces(of text: String) -> [Substring] {
        var pieces: [Substring] = []
        var rest = text[...]
        while !rest.isEmpty {
            pieces.append(rest.prefix(24))
            rest = rest.dropFirst(24)
        }
        return pieces
    }

    private static func chunk(_ choice: String, usage: String) -> [UInt8] {
        Script.chunk(
            Array(
                #"data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1767603600,"model":"scripted-1","choices":[\#(choice)],"usage":\#(usage)}\#n\#n"#
                    .utf8))
    }

    private static func quoted(_ text: Substring) -> String { "\"" + text.replacing("\"", with: "\\\"") + "\"" }
}

/// The first passage of a request's data block, found without parsing: the synthetic texts need no escapes.
private struct Passage {
    let id: String
    let quote: String
    let answer: String

    init(firstIn body: [UInt8]) {
        let block = Self.rest(of: body[...], after: #""content":"DATA "#)
        let passage = Self.rest(of: block, after: #"\n["#)
        id = String(decoding: passage.prefix { $0 != UInt8(ascii: "]") }, as: UTF8.self)
        let text = Self.rest(of: passage, after: #"\n"#).prefix { $0 != UInt8(ascii: "\\") }
        let sentences = text.split(separator: UInt8(ascii: ".")).map { String(decoding: $0, as: UTF8.self).trimmingPrefix(" ") }
        quote = String(sentences.first?.prefix(150) ?? "")
        answer = sentences.prefix(2).map { $0 + "." }.joined(separator: " ")
    }

    private static func rest(of bytes: ArraySlice<UInt8>, after mark: String) -> ArraySlice<UInt8> {
        let mark = Array(mark.utf8)
        var start = bytes.startIndex
        while start + mark.count <= bytes.endIndex {
            if bytes[start] == mark[0], bytes[start..<(start + mark.count)].elementsEqual(mark) { return bytes[(start + mark.count)...] }
            start += 1
        }
        return []
    }
}
