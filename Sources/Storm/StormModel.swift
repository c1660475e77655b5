import Foundation
import NIOConcurrencyHelpers
import Notation

/// The model of a storm: an OpenAI-compatible endpoint on loopback that is never killed, answers from the passages it is given, marks each answer with
/// a word that no other answer has, and fails in every way a model does, as the seed says.
package final class StormModel: Sendable {
    /// What happens to one call.
    enum Fate: Sendable, Hashable {
        case answers, isUnsure, asksForPerson
        case isSlow(milliseconds: Int)
        case resets, fails, isBusy, talksGarbage, breaksOff
    }

    /// An answer that was begun: who asked, and by which word it can be known again.
    package struct Said: Sendable, Hashable {
        /// The word of the question.
        package let question: String
        /// The word of the answer.
        package let nonce: String
    }

    private struct State {
        var calls: [String: Int] = [:]
        var said: [String: String] = [:]
        var listener: (@Sendable (Said) -> Void)?
        var isCalm = false
        var isHeld = false
        var isClosed = false
    }

    /// Where the word of a question begins, and that of an answer.
    static let (questionMark, nonceMark) = ("zq", "nx")

    private let seed: UInt64
    private let server: LoopbackServer
    private let state: NIOLockedValueBox<State>

    /// Listens at once.
    /// - Throws: `StormError.socket`.
    package init(seed: UInt64) throws(StormError) {
        self.seed = seed
        let state = NIOLockedValueBox(State())
        self.state = state
        server = try LoopbackServer { connection, request in
            guard request.method == "POST" else {
                return connection.answer(200, type: "application/json", Array(#"{"object":"list","data":[]}"#.utf8))
            }
            return Self.answer(request, on: connection, seed: seed, state)
        }
    }

    /// With `/v1`, as an endpoint is configured.
    package var url: String { "http://127.0.0.1:\(server.port)/v1" }
    /// How many calls there were.
    package var calls: Int { state.withLockedValue { $0.calls.values.reduce(0, +) } }
    /// The questions' words by the answers' words: everything that was ever said.
    package var said: [String: String] { state.withLockedValue(\.said) }

    /// Tells each answer right after its last byte was written.
    package func tells(_ listener: @escaping @Sendable (Said) -> Void) { state.withLockedValue { $0.listener = listener } }

    /// From now on every call is answered well and at once.
    package func calmDown() { state.withLockedValue { $0.isCalm = true } }

    /// From now on no call is answered, until it is told otherwise.
    package func hold(_ isHeld: Bool) { state.withLockedValue { $0.isHeld = isHeld } }

    /// Ends it.
    package func close() {
        state.withLockedValue { $0.isClosed = true }
        server.close()
    }

    /// The fate of a call depends on what is asked and how often it was, not on the order in which calls come.
    static func fate(of question: String, call: Int, seed: UInt64) -> Fate {
        var random = SeededRandom(seed, "fate \(question) \(call)")
        switch random.number(0...99) {
        case 0..<4: return .resets
        case 4..<8: return .fails
        case 8..<10: return .isBusy
        case 10..<13: return .talksGarbage
        case 13..<16: return .breaksOff
        case 16..<24: return .isSlow(milliseconds: random.number(100...900))
        case 24..<30: return .isUnsure
        case 30..<33: return .asksForPerson
        default: return .answers
        }
    }

    private static func answer(
        _ request: LoopbackServer.Request, on connection: LoopbackServer.Connection, seed: UInt64, _ state: NIOLockedValueBox<State>
    ) -> Bool {
        // No JSON from our own client: told as what it is.
        guard let asked = Asked(request.body) else { return connection.answer(400, type: "text/plain", Array("not understood".utf8)) }
        let (call, isCalm) = state.withLockedValue { state in
            state.calls[asked.word, default: 0] += 1
            return (state.calls[asked.word] ?? 1, state.isCalm)
        }
        var random = SeededRandom(seed, "nonce \(asked.word) \(call)")
        let nonce = random.word(nonceMark)
        var fate = isCalm ? Fate.answers : fate(of: asked.word, call: call, seed: seed)
        if case .isSlow(let milliseconds) = fate {
            usleep(UInt32(milliseconds) * 1000)
            fate = .answers
        } else if !isCalm {
            usleep(UInt32(random.number(0...12)) * 1000)
        }
        while state.withLockedValue({ $0.isHeld && !$0.isClosed }) { usleep(2000) }
        let text = asked.reply(nonce: nonce, fate)
        let body = asked.wantsStream ? Wire.stream(text) : Wire.whole(text)
        let type = asked.wantsStream ? "text/event-stream" : "application/json"
        switch fate {
        case .resets:
            connection.reset()
            return false
        case .fails: return connection.answer(500, type: "application/json", Array(#"{"error":{"message":"scripted"}}"#.utf8))
        case .isBusy: return connection.answer(429, type: "application/json", Array(#"{"error":{"message":"scripted"}}"#.utf8))
        case .talksGarbage: return connection.answer(200, type: type, Array("<html>not what was asked for".utf8))
        case .breaksOff:
            let head = "HTTP/1.1 200 OK\r\nContent-Type: \(type)\r\nContent-Length: \(body.count)\r\n\r\n"
            connection.send(Array(head.utf8) + body.prefix(body.count / 2))
            return false
        case .answers, .isUnsure, .asksForPerson, .isSlow:
            // Noted before a byte is out: what is seen elsewhere must be known here.
            let listener = state.withLockedValue { state in
                state.said[nonce] = asked.word
                return state.listener
            }
            let sent = connection.answer(200, type: type, body)
            if sent { listener?(Said(question: asked.word, nonce: nonce)) }
            return sent
        }
    }
}

/// What a call asks: the question's word and the first passage of its data block.
private struct Asked {
    let word: String
    let wantsStream: Bool
    private let passage: (id: String, text: String)?

    init?(_ body: [UInt8]) {
        guard let json = try? JSONReader.read(body),  // no JSON: nil says it
            let messages = json["messages"]?.items, let content = messages.last(where: { $0["role"]?.text == "user" })?["content"]?.text
        else { return nil }
        wantsStream = json["stream"] == .bool(true)
        word = Words.last(StormModel.questionMark, in: content) ?? "none"
        passage = Self.firstPassage(in: content)
    }

    private static func firstPassage(in content: String) -> (id: String, text: String)? {
        let lines = content.components(separatedBy: "\n")
        guard let start = lines.firstIndex(where: { $0.hasPrefix("[") }), let end = lines[start].firstIndex(of: "]") else { return nil }
        let id = String(lines[start][..<end].dropFirst())
        let text = lines[(start + 1)...].prefix { !$0.hasPrefix("[") && !$0.hasPrefix("END ") }.last { !$0.isEmpty && !$0.hasPrefix("#") }
        return text.map { (id, $0) }
    }

    /// A reply by the contract of the answer prompts.
    func reply(nonce: String, _ fate: StormModel.Fate) -> String {
        let quote = passage?.text ?? ""
        let citations: [JSON] =
            passage.map { [JSON.of(("passage", .string($0.id)), ("quote", .string(String($0.text.prefix(120)))))] } ?? []
        let support = passage == nil ? "none" : "full"
        let json = JSON.of(
            ("plan", .string("Quote the passage.")), ("support", .string(fate == .isUnsure ? "none" : support)),
            ("citations", .array(citations)), ("answer", .string("\(quote) Ref \(nonce).")), ("intent", .string("other")),
            ("sentiment", .number("0")), ("needs_human", .bool(fate == .asksForPerson)), ("summary", .string("A question.")),
            ("confidence", .number(fate == .isUnsure ? "1" : "19")))
        return String(decoding: json.bytes, as: UTF8.self)
    }
}

/// A reply as the endpoint sends it.
private enum Wire {
    private static let usage = JSON.of(
        ("prompt_tokens", .number("1000")), ("completion_tokens", .number("100")), ("total_tokens", .number("1100")))

    static func whole(_ text: String) -> [UInt8] {
        let message = JSON.of(("role", .string("assistant")), ("content", .string(text)))
        let choice = JSON.of(("index", .number("0")), ("message", message), ("finish_reason", .string("stop")))
        return JSON.of(
            ("id", .string("storm")), ("object", .string("chat.completion")), ("model", .string("storm-model")),
            ("choices", .array([choice])), ("usage", usage)
        ).bytes
    }

    static func stream(_ text: String) -> [UInt8] {
        func chunk(_ delta: JSON, finish: String?, usage: JSON? = nil) -> [UInt8] {
            let choice = JSON.of(("index", .number("0")), ("delta", delta), ("finish_reason", finish.map { .string($0) }))
            let json = JSON.of(
                ("id", .string("storm")), ("object", .string("chat.completion.chunk")), ("model", .string("storm-model")),
                ("choices", .array(usage == nil ? [choice] : [])), ("usage", usage))
            return Array("data: ".utf8) + json.bytes + Array("\n\n".utf8)
        }
        let middle = text.index(text.startIndex, offsetBy: text.count / 2)
        return chunk(JSON.of(("role", .string("assistant")), ("content", .string(String(text[..<middle])))), finish: nil)
            + chunk(JSON.of(("content", .string(String(text[middle...])))), finish: nil)
            + chunk(.object([]), finish: "stop") + chunk(.object([]), finish: nil, usage: usage) + Array("data: [DONE]\n\n".utf8)
    }
}

/// The words by which questions and answers of a storm are known again: two letters, then twelve of a to p.
package enum Words {
    /// The last word with a prefix in a text.
    package static func last(_ prefix: String, in text: String) -> String? { all(prefix, in: text).last }

    /// All words with a prefix in a text, in order.
    package static func all(_ prefix: String, in text: String) -> [String] {
        text.split { !$0.isLetter }.filter {
            $0.utf8.count == 14 && $0.hasPrefix(prefix) && $0.utf8.dropFirst(2).allSatisfy { (0x61...0x70).contains($0) }
        }
        .map(String.init)
    }
}
