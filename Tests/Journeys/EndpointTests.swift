import Assistant
import Completion
import Foundation
import Inbox
import Metering
import Storage
import Support
import Testing

/// The endpoint down, slow, cut off, or talking nonsense.
struct EndpointTests {
    struct Fault: Sendable, CustomTestStringConvertible {
        let name: String
        /// Why the customer gets a person; nil where the next attempt answers.
        let reason: String?
        var url: (@Sendable (ScriptedEndpoint) -> String)?
        var script: @Sendable (EndpointRequest) -> Script = { _ in .hang }
        var testDescription: String { name }
    }

    private static func garbage(_ request: EndpointRequest) -> Script { .rawEvents(["data: {garbage\n\n", "data: \u{1}]]\n\n"]) }

    static let faults: [Fault] = [
        Fault(name: "refused", reason: "model_error", url: { _ in "http://127.0.0.1:\((try? LoopbackPort.unused()) ?? 1)/v1" }),
        Fault(name: "no such name", reason: "model_error", url: { _ in "http://quayside-model.invalid/v1" }),
        Fault(name: "no TLS where TLS was meant", reason: "model_error", url: { "https://127.0.0.1:\($0.port)/v1" }),
        Fault(name: "silence after the request", reason: "timeout", script: { _ in .hang }),
        Fault(name: "silence after the head", reason: "timeout", script: { _ in .hangAfterHead() }),
        // The request was sent and may have been billed: it is not sent again (ComfyUI #16204).
        Fault(name: "closed without a byte", reason: "model_error", script: { _ in .silentClose }),
        Fault(
            name: "silence in the middle", reason: "timeout",
            script: { .stream(chunks: Model.pieces(of: Model.honest($0).json), usage: nil, finish: nil, end: .stalled) }),
        Fault(
            name: "drips for ever", reason: "timeout",
            script: { Model.answer(to: $0).split(every: 1, pauseMilliseconds: 5) }),
        Fault(
            name: "cut off in the middle", reason: "unreadable_output",
            script: { .stream(chunks: Model.pieces(of: Model.honest($0).json), usage: nil, finish: nil, end: .closed) }),
        Fault(
            name: "reset in the middle", reason: "unreadable_output",
            script: { .stream(chunks: Model.pieces(of: Model.honest($0).json), usage: nil, finish: nil, end: .reset) }),
        Fault(
            name: "done without a finish_reason", reason: "unreadable_output",
            script: { .stream(chunks: Model.pieces(of: Model.honest($0).json), usage: nil, finish: nil) }),
        Fault(name: "garbage events", reason: "unreadable_output", script: garbage),
        Fault(name: "an HTML page with 200", reason: "unreadable_output", script: { _ in .html(200, title: "Please log in") }),
        Fault(name: "an empty reply", reason: "unreadable_output", script: { Model.say("", to: $0) }),
        Fault(name: "401", reason: "model_error", script: { _ in .error(401, message: "Incorrect API key provided") }),
        Fault(name: "403", reason: "model_error", script: { _ in .error(403, message: "Forbidden") }),
        Fault(name: "404 for the model", reason: "model_error", script: { _ in .error(404, message: "model not found") }),
        Fault(name: "429 for ever", reason: "model_error", script: { _ in .tooManyRequests(retryAfter: "1") }),
        Fault(name: "429 once", reason: nil, script: { $0.number == 1 ? .tooManyRequests(retryAfter: "1") : Model.answer(to: $0) }),
        Fault(name: "429 without Retry-After, twice", reason: nil, script: { $0.number < 3 ? .tooManyRequests() : Model.answer(to: $0) }),
        Fault(name: "credit used up at the provider", reason: "model_error", script: { _ in .tooManyRequests(type: "insufficient_quota") }),
        Fault(name: "500 for ever", reason: "model_error", script: { _ in .error(500, message: "boom") }),
        Fault(name: "503 once", reason: nil, script: { $0.number == 1 ? .html(503) : Model.answer(to: $0) }),
        Fault(name: "a body without end", reason: "unreadable_output", script: { _ in .endless(Array("data: {\"choices\":[]}\n\n".utf8)) }),
        Fault(name: "another schema", reason: "unreadable_output", script: { Model.say("{\"foo\": 1, \"bar\": [2, 3]}", to: $0) }),
        Fault(name: "prose about something else", reason: "ungrounded", script: { Model.say("It takes 17 days, call 555-0199.", to: $0) }),
        Fault(
            name: "an error inside the stream", reason: "unreadable_output",
            script: { _ in .events([], end: .error(Script.errorObject(message: "out of memory", type: "server_error", code: .number(500))))
            }),
        Fault(name: "a filter", reason: "model_error", script: { Model.say(Model.honest($0).json, to: $0, finish: "content_filter") }),
        Fault(
            name: "a redirect", reason: "model_error", script: { _ in .redirect(308, to: "http://127.0.0.1:9/v1/chat/completions") }),
    ]

    @Test(arguments: faults)
    func `whatever the endpoint does, the customer has a reply or a person, never both, and pays only for replies`(_ fault: Fault)
        async throws
    {
        var options = World.Options()
        options.model = fault.script
        options.endpoint = { endpoint in
            endpoint.timeouts = .init(
                connectMilliseconds: 400, firstTokenMilliseconds: 400, silenceMilliseconds: 300, totalMilliseconds: 1_000)
            endpoint.largestReply = 64 << 10
        }
        // The address of a fault that lies before the endpoint.
        if let url = fault.url {
            let inner = options.endpoint
            options.endpoint = { endpoint in
                inner(&endpoint)
                endpoint.name = "elsewhere"
            }
            let deaf = try ScriptedEndpoint()
            options.endpoints = [
                {
                    var endpoint = Endpoint(name: "elsewhere", url: url(deaf), model: "scripted-1")
                    options.endpoint(&endpoint)
                    return endpoint
                }()
            ]
        }
        try await World.run(options) { world in
            let asked = try await world.ask("How long does a bank withdrawal take?")
            if let reason = fault.reason {
                try await world.expectHandoff(asked, because: reason)
                #expect(asked.after.first?.text.contains("withdraw") == false)
                #expect(asked.usage?.isBilled == false)
            } else {
                world.expectReply(asked)
                #expect(try #require(asked.usage).attemptCount > 1)
            }
            #expect(asked.usage?.attemptCount ?? 0 <= 1 + 2 || fault.url != nil)
        }
    }

    @Test func `an endpoint that never completes a connection is a person's case too`() async throws {
        let deaf = try DeafPort()
        var options = World.Options()
        var endpoint = Endpoint(name: "deaf", url: "http://127.0.0.1:\(deaf.port)/v1", model: "scripted-1", retries: 0)
        endpoint.timeouts.connectMilliseconds = 200
        options.endpoints = [endpoint]
        try await World.run(options) { world in
            let asked = try await world.ask("How long does a bank withdrawal take?")
            #expect(asked.handoff?.reason == "model_error" || asked.handoff?.reason == "timeout")
            #expect(asked.after.count == 1 && asked.usage?.isBilled == false)
        }
    }

    @Test func `the second endpoint answers where the first is down, for one charge and with its name on the reply`() async throws {
        var options = World.Options()
        let second = try ScriptedEndpoint { Model.answer(to: $0) }
        options.endpoints = [
            Endpoint(name: "first", url: "http://127.0.0.1:\(try LoopbackPort.unused())/v1", model: "scripted-1", retries: 0),
            Endpoint(name: "second", url: second.baseURL, model: "scripted-1"),
        ]
        try await World.run(options) { world in
            let asked = try await world.ask("How long does a bank withdrawal take?")
            world.expectReply(asked)
            let details = try #require(asked.reply?.details.flatMap(ReplyDetails.read))
            #expect(details.endpoint == "second" && details.attempts == 2)
            #expect(asked.usage?.attemptCount == 2)
        }
        second.close()
    }

    @Test func `two failures and a success are one response of three attempts, charged once, costed as known`() async throws {
        var options = World.Options()
        options.model = { $0.number < 3 ? .error(500, message: "boom") : Model.answer(to: $0) }
        try await World.run(options) { world in
            let asked = try await world.ask("How long does a bank withdrawal take?")
            world.expectReply(asked)
            #expect(asked.usage?.attemptCount == 3)
            #expect(world.endpoint.requests.count == 3)
            let response = ResponseID(try #require(asked.received.turn).text)
            let meter = world.meter
            let charge = try #require(try await world.read { try meter.explain(response, of: quayside, in: $0) })
            #expect(charge.attempts.map(\.number) == [1, 2, 3])
            #expect(charge.usage.charged.text == "0.05")
        }
    }

    @Test func `fenced JSON, JSON within prose and JSON cut into single bytes are read as what they are`() async throws {
        let shapes: [@Sendable (EndpointRequest) -> Script] = [
            { Model.say("```json\n\(Model.honest($0).json)\n```", to: $0) },
            { Model.say("Here you are:\n\(Model.honest($0).json)\nAnything else?", to: $0) },
            { Model.answer(to: $0).split(every: 1) },
        ]
        for shape in shapes {
            var options = World.Options()
            options.model = shape
            try await World.run(options) { world in
                let asked = try await world.ask("How long does a bank withdrawal take?")
                world.expectReply(asked)
                #expect(asked.reply?.text.contains("{") == false)
            }
        }
    }
}
