import Access
import HTTPTypes
import HummingbirdCore
import Metering
import NIOCore
import Notation
import Storage

/// What every response cost and was charged. Conversations are named, never shown: whoever looks after money need not read them.
enum UsageRoutes {
    /// Lines of the CSV that are read at one time.
    private static let pieceLines = 1_000

    private static let filters: [Route.Parameter] = [
        .init("from", .time, "begun at this moment or later"), .init("until", .time, "begun before this moment"),
        .init("assistant", .text(1...200), "by this assistant"), .init("model", .text(1...200), "answered by this model"),
        .init("conversation", .text(1...200), "in this conversation"),
        .init("outcome", .oneOf(ResponseOutcome.allCases.map(\.rawValue)), "ended so"),
        .init("uncertain", .boolean, "only those whose cost is not fully known"),
    ]

    static let all: [Route] = [
        Route(
            .get, "/v1/usage", "listUsage", .usage, "One row for each response, newest first", policy: .staff(.usageRead),
            query: filters + [.init("totals", .boolean, "also the sums of all that fit"), .limit, .after],
            answers: [.init(200, "a page", UsageShapes.page)]
        ) { try await list($0) },
        Route(
            .get, "/v1/usage.csv", "exportUsage", .usage, "The same, whole, as CSV with exact amounts", policy: .staff(.usageRead),
            query: filters, answers: [.init(200, "RFC 4180, with a header", type: "text/csv", headers: ["Content-Disposition"])]
        ) { try await export($0) },
        Route(
            .get, "/v1/usage-sums", "sumUsage", .usage, "What was charged and what it cost, by day (UTC), assistant or model",
            policy: .staff(.usageRead),
            query: [.init("by", .oneOf(UsageGrouping.allCases.map(\.rawValue)), "`day` where absent")] + filters,
            answers: [.init(200, "one row for each group that has responses, in the order of the keys", .page(of: UsageShapes.sum))]
        ) { call in
            let (meter, grouping) = (call.service.meter, call.query("by").flatMap(UsageGrouping.init) ?? .day)
            let filter = try filter(call)
            let (sums, currency) = try await call.service.store.read { snapshot in
                (
                    try meter.sums(by: grouping, of: call.workspace, filter, in: snapshot),
                    try meter.currency(of: call.workspace, in: snapshot)
                )
            }
            return .page(sums.map { UsageShapes.json($0, currency) }, next: nil, call)
        },
        Route(
            .get, "/v1/usage/{response}", "explainUsage", .usage,
            "One response: from the charge back to attempts, tokens, price lines, grants and journals", policy: .staff(.usageRead),
            answers: [.init(200, "the explanation", UsageShapes.explanation)]
        ) { call in
            let meter = call.service.meter
            let json = try await call.service.store.read { snapshot -> JSON? in
                guard let charge = try meter.explain(ResponseID(call.place("response")), of: call.workspace, in: snapshot) else {
                    return nil
                }
                return try UsageShapes.json(charge, meter.currency(of: call.workspace, in: snapshot))
            }
            guard let json else { throw Problem.notFound }
            return .json(json)
        },
    ]

    private static func filter(_ call: Call) throws -> UsageFilter {
        UsageFilter(
            from: try call.queryMoment("from"), until: try call.queryMoment("until"), assistant: call.query("assistant"),
            model: call.query("model"), conversation: call.query("conversation"),
            outcome: call.query("outcome").flatMap(ResponseOutcome.init(rawValue:)),
            onlyUncertain: call.query("uncertain") == "true")
    }

    private static func list(_ call: Call) async throws -> Reply {
        let (meter, workspace, limit) = (call.service.meter, call.workspace, call.limit)
        let filter = try filter(call)
        // A cursor is good for the list that it came from, and what is asked for makes the list.
        let list = filters.map { "\($0.name)=\(call.query($0.name) ?? "")" }.joined(separator: "&")
        let after = try call.position(count: 2, list: list).flatMap(position)
        let wantsTotals = call.query("totals") == "true"
        let (rows, last, totals) = try await call.service.store.read { snapshot in
            let currency = try meter.currency(of: workspace, in: snapshot)
            let found = try meter.usage(of: workspace, filter, after: after, limit: limit + 1, in: snapshot)
            let totals = wantsTotals ? try UsageShapes.json(meter.totals(of: workspace, filter, in: snapshot), currency) : nil
            return try (
                found.prefix(limit).map { try UsageShapes.json($0, currency) },
                found.count > limit ? found.prefix(limit).last?.position : nil, totals
            )
        }
        let next = last.map { call.cursor(["\($0.createdAt.milliseconds)", $0.response.text], list: list) }
        return .page(rows, next: next, call, and: totals.map { [.init(key: "totals", value: $0)] } ?? [])
    }

    static func position(_ texts: [String]) -> UsagePosition? {
        guard texts.count == 2, let milliseconds = Int64(texts[0]) else { return nil }
        return UsagePosition(createdAt: Timestamp(milliseconds: milliseconds), response: ResponseID(texts[1]))
    }

    /// Piece by piece, so that a slow client holds neither the database nor memory; what begins after the request is not in it.
    private static func export(_ call: Call) async throws -> Reply {
        let (store, meter, workspace) = (call.service.store, call.service.meter, call.workspace)
        var wanted = try filter(call)
        let end = call.now.adding(milliseconds: 1)
        wanted.until = wanted.until.map { min($0, end) } ?? end
        let filter = wanted
        @Sendable func piece(_ after: UsagePosition?) async throws -> (text: String, end: UsagePosition?) {
            try await store.read { try meter.exportPiece(of: workspace, filter, after: after, limit: pieceLines, in: $0) }
        }
        // Before the first byte goes out, so that an error still is one.
        let first = try await piece(nil)
        return Reply(
            status: 200, headers: [(.contentDisposition, "attachment; filename=\"usage.csv\"")],
            body: .stream(type: "text/csv; charset=utf-8; header=present") { writer in
                var next = first
                try await writer.write(ByteBuffer(string: next.text))
                while let end = next.end {
                    next = try await piece(end)
                    try await writer.write(ByteBuffer(string: next.text))
                }
                try await writer.finish(nil)
            })
    }
}
