import Access
import Assistant
import Foundation
import HTTPTypes
import Inbox
import Notation
import Storage
import Support
import Testing
import Transfer

@testable import Web

/// Who knocks at doors that are not theirs leaves a line in the audit log; who goes about their own business leaves none.
@Suite struct DenialTests {
    @Test func `A1: whatever a customer tries with another's conversation is refused, changes nothing, and is one line of the audit log`()
        async throws
    {
        try await Served.run { served in
            let callers = try await Callers(served)
            let headers = try await callers.headers(of: .customer)
            let theirs = callers.otherConversation.id.text
            let before = try DatabasePicture.of(served.world)
            for route in Routes.all where route.path.places.contains("conversation") && !route.group.isPage {
                let known = try await Self.lines(served).count
                let answer = try await Self.ask(route, ["conversation": theirs], headers, served)
                #expect([403, 404].contains(answer.status), "\(route.name)")
                let lines = try await Self.lines(served)
                #expect(lines.count == min(known + 1, Denials.mostAMinute), "\(route.name): \(lines.count - known) lines")
                guard lines.count > known, let line = lines.first else { continue }
                #expect(line["event"]?.text == "authz.denied" && line["subject"]?.text == route.name)
                #expect(line["actor"]?.text == "customer:\(callers.conversation.customer)")
                #expect(
                    line["details"]?["code"]?.text == answer.code && line["details"]?["request"]?.text == answer.headers["x-request-id"])
                #expect(!"\(line)".contains(theirs))
            }
            let after = try DatabasePicture.of(served.world)
            for (table, rows) in after { #expect(before[table] == rows, "\(table) was changed") }
        }
    }

    @Test func `A1: a foreign id in the path or in the body, and a role that does not reach, are one line each; one's own are none`()
        async throws
    {
        try await Served.run { served in
            let callers = try await Callers(served)
            let owner = try await callers.headers(of: .keyWithout(.metricsRead))
            let mine = "/v1/conversations/\(callers.conversation.id)"
            func lines(_ method: String, _ path: String, _ input: JSON? = nil, _ headers: [(String, String)], status: Int) async throws
                -> Int
            {
                let known = try await Self.lines(served).count
                let answer = try await served.send(method, path, input, key: "\(UUID())", headers: headers)
                #expect(answer.status == status, "\(method) \(path): \(answer.status) \(answer.text)")
                return try await Self.lines(served).count - known
            }
            // Not theirs.
            #expect(try await lines("GET", "/v1/conversations/\(callers.foreignConversation.id)", nil, owner, status: 404) == 1)
            #expect(try await lines("GET", "/v1/conversations/conv_nothing", nil, owner, status: 404) == 1)
            let foreignFile = JSON.of(("text", "Hello"), ("attachments", .array([.string(AttachmentID.new(at: served.world.now).text)])))
            let customer = try await callers.headers(of: .customer)
            #expect(try await lines("POST", mine + "/messages", foreignFile, customer, status: 422) == 1)
            let finance = try await callers.headers(of: .teammate(.finance))
            #expect(try await lines("GET", mine, nil, finance, status: 403) == 1)
            #expect(try await lines("GET", "/v1/conversations", nil, callers.headers(of: .keyWith(.usageRead)), status: 403) == 1)
            // Their own, and mistakes that ask for nothing of anybody's.
            #expect(try await lines("GET", mine, nil, customer, status: 200) == 0)
            #expect(try await lines("GET", mine, nil, owner, status: 200) == 0)
            #expect(try await lines("POST", mine + "/messages", .of(("text", "")), customer, status: 422) == 0)
            #expect(try await lines("GET", "/v1/nothing", nil, owner, status: 404) == 0)
            #expect(try await lines("GET", mine, nil, [], status: 401) == 0)
            #expect(try await lines("GET", mine, nil, callers.headers(of: .revokedKey), status: 401) == 0)
            let evil = finance.filter { $0.0 != "Origin" && $0.0 != "Sec-Fetch-Site" } + [("Origin", "https://evil.example")]
            #expect(try await lines("DELETE", "/v1/sessions/current", nil, evil, status: 403) == 0, "the teammate did nothing")
        }
    }

    @Test func `who goes on knocking does not fill the database, and is counted all the same`() async throws {
        try await Served.run { served in
            let callers = try await Callers(served)
            let headers = try await callers.headers(of: .customer)
            for _ in 1...(Denials.mostAMinute + 15) {
                let answer = try await served.send("GET", "/v1/conversations/\(callers.otherConversation.id)", headers: headers)
                #expect(answer.status == 404)
            }
            let count = try await Self.lines(served).count
            // A minute has a few seconds for this, in which some places come back.
            #expect(count >= Denials.mostAMinute && count < Denials.mostAMinute + 15)
            let metrics = try await served.send("GET", "/metrics")
            #expect(metrics.text.contains("baton_denied_total{code=\"not_found\"} \(Denials.mostAMinute + 15)"))
            // Another caller's lines are still written.
            _ = try await served.send(
                "GET", "/v1/conversations/\(callers.conversation.id)", headers: try await callers.headers(of: .otherCustomer))
            #expect(try await Self.lines(served).count == count + 1)
        }
    }

    private static func ask(
        _ route: Route, _ places: [String: String], _ headers: [(String, String)], _ served: Served
    ) async throws -> Served.Answer {
        let type = route.sampleBody.map { [("Content-Type", $0.type)] } ?? []
        return try await served.send(
            route.method.rawValue, Callers.path(route, places), key: "\(UUID())", headers: headers + type, bytes: route.sampleBody?.bytes)
    }

    /// The refusals in the audit log, newest first.
    private static func lines(_ served: Served) async throws -> [JSON] {
        let answer = try await served.send("GET", "/v1/audit?limit=200", as: served.key)
        return (answer.json["data"]?.items ?? []).filter { $0["event"]?.text == "authz.denied" }
    }
}
