import Access
import HTTPTypes
import Hummingbird
import NIOConcurrencyHelpers
import NIOCore
import Notation
import ServiceLifecycle
import Storage

/// `GET /v1/events`: what happens, as it happens, and `POST /v1/stream-tickets`, because a browser's EventSource cannot send a header and no credential may
/// stand in an address.
enum LiveRoutes {
    /// Seconds between signs of life on a silent stream.
    private static let pingSeconds = 15
    /// Events read from the log at a time when a stream catches up.
    private static let mostEvents = 500

    static let all: [Route] = [
        Route(
            .get, "/v1/events", "streamEvents", .live, "The live stream, or with `Accept: application/json` a page of the event log",
            policy: .customerOrStaff(.conversationsRead),
            query: [
                .init("after", .integer(0...Int.max), "number of the last event that is known; Last-Event-ID says the same"),
                .init("limit", .integer(1...500), "rows of a JSON page"),
                .init("ticket", .text(1...200), "from POST /v1/stream-tickets, in place of a credential"),
            ],
            answers: [
                .init(200, "frames, for as long as the client stays", type: "text/event-stream")
            ]
        ) { try await events($0) },
        Route(
            .post, "/v1/stream-tickets", "makeStreamTicket", .live, "A ticket for one live stream: valid for 30 seconds, once",
            policy: .customerOrStaff(.conversationsRead),
            answers: [
                .init(
                    201, "the ticket",
                    .object([.init("ticket", .text(1...200)), .init("expires_in_seconds", .integer(1...60))]))
            ]
        ) { call in
            .json(.of(("ticket", .string(call.service.tickets.issue(for: call.caller))), ("expires_in_seconds", 30)), status: 201)
        },
    ]

    private static func cursor(_ call: Call) throws -> Int64? {
        if let header = call.headers[.lastEventID], !header.isEmpty {
            guard let number = Int64(header), number >= 0 else {
                throw Problem(.malformedRequest, "Last-Event-ID is not the number of an event.")
            }
            return number
        }
        return call.number("after").map(Int64.init)
    }

    private static func page(_ call: Call) async throws -> Reply {
        let events = try await call.service.store.events.after(
            try cursor(call) ?? 0, in: call.workspace, limit: call.number("limit") ?? 100)
        let rows = events.filter { EventFrame.seen(by: call.caller, $0) != nil }.map { event in
            call.caller.isStaff ? EventFrame.json(event) : EventFrame.json(event, onlyKeys: EventFrame.toldToCustomers)
        }
        return .json(.of(("data", .array(rows)), ("last", .number("\(events.last?.sequence ?? 0)"))))
    }

    /// The stream, or a page of the log; the chat page has it under an address of its own.
    static func events(_ call: Call) async throws -> Reply {
        try await call.headers[.accept]?.contains("application/json") == true ? page(call) : stream(call)
    }

    private static func stream(_ call: Call) async throws -> Reply {
        guard !call.isHead else { return Reply(status: 200, body: .stream(type: "text/event-stream") { _ in }) }
        let hub = call.service.live
        let store = call.service.store
        let (caller, workspace) = (call.caller, call.workspace)
        let place = try await hub.enter(caller, of: workspace)
        let start: Int64
        do { start = try cursor(call) ?? place.from } catch {
            hub.leave(place)
            throw error
        }
        let retry = Int.random(in: 1_000...5_000)
        return Reply(
            status: 200, headers: [(.accelBuffering, "no"), (.cacheControl, "no-store")],
            body: .stream(type: "text/event-stream") { writer in
                defer { hub.leave(place) }
                try await writer.write(ByteBuffer(string: "retry: \(retry)\n: connected\n\n"))
                if start > place.from {
                    // A number that this log has not reached: it was restored from a backup. The client must read everything anew.
                    try await writer.write(Frame.bytes(id: place.from, event: "reset", data: .object([])))
                }
                var cursor = start
                while cursor < place.from {
                    let events = try await store.events.after(cursor, in: workspace, limit: mostEvents)
                    guard let last = events.last else { break }
                    for event in events where event.sequence <= place.from {
                        if let frame = EventFrame.seen(by: caller, event) { try await writer.write(frame) }
                    }
                    cursor = last.sequence
                }
                try await Pinging.forEach(place.frames, everySeconds: pingSeconds) { try await writer.write($0) }
                try await writer.finish(nil)
            })
    }
}

/// Goes through frames, with a sign of life where none comes for a while, so that proxies keep the connection and a client that is gone is noticed.
private enum Pinging {
    static func forEach(
        _ frames: AsyncStream<ByteBuffer>, everySeconds: Int, _ body: (ByteBuffer) async throws -> Void
    ) async throws {
        let (merged, all) = AsyncStream.makeStream(of: ByteBuffer.self, bufferingPolicy: .bufferingOldest(LiveHub.mostWaiting))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                for await frame in frames.cancelOnGracefulShutdown() {
                    guard case .enqueued = all.yield(frame) else { break }
                }
                all.finish()
            }
            tasks.addTask {
                while !Task.isCancelled {
                    // Cancelled: the stream is over.
                    do { try await Task.sleep(for: .seconds(everySeconds)) } catch { return }
                    _ = all.yield(Frame.ping)
                }
            }
            defer { tasks.cancelAll() }
            for await frame in merged { try await body(frame) }
        }
    }
}
