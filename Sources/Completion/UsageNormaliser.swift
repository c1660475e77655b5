import Notation

/// From the endpoint's usage record, whatever its dialect, to the five buckets of `Usage`.
///
/// | dialect | input | cached | cache write | output | reasoning |
/// |---|---|---|---|---|---|
/// | chat completions | `prompt_tokens` | `prompt_tokens_details.cached_tokens` | `...cache_write_tokens` | `completion_tokens` | `completion_tokens_details.reasoning_tokens` |
/// | responses | `input_tokens` | `input_tokens_details.cached_tokens` | `...cache_write_tokens` | `output_tokens` | `output_tokens_details.reasoning_tokens` |
/// | DeepSeek, Anthropic through gateways | | `prompt_cache_hit_tokens`, `cache_read_input_tokens` | `cache_creation_input_tokens` | | |
/// | llama.cpp `timings` | `prompt_n` + `cache_n` | `cache_n` | | `predicted_n` | |
///
/// Whether cached and reasoning tokens are inside or beside the counts is decided by `total_tokens`, because endpoints differ (OpenAI inside,
/// xAI beside) and gateways change it (LiveBench #503, opencode #17566, litellm #14849).
struct UsageNormaliser {
    /// What was asked for, to bound and to judge by.
    struct Request: Sendable {
        /// No tokenizer makes more of the messages.
        var inputUpperBound: Int
        /// Our best guess at the input.
        var inputEstimate: Int
        var maxOutputTokens: Int
        /// The endpoint's setting, for records without a total.
        var reasoningInCompletion: Endpoint.ReasoningCount
    }

    let request: Request

    /// No count above this is believed.
    static let largestCount = 100_000_000
    /// Bytes of an endpoint's own usage record that are kept.
    private static let largestRaw = 2_048

    /// The usage of a reply that has an end.
    /// - Parameters:
    ///   - record: the LAST usage object of the reply; later ones replace earlier ones and are never added (vllm #7262).
    ///   - isWhole: the reply ended by its own account.
    ///   - visibleText, reasoningText: what came, for an estimate where no record did.
    func usage(record: JSON?, timings: JSON?, isWhole: Bool, visibleText: String, reasoningBytes: Int) -> Usage {
        if let record, var usage = normalised(record) {
            usage.source = isWhole ? .providerFinal : .providerPartial
            usage.raw = raw(record)
            return usage
        }
        if record == nil, let timings, let usage = counted(timings) { return usage }
        let estimate = Usage(
            inputUncached: request.inputEstimate, outputVisible: TokenGuess.tokens(visibleText),
            outputReasoning: TokenGuess.tokens(asciiBytes: reasoningBytes), source: .estimatedLocal, raw: record.flatMap(raw),
            rule: record == nil ? "no usage in the reply; counted from the texts" : "unusable usage in the reply; counted from the texts",
            isDisputed: record != nil)
        return estimate
    }

    /// The most that an attempt can have used whose end nobody saw.
    func bound(_ why: String) -> Usage {
        Usage(
            inputUncached: request.inputUpperBound, outputVisible: request.maxOutputTokens, source: .estimatedBound,
            rule: "\(why); the most it can have been")
    }

    private func raw(_ record: JSON) -> String? {
        let bytes = record.bytes
        return bytes.count <= Self.largestRaw ? String(decoding: bytes, as: UTF8.self) : nil
    }

    private func counted(_ timings: JSON) -> Usage? {
        guard let prompt = count(timings["prompt_n"]), let predicted = count(timings["predicted_n"]) else { return nil }
        return Usage(
            inputUncached: prompt, inputCached: count(timings["cache_n"]) ?? 0, outputVisible: predicted, source: .providerFinal,
            raw: raw(timings), rule: "no usage in the reply; llama.cpp timings")
    }

    /// nil where a count that must be there is not, or any is negative or absurd.
    private func normalised(_ record: JSON) -> Usage? {
        guard let counts = Counts(record, count: count) else { return nil }
        var usage = Usage(source: .providerFinal, rule: "")
        var notes: [String] = []
        let output = split(counts, into: &usage, notes: &notes)
        splitInput(counts, output: output, into: &usage, notes: &notes)
        if let total = counts.total, total != usage.total {
            usage.isDisputed = true
            notes.append("total_tokens \(total) is not the sum \(usage.total)")
        }
        let ceiling = request.maxOutputTokens.multipliedReportingOverflow(by: 2)
        if !ceiling.overflow, usage.outputVisible > ceiling.partialValue &+ 64 {
            usage.isDisputed = true
            notes.append("more than twice the output allowed (\(request.maxOutputTokens))")
        }
        if usage.total == 0 { notes.append("zero as given") }
        usage.rule = notes.isEmpty ? "as given" : notes.joined(separator: "; ")
        return usage
    }

    /// Divides the output. - Returns: all of it.
    private func split(_ counts: Counts, into usage: inout Usage, notes: inout [String]) -> Int {
        guard counts.reasoning > 0 else {
            usage.outputVisible = counts.output
            return counts.output
        }
        let isInside: Bool
        let why: String
        if let total = counts.total, total == counts.input + counts.output, counts.reasoning <= counts.output {
            (isInside, why) = (true, "by total_tokens")
        } else if let total = counts.total, total == counts.input + counts.output + counts.reasoning {
            (isInside, why) = (false, "by total_tokens")
        } else {
            switch request.reasoningInCompletion {
            case .inside where counts.reasoning <= counts.output: (isInside, why) = (true, "by the endpoint's setting")
            case .beside: (isInside, why) = (false, "by the endpoint's setting")
            case .inside, .automatic: (isInside, why) = (counts.reasoning <= counts.output, "by size")
            }
        }
        notes.append("reasoning \(isInside ? "inside" : "beside") the completion (\(why))")
        usage.outputReasoning = counts.reasoning
        usage.outputVisible = isInside ? counts.output - counts.reasoning : counts.output
        return usage.outputVisible + usage.outputReasoning
    }

    private func splitInput(_ counts: Counts, output: Int, into usage: inout Usage, notes: inout [String]) {
        let special = counts.cached + counts.cacheWrite
        usage.inputCached = counts.cached
        usage.inputCacheWrite = counts.cacheWrite
        if let total = counts.total, special > 0, total == counts.input + special + output {
            usage.inputUncached = counts.input
            notes.append("cached input beside the prompt (by total_tokens)")
        } else if special <= counts.input {
            usage.inputUncached = counts.input - special
        } else {
            usage.inputCached = min(counts.cached, counts.input)
            usage.inputCacheWrite = counts.input - usage.inputCached
            usage.isDisputed = true
            notes.append("more cached than read; cached cut to the prompt")
        }
    }

    private func count(_ value: JSON?) -> Int? {
        guard let count = value?.integer, count >= 0, count <= Self.largestCount else { return nil }
        return count
    }
}

/// The counts of a record by their meaning.
private struct Counts {
    let input: Int
    let output: Int
    let total: Int?
    let cached: Int
    let cacheWrite: Int
    let reasoning: Int

    init?(_ record: JSON, count: (JSON?) -> Int?) {
        guard let input = count(record["prompt_tokens"] ?? record["input_tokens"]) else { return nil }
        // A reply without output may leave its count out.
        let written = record["completion_tokens"] ?? record["output_tokens"]
        guard let output = written == nil ? 0 : count(written) else { return nil }
        let read = record["prompt_tokens_details"] ?? record["input_tokens_details"]
        let wrote = record["completion_tokens_details"] ?? record["output_tokens_details"]
        let parts = [
            record["total_tokens"],
            read?["cached_tokens"] ?? record["cache_read_input_tokens"] ?? record["prompt_cache_hit_tokens"] ?? record["cached_tokens"],
            read?["cache_write_tokens"] ?? record["cache_creation_input_tokens"],
            wrote?["reasoning_tokens"] ?? record["reasoning_tokens"],
        ]
        for part in parts where part != nil && count(part) == nil { return nil }
        self.input = input
        self.output = output
        total = count(parts[0])
        cached = count(parts[1]) ?? 0
        cacheWrite = count(parts[2]) ?? 0
        reasoning = count(parts[3]) ?? 0
    }
}

/// How many tokens a text has, where nobody who knows told: one for 4 bytes of ASCII, one for each other character.
enum TokenGuess {
    static func tokens(_ text: String) -> Int {
        var (ascii, others) = (0, 0)
        for scalar in text.unicodeScalars {
            if scalar.isASCII { ascii += 1 } else { others += 1 }
        }
        return tokens(asciiBytes: ascii) + others
    }

    static func tokens(asciiBytes: Int) -> Int { (asciiBytes + 3) / 4 }
}
