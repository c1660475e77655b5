import Notation
import Prompting
import Transfer

/// What `baton doctor` found out about an endpoint by asking it: a list of models and one to five small completions.
package struct ProbeReport: Hashable, Sendable {
    /// One thing found, in plain words.
    package struct Finding: Hashable, Sendable {
        /// How bad a finding is.
        package enum Level: String, Hashable, Sendable {
            /// As it should be.
            case good
            /// Works, and is worth knowing.
            case note
            /// Must be changed.
            case problem
        }

        /// How bad it is.
        package let level: Level
        /// What was seen.
        package let says: String
        /// What to change, and where; nil where nothing has to be.
        package let remedy: String?
    }

    /// The endpoint's name.
    package let endpoint: String
    /// Something answered at the address.
    package internal(set) var isReachable = false
    /// The key was accepted; nil where nothing tells.
    package internal(set) var isAuthorised: Bool?
    /// The model is in the endpoint's list; nil where it gives none (ai-mock, mockllm and transformers serve do not).
    package internal(set) var isModelListed: Bool?
    /// A completion came back whole.
    package internal(set) var answers = false
    /// It came as a stream.
    package internal(set) var streams: Bool?
    /// The strictest way of asking for JSON that was obeyed, and not merely accepted.
    package internal(set) var jsonMode = Endpoint.JSONMode.prompt
    /// The stream carried a usage record.
    package internal(set) var givesUsage: Bool?
    /// From the request to the first event, milliseconds.
    package internal(set) var firstTokenMilliseconds: Int?
    /// In the order in which they were found.
    package internal(set) var findings: [Finding] = []
    /// The endpoint with the settings that were found to work.
    package internal(set) var suggested: Endpoint

    init(_ endpoint: Endpoint) {
        self.endpoint = endpoint.name
        suggested = endpoint
    }

    mutating func add(_ level: Finding.Level, _ says: String, _ remedy: String? = nil) {
        findings.append(Finding(level: level, says: says, remedy: remedy))
    }
}

extension Completer {
    /// Asks an endpoint what it can do. Its completions are recorded like any other; they are small but not free.
    /// - Parameter endpoint: need not be one of this completer's.
    /// - Throws: only what the recorder throws, or `CompletionFailure` where the task was cancelled; every fault of the endpoint is a finding.
    package func probe(_ endpoint: Endpoint, recording recorder: any AttemptRecorder) async throws -> ProbeReport {
        var report = ProbeReport(endpoint)
        await listModels(of: endpoint, into: &report)
        let run = CompletionRun(request: Self.question, recorder: recorder, deadline: .max)
        var dialect = Dialect(
            format: .schema, asksForUsage: endpoint.includeUsage != .no, usesMaxCompletionTokens: endpoint.usesMaxCompletionTokens)
        while run.attempts < Self.mostAttempts {
            let result = try await attempt(endpoint, dialect, Self.question, run)
            if result.outcome == .cancelled { throw run.failure() }
            report.take(result, dialect)
            guard let next = report.next(after: result, dialect) else { break }
            dialect = next
        }
        report.conclude(endpoint)
        return report
    }

    /// Nothing in the words asks for the contract's fields, so that their presence shows that the format was obeyed. ("JSON" must stand in the
    /// messages: OpenAI refuses `json_object` otherwise.)
    private static let question = CompletionRequest(
        messages: [.init(role: .user, content: "Greet a customer of the company Quayside in one sentence. JSON.")],
        parameters: .init(temperature: 0, maxTokens: 400, endpoint: nil))

    private func listModels(of endpoint: Endpoint, into report: inout ProbeReport) async {
        let limits = endpoint.timeouts
        let request = HTTPRequest(
            url: endpoint.modelsURL, headers: [("Accept", "application/json")] + endpoint.authorisation,
            limits: .init(
                connectMilliseconds: limits.connectMilliseconds, firstByteMilliseconds: limits.firstTokenMilliseconds,
                silenceMilliseconds: limits.silenceMilliseconds, totalMilliseconds: limits.totalMilliseconds))
        do {
            let response = try await client.send(request)
            report.isReachable = true
            guard response.status == 200 else { return }
            let list = try JSONReader.read(try await response.collect(upTo: 4 << 20))
            guard let models = list["data"]?.items?.compactMap({ $0["id"]?.text }), !models.isEmpty else { return }
            report.isModelListed = models.contains(endpoint.model)
            if report.isModelListed == false {
                let some = models.prefix(8).map { String($0.prefix(80)) }.joined(separator: ", ")
                report.add(.note, "the endpoint lists no model '\(endpoint.model)'", "set 'model:' to one of: \(some)")
            }
        } catch {
            // Many servers have no list; the completions tell what matters.
        }
    }
}

// What one completion tells.
extension ProbeReport {
    fileprivate mutating func take(_ result: Attempt.Result, _ dialect: Dialect) {
        if result.httpStatus != nil { isReachable = true }
        switch result.outcome {
        case .refused(let status) where status == 401 || status == 403:
            isAuthorised = false
            add(.problem, "the key was refused (HTTP \(status): \(result.detail))", "set 'key_file', and 'auth: api_key' for Azure")
        case .refused(let status) where status == 404:
            add(.problem, "nothing at this address (HTTP 404: \(result.detail))", "check 'url' (with /v1) and 'model'")
        case .refused(let status) where (300..<400).contains(status): add(.problem, result.detail, "set 'url' to the address it points to")
        case .refused(let status): add(.note, "\(dialect.words) was refused (HTTP \(status): \(result.detail))")
        case .notSent: add(.problem, "no connection: \(result.detail)", "check 'url', the proxy, and that the server runs")
        case .timedOut:
            add(
                .problem, "no answer in time: \(result.detail)",
                "raise the endpoint's 'first_byte', 'silence' and 'total', or use a faster model")
        case .cut where result.reply.finishReason == nil:
            add(
                .problem, "the reply had no finish_reason, so that a cut one cannot be told from a whole one",
                "look for a gateway that cuts streams")
        case .answered,
            .unreadable where result.reply.finishReason != nil:
            takeReply(result, dialect)
        default: add(.problem, "\(result.outcome.word): \(result.detail)")
        }
    }

    private mutating func takeReply(_ result: Attempt.Result, _ dialect: Dialect) {
        let reply = result.reply
        (answers, isAuthorised) = (true, true)
        streams = reply.form == .stream
        givesUsage = result.usage.source == .providerFinal
        firstTokenMilliseconds = firstTokenMilliseconds ?? result.firstTokenMilliseconds
        if !dialect.asksForUsage { suggested.includeUsage = .no }
        if dialect.usesMaxCompletionTokens != suggested.usesMaxCompletionTokens {
            suggested.maxTokensField = dialect.usesMaxCompletionTokens ? .maxCompletionTokens : .maxTokens
        }
        if result.usage.isDisputed {
            add(.note, "its usage contradicts itself: \(result.usage.rule)", "compare with the provider's own bill")
        }
        if let model = reply.model, model != suggested.model { add(.note, "asked for '\(suggested.model)', answered by '\(model)'") }
        if dialect.format == .prompt, !(reply.content.contains("{") && reply.content.contains("}")) {
            add(
                .problem, "it answers in prose although JSON was asked for, so that most answers will be handed over",
                "use a model that follows instructions, or one whose server honours response_format")
        }
        if Self.obeys(reply, dialect.format) {
            jsonMode = dialect.format.mode
        } else {
            add(.note, "\(dialect.words) was accepted and not obeyed")
        }
    }

    private static func obeys(_ reply: Reply, _ format: Dialect.Format) -> Bool {
        // No JSON means not obeyed.
        guard let value = try? JSONReader.read(Array(reply.content.utf8)), let members = value.members else { return format == .prompt }
        let keys = Set(members.map(\.key))
        return format != .schema || keys.isSuperset(of: ["support", "answer", "needs_human", "confidence"])
    }

    /// The dialect to try next; nil when enough is known.
    fileprivate func next(after result: Attempt.Result, _ dialect: Dialect) -> Dialect? {
        var next = dialect
        switch result.outcome {
        case .refused(let status) where [400, 422, 500, 501].contains(status):
            if result.error.blamesStreamOptions, dialect.asksForUsage {
                next.asksForUsage = false
            } else if result.error.blamesMaxTokens, dialect.usesMaxCompletionTokens == suggested.usesMaxCompletionTokens {
                next.usesMaxCompletionTokens.toggle()
            } else if result.error.blamesTemperature, dialect.sendsTemperature {
                next.sendsTemperature = false
            } else {
                return dialect.plainerFormat
            }
            return next
        case .answered, .unreadable: return Self.obeys(result.reply, dialect.format) || !answers ? nil : dialect.plainerFormat
        default: return nil
        }
    }

    fileprivate mutating func conclude(_ endpoint: Endpoint) {
        guard answers else {
            if isReachable, !findings.contains(where: { $0.level == .problem }) {
                add(.problem, "no way of asking gave an answer", "compare the refusals above with the server's manual")
            }
            return
        }
        suggested.jsonMode = jsonMode
        add(.good, "it answers" + (firstTokenMilliseconds.map { "; first event after \($0) ms" } ?? ""))
        add(
            .good, "answers are asked for by \(jsonMode.rawValue)",
            jsonMode == endpoint.jsonMode || endpoint.jsonMode == .auto ? nil : "set 'json_mode: \(jsonMode.rawValue)'")
        if streams == false { add(.note, "it does not stream: a takeover cannot stop the spending", "look for a gateway that buffers") }
        if givesUsage == true {
            add(.good, "it reports usage in streams")
        } else {
            add(.note, "it reports no usage in streams: costs are estimated", "start the server with usage in streams, if it can")
        }
        if isModelListed == true { add(.good, "the model '\(endpoint.model)' is in its list") }
    }
}

extension Dialect {
    fileprivate var plainerFormat: Dialect? {
        guard format != .prompt else { return nil }
        var plainer = self
        plainer.format = format == .schema ? .object : .prompt
        return plainer
    }

    /// The request in words.
    fileprivate var words: String {
        switch format {
        case .schema: "response_format json_schema"
        case .object: "response_format json_object"
        case .prompt: "a request without response_format"
        }
    }
}

extension Dialect.Format {
    fileprivate var mode: Endpoint.JSONMode {
        switch self {
        case .schema: .schema
        case .object: .object
        case .prompt: .prompt
        }
    }
}
