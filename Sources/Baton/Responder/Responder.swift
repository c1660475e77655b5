import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Prompting
import ServiceLifecycle

/// The built-in extractive responder: an OpenAI-compatible endpoint inside the binary, on a loopback port of the system's choice, started only when
/// no endpoint is configured. It is reached through Transfer and libcurl like any other.
struct Responder {
    /// What it calls itself as a model; shown wherever it answered.
    static let model = "baton-extractive"
    /// The largest request it reads: far above what a prompt can become.
    private static let largestRequestBytes = 2 << 20

    /// Runs it while `body` runs.
    /// - Parameter body: gets the base address, with `/v1`.
    static func running<Result: Sendable>(_ body: @escaping @Sendable (_ url: String) async throws -> Result) async throws -> Result {
        let (ports, announce) = AsyncStream.makeStream(of: Int.self)
        var quiet = Logger(label: "responder")
        quiet.logLevel = .critical
        let application = Application(
            router: router(),
            server: .http1(configuration: .init(idleTimeout: .seconds(60))),
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in
                announce.yield(channel.localAddress?.port ?? 0)
                announce.finish()
            },
            logger: quiet)
        let group = ServiceGroup(configuration: .init(services: [application], logger: quiet))
        return try await withThrowingTaskGroup(of: Result?.self) { tasks in
            tasks.addTask {
                do { try await group.run() } catch {
                    announce.finish()
                    throw error
                }
                return nil
            }
            tasks.addTask {
                var iterator = ports.makeAsyncIterator()
                guard let port = await iterator.next() else {
                    throw CommandError(
                        .io, "The built-in responder could not open a loopback port. Configure an endpoint in Config/baton.yaml.")
                }
                return try await body("http://127.0.0.1:\(port)/v1")
            }
            defer { tasks.cancelAll() }
            while let finished = try await tasks.next() {
                guard let finished else { continue }
                await group.triggerGracefulShutdown()
                return finished
            }
            throw CancellationError()
        }
    }

    private static func router() -> Router<BasicRequestContext> {
        let router = Router()
        router.get("/v1/models") { _, _ in
            json(["object": "list", "data": [["id": model, "object": "model", "owned_by": "baton"]]])
        }
        router.post("/v1/chat/completions") { request, _ in
            guard let body = try? await request.body.collect(upTo: largestRequestBytes),  // too large: answered as what it is
                let asked = try? Asked.read(Data(body.readableBytesView))
            else { return problem("The request is not a chat completion, or larger than \(largestRequestBytes) bytes.") }
            guard let message = asked.messages.last(where: { $0.role == .user }), let data = DataBlock.parse(message.content) else {
                return problem("There is no DATA block in the last user message. This responder only quotes passages.")
            }
            let text = try ExtractiveReply(question: data.question, passages: data.passages).json()
            return reply(text, to: asked)
        }
        return router
    }

    private struct Asked: Decodable {
        struct StreamOptions: Decodable { let includeUsage: Bool? }
        let messages: [ChatMessage]
        let stream: Bool?
        let streamOptions: StreamOptions?

        static func read(_ body: Data) throws -> Asked {
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            return try decoder.decode(Asked.self, from: body)
        }
    }

    private static func reply(_ text: String, to asked: Asked) -> Response {
        let id = "chatcmpl-\(UInt64.random(in: 0...UInt64.max))"
        let promptTokens = asked.messages.reduce(0) { $0 + words($1.content) }
        let usage = ["prompt_tokens": promptTokens, "completion_tokens": words(text), "total_tokens": promptTokens + words(text)]
        guard asked.stream == true else {
            let message: [String: Any] = ["role": "assistant", "content": text]
            return json([
                "id": id, "object": "chat.completion", "model": model, "usage": usage,
                "choices": [["index": 0, "message": message, "finish_reason": "stop"]],
            ])
        }
        func chunk(_ fields: [String: Any]) -> String {
            let base: [String: Any] = ["id": id, "object": "chat.completion.chunk", "model": model]
            return "data: \(encoded(base.merging(fields) { $1 }))\n\n"
        }
        var events = chunk(["choices": [["index": 0, "delta": ["role": "assistant", "content": text]]]])
        events += chunk(["choices": [["index": 0, "delta": [String: String](), "finish_reason": "stop"]]])
        if asked.streamOptions?.includeUsage == true { events += chunk(["choices": [[String: Any]](), "usage": usage]) }
        events += "data: [DONE]\n\n"
        return Response(status: .ok, headers: [.contentType: "text/event-stream"], body: .init(byteBuffer: ByteBuffer(string: events)))
    }

    /// Its tokens are words: runs of anything between white space.
    private static func words(_ text: String) -> Int { text.split(whereSeparator: \.isWhitespace).count }

    private static func problem(_ what: String) -> Response {
        var response = json(["error": ["message": what, "type": "invalid_request_error", "code": "bad_request"]])
        response.status = .badRequest
        return response
    }

    private static func json(_ object: [String: Any]) -> Response {
        Response(status: .ok, headers: [.contentType: "application/json"], body: .init(byteBuffer: ByteBuffer(string: encoded(object))))
    }

    private static func encoded(_ object: [String: Any]) -> String {
        // Plain text and numbers only: always possible.
        guard let data = try? JSONSerialization.data(withJSONObject: object, options: [.withoutEscapingSlashes]) else { return "{}" }
        return String(decoding: data, as: UTF8.self)
    }
}
