import Notation
import Testing

@testable import Completion

struct UsageNormaliserTests {
    private func usage(
        _ record: String?, timings: String? = nil, isWhole: Bool = true, max: Int = 4_000, reasoning: Endpoint.ReasoningCount = .automatic,
        text: String = "Four to six weeks."
    ) throws -> Usage {
        let normaliser = UsageNormaliser(
            request: .init(inputUpperBound: 900, inputEstimate: 300, maxOutputTokens: max, reasoningInCompletion: reasoning))
        return normaliser.usage(
            record: try record.map { try JSONReader.read(Array($0.utf8)) },
            timings: try timings.map { try JSONReader.read(Array($0.utf8)) },
            isWhole: isWhole, visibleText: text, reasoningBytes: 8)
    }

    private func buckets(_ usage: Usage) -> [Int] {
        [usage.inputUncached, usage.inputCached, usage.inputCacheWrite, usage.outputVisible, usage.outputReasoning]
    }

    @Test
    func `litellm 6215: cached tokens are inside the prompt and are not counted twice`() throws {
        let usage = try usage(
            #"{"prompt_tokens":2006,"completion_tokens":300,"total_tokens":2306,"prompt_tokens_details":{"cached_tokens":1920}}"#)
        #expect(buckets(usage) == [86, 1920, 0, 300, 0])
        #expect(usage.source == .providerFinal)
        #expect(!usage.isDisputed)
    }

    @Test
    func `opencode 17566: reasoning inside the completion is counted once`() throws {
        let usage = try usage(
            #"{"prompt_tokens":2008,"completion_tokens":266,"total_tokens":2274,"completion_tokens_details":{"reasoning_tokens":261}}"#)
        #expect(buckets(usage) == [2008, 0, 0, 5, 261])
        #expect(usage.rule.contains("inside"))
        #expect(!usage.isDisputed)
    }

    @Test
    func `LiveBench 503: reasoning beside the completion is added`() throws {
        let usage = try usage(
            #"{"prompt_tokens":100,"completion_tokens":237,"total_tokens":2238,"completion_tokens_details":{"reasoning_tokens":1901}}"#)
        #expect(buckets(usage) == [100, 0, 0, 237, 1901])
        #expect(usage.rule.contains("beside"))
        #expect(!usage.isDisputed)
    }

    @Test
    func `without a total the endpoint's setting decides about reasoning, and sizes where there is none`() throws {
        let record = #"{"prompt_tokens":10,"completion_tokens":50,"completion_tokens_details":{"reasoning_tokens":20}}"#
        #expect(buckets(try usage(record)) == [10, 0, 0, 30, 20])
        #expect(buckets(try usage(record, reasoning: .beside)) == [10, 0, 0, 50, 20])
        let more = #"{"prompt_tokens":10,"completion_tokens":5,"completion_tokens_details":{"reasoning_tokens":20}}"#
        #expect(buckets(try usage(more)) == [10, 0, 0, 5, 20])
    }

    @Test
    func `litellm 37992: zeros that were sent are zeros, not missing`() throws {
        let usage = try usage(#"{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}"#)
        #expect(usage.total == 0)
        #expect(usage.source == .providerFinal)
    }

    @Test
    func `langchain-litellm 33: no usage gives an estimate that says so`() throws {
        let usage = try usage(nil)
        #expect(buckets(usage) == [300, 0, 0, 5, 2])
        #expect(usage.source == .estimatedLocal)
        #expect(usage.raw == nil)
    }

    @Test
    func `a record of a cut reply is partial`() throws {
        #expect(try usage(#"{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}"#, isWhole: false).source == .providerPartial)
    }

    @Test(arguments: [
        #"{"prompt_tokens":-1,"completion_tokens":2}"#, #"{"prompt_tokens":1e400,"completion_tokens":2}"#,
        #"{"prompt_tokens":9223372036854775807,"completion_tokens":9223372036854775807}"#,
        #"{"prompt_tokens":12,"completion_tokens":"many"}"#,
        #"{"prompt_tokens":12,"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":-4}}"#, #"{"completion_tokens":3}"#, "{}",
    ])
    func `a record that cannot be true is kept, disputed and not used`(record: String) throws {
        let usage = try usage(record)
        #expect(usage.source == .estimatedLocal)
        #expect(usage.isDisputed)
        #expect(usage.inputUncached == 300)
        #expect(usage.raw != nil)
    }

    @Test
    func `a sum that disagrees with the total is disputed and the parts stay`() throws {
        let usage = try usage(#"{"prompt_tokens":10,"completion_tokens":20,"total_tokens":77}"#)
        #expect(usage.isDisputed)
        #expect(buckets(usage) == [10, 0, 0, 20, 0])
    }

    @Test
    func `more cached than read is disputed and never negative`() throws {
        let usage = try usage(#"{"prompt_tokens":10,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":25}}"#)
        #expect(usage.isDisputed)
        #expect(buckets(usage) == [0, 10, 0, 1, 0])
    }

    @Test
    func `cache reads and writes beside the prompt are told by the total`() throws {
        let usage = try usage(
            #"{"prompt_tokens":10,"completion_tokens":5,"total_tokens":145,"cache_read_input_tokens":100,"cache_creation_input_tokens":30}"#
        )
        #expect(buckets(usage) == [10, 100, 30, 5, 0])
        #expect(!usage.isDisputed)
    }

    @Test
    func `the names of the Responses API map to the same buckets`() throws {
        let usage = try usage(
            #"{"input_tokens":50,"input_tokens_details":{"cached_tokens":20,"cache_write_tokens":5},"output_tokens":9,"output_tokens_details":{"reasoning_tokens":4},"total_tokens":59}"#
        )
        #expect(buckets(usage) == [25, 20, 5, 5, 4])
    }

    @Test
    func `llama.cpp's timings stand in for a missing record`() throws {
        let usage = try usage(nil, timings: #"{"cache_n":60,"prompt_n":3,"predicted_n":7}"#)
        #expect(buckets(usage) == [3, 60, 0, 7, 0])
        #expect(usage.source == .providerFinal)
    }

    @Test
    func `far more output than was allowed is disputed, and a few tokens over are not`() throws {
        #expect(try usage(#"{"prompt_tokens":10,"completion_tokens":962}"#, max: 3).isDisputed)
        #expect(try !usage(#"{"prompt_tokens":10,"completion_tokens":23}"#, max: 20).isDisputed)
    }

    @Test
    func `a record of many kilobytes is not kept`() throws {
        let padding = String(repeating: "x", count: 5_000)
        let usage = try usage(#"{"prompt_tokens":1,"completion_tokens":1,"note":"\#(padding)"}"#)
        #expect(usage.raw == nil)
        #expect(usage.source == .providerFinal)
    }

    @Test
    func `the buckets always add up to the total where it agrees with its parts`() throws {
        var random = SeededRandom(seed: 7)
        for _ in 0..<2_000 {
            let prompt = Int.random(in: 0...5_000, using: &random)
            let completion = Int.random(in: 0...5_000, using: &random)
            let cached = Int.random(in: 0...prompt, using: &random)
            let reasoning = Int.random(in: 0...completion, using: &random)
            let usage = try usage(
                #"{"prompt_tokens":\#(prompt),"completion_tokens":\#(completion),"total_tokens":\#(prompt + completion),"prompt_tokens_details":{"cached_tokens":\#(cached)},"completion_tokens_details":{"reasoning_tokens":\#(reasoning)}}"#
            )
            #expect(usage.total == prompt + completion)
            #expect(buckets(usage).allSatisfy { $0 >= 0 })
        }
    }
}

/// The same numbers in every run.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    mutating func next() -> UInt64 {
        state = state &+ 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
