import Access
import Foundation
import HTTPTypes
import NIOConcurrencyHelpers
import Notation
import Storage

/// What operators and their tools ask: is it alive, is it ready, what are its figures, what is its API.
enum OperationsRoutes {
    static let all: [Route] = [
        Route(
            .get, "/healthz", "health", .operations, "Whether the process answers; touches nothing", policy: .anyone, rate: .none,
            answers: [.init(200, "alive")]
        ) { _ in .json(.of(("status", "ok"))) },
        Route(
            .get, "/readyz", "readiness", .operations, "Whether it can do its work, check by check", policy: .anyone, rate: .none,
            answers: [.init(200, "ready"), .init(503, "not ready")]
        ) { try await Readiness.reply($0) },
        Route(
            .get, "/metrics", "metrics", .operations, "Figures in Prometheus text format", policy: .operations(.metricsRead), rate: .none,
            answers: [.init(200, "figures", type: "text/plain")]
        ) { try await Figures.reply($0) },
        Route(
            .get, "/openapi.json", "description", .operations, "This API", policy: .anyone,
            answers: [.init(200, "OpenAPI 3.1")]
        ) { call in
            .json(OpenAPI.document(of: Routes.all, version: call.service.settings.version, server: call.service.publicURL))
        },
        Route(
            .get, "/problems/{code}", "problem", .operations, "What a problem's code means", policy: .anyone,
            answers: [.init(200, "a page", type: "text/html")]
        ) { try ProblemPage.explain($0) },
    ]
}

/// Whether the service can do its work.
enum Readiness {
    /// Bytes that must be free on the disk.
    static let leastFree: Int64 = 256 << 20

    static func reply(_ call: Call) async throws -> Reply {
        let service = call.service
        var checks: [(String, Bool, String)] = []
        checks.append(("accepting", !service.isStopping.withLockedValue { $0 }, "shutting down"))
        do {
            // A transaction that writes nothing still goes through the writer.
            try await service.store.write { _ in }
            checks.append(("writer", true, ""))
        } catch {
            checks.append(("writer", false, "the database cannot be written"))
        }
        let free = service.store.freeBytes
        checks.append(("disk", free.map { $0 >= leastFree } ?? true, "less than \(leastFree >> 20) MiB are free"))
        let isReady = checks.allSatisfy(\.1)
        let rows = checks.map { JSON.Member(key: $0.0, value: .string($0.1 ? "ok" : $0.2)) }
        let reply = Reply.json(.of(("status", isReady ? "ready" : "not ready"), ("checks", .object(rows))), status: isReady ? 200 : 503)
        return isReady ? reply : reply.with(.retryAfter, "1")
    }
}

/// The figures that are read when they are asked for; what is counted as it happens is in `Metrics`.
enum Figures {
    static let help: [String: String] = [
        "baton_http_request_duration_seconds": "How long requests took, by route and status code.",
        "baton_connections_refused_total": "Connections ended by a limit or a rule of HTTP, by reason.",
        "baton_rate_limited_total": "Requests refused by a rate limit, by policy.",
        "baton_sse_connections": "Live streams that are open.",
        "baton_build_info": "The version that runs; always 1.",
        "baton_process_start_time_seconds": "When the process began, in seconds since 1970.",
        "baton_process_resident_memory_bytes": "Memory of the process.",
        "baton_conversations": "Conversations by queue.",
        "baton_credit_available": "Credit that is left and not held, in the currency's major unit.",
        "baton_turns_open": "Customer turns that wait for an answer.",
        "baton_turns_overdue": "Of these, past their deadline.",
        "baton_disk_free_bytes": "Free bytes on the disk of the data directory.",
        "baton_messages_total": "Messages to and from customers since the figures were first read, by author.",
        "baton_handoffs_total": "Handoffs since the figures were first read, by reason.",
        "baton_deliveries_pending":
            "What is to be told outside and is not out yet, by kind: webhook, letter, or item that is not a letter yet.",
        "baton_deliveries_oldest_seconds": "How long the oldest of them has waited.",
        "baton_denied_total": "Requests of known callers that were refused, by the problem's code.",
    ]

    static func reply(_ call: Call) async throws -> Reply {
        let service = call.service
        var gauges: [(name: String, labels: [String: String], value: String)] = [
            ("baton_build_info", ["version": service.settings.version], "1"),
            ("baton_sse_connections", [:], "\(service.live.count)"),
            ("baton_process_start_time_seconds", [:], "\(Double(service.settings.startedAt.milliseconds) / 1000)"),
        ]
        if let resident = Self.residentBytes { gauges.append(("baton_process_resident_memory_bytes", [:], "\(resident)")) }
        gauges += try await service.standing(at: call.now)
        gauges += try await service.pending()
        if let free = service.store.freeBytes { gauges.append(("baton_disk_free_bytes", [:], "\(free)")) }
        try await service.countEvents()
        let text = service.metrics.text(help: help, gauges: gauges)
        return Reply(status: 200, body: .bytes(Array(text.utf8), type: "text/plain; version=0.0.4"))
    }

    private static var residentBytes: Int? {
        // The second field of statm is in pages; absent where there is no /proc.
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return nil }
        let fields = text.split(separator: " ")
        return fields.count > 1 ? Int(fields[1]).map { $0 * Int(getpagesize()) } : nil
    }
}
