import Support
import Testing

@testable import Completion

/// What an endpoint sends is outside text, however well it is known.
@Suite struct FuzzTests {
    private static let stream = [
        "data: {\"id\":\"1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hello\"}}]}\n\ndata: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":3}}\n\ndata: [DONE]\n\n",
        "\u{FEFF}: comment\r\nevent: x\r\nid: 7\r\ndata: a\r\ndata: b\r\n\r\n",
        "{\"id\":\"x\",\"choices\":[{\"message\":{\"role\":\"assistant\",\"content\":\"Hello\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":2,\"prompt_tokens_details\":{\"cached_tokens\":1}}}",
        "{\"error\":{\"message\":\"no\",\"code\":429}}", "<html><body>502</body></html>",
    ]

    @Test func `an event stream that is cut anywhere gives the same events as in one piece`() {
        Fuzzer(Self.stream).run { bytes in
            func read(_ pieces: [[UInt8]]) -> [EventStream.Event]? {
                var (stream, events) = (EventStream(), [EventStream.Event]())
                for piece in pieces {
                    guard let more = try? stream.feed(piece) else { return nil }
                    events += more
                }
                return events + (stream.finish().map { [$0] } ?? [])
            }
            let middle = bytes.count / 3
            #expect(read([bytes]) == read([Array(bytes[..<middle]), Array(bytes[middle...])]))
        }
    }

    @Test func `a reply of any kind is put together or not`() {
        Fuzzer(Self.stream, seed: 2).run { bytes in
            for isWhole in [true, false] {
                var reader = ReplyReader(limit: 16 << 10)
                _ = try? reader.feed(Array(bytes.prefix(40)))
                _ = try? reader.feed(Array(bytes.dropFirst(40)))
                reader.finish(isWhole: isWhole)
            }
        }
    }

    @Test func `a draft of any kind is read or not`() {
        let corpus = [
            #"{"answer":"The fee is 1.50 EUR.","support":"full","citations":[{"passage":"fees::2","quote":"1.50 EUR"}],"confidence":17,"needs_human":false}"#,
            "Here is the answer:\n```json\n{\"answer\": \"Yes\", \"confidence\": \"0.9\",}\n```\nThanks!",
            "{'answer': 'single', confidence: NaN}",
            "no JSON at all", #"{"answer":"cut"#,
        ]
        Fuzzer(corpus).runTexts { text in
            let draft = DraftReader().read(text)
            if let confidence = draft?.confidence { #expect((0...20).contains(confidence)) }
        }
    }
}
