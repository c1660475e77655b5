import Access
import Delivery
import Foundation
import HTTPTypes
import Inbox
import Metering
import Notation
import Retrieval
import Storage
import Support
import Testing
import Transfer

@testable import Web

/// Every route, every kind of caller: made from the table that is served, so that a new route is in it the moment it exists.
@Suite struct AccessMatrixTests {
    private enum Expected: Equatable {
        case admitted
        case refused(Int)
    }

    /// What a route's policy means for somebody, said a second time and in other words than the product's.
    private static func expected(_ route: Route, _ who: Callers.Who) -> Expected {
        switch who {
        case .suspendedTeammate where route.policy == .anyone: return .admitted  // a dead cookie is nobody, and nobody may come in
        case .suspendedTeammate, .revokedKey, .expiredKey: return .refused(401)
        default: break
        }
        let namesConversation = route.path.places.contains("conversation")
        switch route.policy {
        case .anyone: return .admitted
        case .signedIn:
            if case .teammate = who { return .admitted }
            return .refused(who == .anonymous ? 401 : 403)
        case .customer, .customerOrStaff:
            if who == .customer { return .admitted }
            if who == .otherCustomer || who == .foreignCustomer { return namesConversation ? .refused(404) : .admitted }
            if case .customerOrStaff(let permission) = route.policy, may(who, permission) { return .admitted }
            return .refused(who == .anonymous ? 401 : 403)
        case .staff(let permission):
            if may(who, permission) { return .admitted }
            return .refused(who == .anonymous ? 401 : 403)
        case .person(let permission):
            if case .teammate = who, may(who, permission) { return .admitted }
            return .refused(who == .anonymous ? 401 : 403)
        case .operations(let permission):
            return who == .anonymous || may(who, permission) ? .admitted : .refused(403)
        }
    }

    private static func may(_ who: Callers.Who, _ permission: Permission) -> Bool {
        switch who {
        case .teammate(let role): role.permissions.contains(permission)
        case .keyWith(let one): one == permission
        case .keyWithout(let one): one != permission
        default: false
        }
    }

    private static func callers(_ route: Route) -> [Callers.Who] {
        let needed: Permission =
            switch route.policy {
            case .staff(let permission), .customerOrStaff(let permission), .person(let permission), .operations(let permission): permission
            case .anyone, .customer, .signedIn: .conversationsRead
            }
        // A scope that is next to the needed one is worth nothing.
        let wrong: Permission = needed == .usageRead ? .creditWrite : .usageRead
        return [
            .anonymous, .customer, .otherCustomer, .foreignCustomer, .suspendedTeammate, .revokedKey, .expiredKey, .keyWith(needed),
            .keyWith(wrong), .keyWithout(needed),
        ] + Role.allCases.map { .teammate($0) }
    }

    @Test func `A11, C5, D11: every route admits whom its policy names, nobody else, and every answer is a safe one`() async throws {
        try await Served.run { served in
            let callers = try await Callers(served)
            let unknown = Array(#"{"surely_unknown":1}"#.utf8)
            for route in Routes.all {
                let path = Callers.path(route, ["conversation": callers.conversation.id.text, "site": "site-quayside"])
                for who in Self.callers(route) {
                    var headers = try await callers.headers(of: who) + [("Accept", "application/json"), ("If-Match", "\"x\"")]
                    var bytes = route.readsJSON ? unknown : route.sampleBody?.bytes
                    if case .formWithFile = route.input {
                        bytes = Array("--b--".utf8)
                        if !headers.contains(where: { $0.0 == "Origin" }) { headers.append(("Origin", served.base)) }
                    }
                    if case .form = route.input {
                        bytes = Array("csrf=\(headers.first { $0.0 == "X-CSRF-Token" }?.1 ?? "")".utf8)
                        if !headers.contains(where: { $0.0 == "Origin" }) { headers.append(("Origin", served.base)) }
                    }
                    if let type = route.sampleBody?.type { headers.append(("Content-Type", type)) }
                    let answer = try await served.send(
                        route.method.rawValue, path, key: "\(UUID())", headers: headers, bytes: bytes)
                    let cell = "\(route.method.rawValue) \(route.path.text) as \(who): \(answer.status) \(answer.code ?? "")"
                    Self.expectSafe(answer, cell)
                    #expect(answer.status < 500 || route.path.text == "/readyz", "\(cell)")
                    switch Self.expected(route, who) {
                    case .admitted:
                        #expect(answer.status != 401 && answer.status != 403, "\(cell) should be admitted")
                        if route.readsJSON { #expect(answer.status == 422, "\(cell): an unknown field must be refused") }
                    case .refused(let status):
                        let isSentToSignIn = route.group.isPage && [303, 401, 403, 404].contains(answer.status)
                        #expect(answer.status == status || isSentToSignIn, "\(cell) should be \(status)")
                    }
                }
            }
        }
    }

    private static func expectSafe(_ answer: Served.Answer, _ cell: String) {
        for (name, value) in [
            ("x-content-type-options", "nosniff"), ("referrer-policy", "same-origin"), ("cross-origin-opener-policy", "same-origin"),
        ] { #expect(answer.headers[name] == value, "\(cell): \(name)") }
        #expect(answer.headers["content-security-policy"]?.contains("frame-ancestors") == true, "\(cell): policy")
        for name in ["cross-origin-resource-policy", "permissions-policy", "cache-control", "x-request-id", "traceparent"] {
            #expect(answer.headers[name] != nil, "\(cell): \(name)")
        }
    }

    @Test func `A1, A4: an id of another workspace answers like one that never was, to the byte`() async throws {
        try await Served.run { served in
            let callers = try await Callers(served)
            let foreign = try await Self.foreignIds(callers)
            // A name that is given in one's own workspace is nobody else's.
            let own = ["putDocument", "makeTeammate"]
            for route in Routes.all where route.policy != .anyone && !own.contains(route.name) && !route.group.isPage {
                for place in route.path.places {
                    guard let id = foreign[place] else {
                        Issue.record("\(route.path.text): give this test an id of another workspace for {\(place)}")
                        continue
                    }
                    let who: Callers.Who = route.policy == .signedIn ? .teammate(.owner) : .keyWithout(.metricsRead)
                    if case .customer = route.policy { continue }
                    func ask(_ id: String) async throws -> Served.Answer {
                        let around = ["conversation": callers.conversation.id.text, "collection": "help"]
                        let path = Callers.path(route, around.merging([place: id]) { $1 })
                        let headers = try await callers.headers(of: who) + [("If-Match", "\"x\""), ("Accept", "application/json")]
                        let type = route.sampleBody.map { [("Content-Type", $0.type)] } ?? []
                        return try await served.send(
                            route.method.rawValue, path, key: "\(UUID())", headers: headers + type, bytes: route.sampleBody?.bytes)
                    }
                    let (theirs, never) = (try await ask(id), try await ask("nothing_at_all_4711"))
                    #expect(theirs.status == never.status, "\(route.name) {\(place)}: \(theirs.text) \(never.text)")
                    // Some look at what else a key must say before they look for the thing; that tells nothing of it.
                    #expect([404, 422].contains(theirs.status), "\(route.name) {\(place)} gave \(theirs.status) \(theirs.text)")
                    #expect(Self.lasting(theirs) == Self.lasting(never), "\(route.name) {\(place)}")
                }
            }
        }
    }

    @Test func `A1: another customer's conversation answers like one that never was, to the byte`() async throws {
        try await Served.run { served in
            let callers = try await Callers(served)
            let headers = try await callers.headers(of: .customer)
            for route in Routes.all where route.path.places.contains("conversation") && !route.group.isPage {
                func ask(_ id: String) async throws -> Served.Answer {
                    let type = route.sampleBody.map { [("Content-Type", $0.type)] } ?? []
                    return try await served.send(
                        route.method.rawValue, Callers.path(route, ["conversation": id]), key: "\(UUID())", headers: headers + type,
                        bytes: route.sampleBody?.bytes)
                }
                let (theirs, never) = (try await ask(callers.otherConversation.id.text), try await ask("conv_nothing"))
                #expect(theirs.status == never.status && [403, 404].contains(theirs.status), "\(route.name): \(theirs.status)")
                #expect(Self.lasting(theirs) == Self.lasting(never), "\(route.name)")
            }
        }
    }

    /// A problem without what differs with each request.
    private static func lasting(_ answer: Served.Answer) -> [JSON.Member] {
        (answer.json.members ?? []).filter { !["request_id", "instance"].contains($0.key) }
    }

    private static func foreignIds(_ callers: Callers) async throws -> [String: String] {
        let (served, world) = (callers.served, callers.served.world)
        let (access, webhooks) = (served.access, served.service.webhooks)
        let asked = try await world.ask("What does a mooring cost?", in: callers.foreignConversation)
        _ = try await world.library.ingest(
            DocumentSource(documents: [SourceDocument(id: "only.md", text: "# Only here\n\nTides.")], origin: "memory"),
            into: Collection(workspace: harbour, name: "harbour-only"))
        var ids = try await world.store.write { transaction in
            let console = Caller.console(of: harbour)
            try Inbox(of: harbour).saveTeammate(TeammateID("nele"), name: "Nele", at: world.now, in: transaction)
            let account = try access.makeAccount(
                "nele", email: "nele@harbour.example", role: .owner, of: harbour, by: console, in: transaction)
            let session = try access.openSession(
                for: account, address: ClientAddress("192.0.2.2"), device: nil, replacing: nil, in: transaction)
            let key = try access.makeKey(
                name: "theirs", permissions: [.usageRead], expiresAt: nil, of: harbour, by: console, in: transaction)
            let webhook = try webhooks.create(url: "https://hooks.harbour.example/", events: ["*"], in: harbour, transaction)
            return [
                "teammate": "nele", "session": session.admission.caller.credential ?? "", "key": key.id,
                "webhook": webhook.subscription.id.text, "delivery": webhook.subscription.id.text, "collection": "harbour-only",
                "document": "moorings.md",
            ]
        }
        ids["conversation"] = callers.foreignConversation.id.text
        ids["response"] = asked.usage?.response.text
        // Ids of things that hang on a conversation are as hard to guess as its own.
        for place in ["attachment", "message", "handoff", "turn", "team", "macro"] where ids[place] == nil {
            ids[place] = ids["conversation"]
        }
        return ids
    }

    @Test func `A7: a broken credential is refused before the body is looked at, on every route`() async throws {
        try await Served.run { served in
            let callers = try await Callers(served)
            let broken: [[(String, String)]] = [
                [("Authorization", "Bearer")], [("Authorization", "Bearer bat_live_x")], [("Authorization", "Bearer batv_x")],
                [("Authorization", "Basic bWFyYTpwYXNzd29yZA==")], try await callers.headers(of: .expiredKey),
                try await callers.headers(of: .revokedKey), [("Cookie", "baton=%%%"), ("Origin", served.base)],
            ]
            for route in Routes.all where !route.group.isPage {
                for headers in broken {
                    // A cookie that opens nothing is nobody, and nobody may come in there.
                    if route.policy == .anyone, headers.first?.0 == "Cookie" { continue }
                    let isRead = if case .none = route.input { false } else { true }
                    let answer = try await served.send(
                        route.method.rawValue, Callers.path(route, ["conversation": callers.conversation.id.text]),
                        headers: headers + (isRead ? [("Content-Type", "application/json")] : []), bytes: isRead ? Array("{".utf8) : nil)
                    #expect(answer.status == 401, "\(route.method.rawValue) \(route.path.text) with \(headers[0]): \(answer.status)")
                    #expect(answer.headers["www-authenticate"] != nil)
                }
            }
        }
    }

    @Test func `A9: a scoped key decides alike however it is carried, and there is no other way to carry it`() async throws {
        try await Served.run { served in
            let callers = try await Callers(served)
            let line = try #require(try await callers.headers(of: .keyWith(.usageRead)).first).1
            let text = String(line.dropFirst("Bearer ".count))
            for route in Routes.all where !route.group.isPage && route.method == .get && route.path.places.isEmpty {
                func status(_ headers: [(String, String)], _ query: String = "") async throws -> Int {
                    let path = Callers.path(route, [:])
                    let joined = query.isEmpty ? path : path + (path.contains("?") ? "&" : "?") + query
                    return try await served.send("GET", joined, headers: headers + [("Accept", "application/json")]).status
                }
                let usual = try await status([("Authorization", "Bearer \(text)")])
                for scheme in ["bearer", "BEARER"] { #expect(try await status([("Authorization", "\(scheme) \(text)")]) == usual) }
                // Elsewhere it is no credential: whoever sends it so is nobody.
                let nobody = try await status([])
                for name in ["X-API-Key", "Api-Key", "X-Auth-Token", "X-Remote-User"] {
                    #expect(try await status([(name, text)]) == nobody, "\(route.path.text) \(name)")
                }
                if route.policy != .anyone { #expect(try await status([("Cookie", "baton=\(text)")]) == 401) }
                if case .staff = route.policy {
                    #expect([401, 422].contains(try await status([], "access_token=\(text)")), "\(route.path.text)")
                }
            }
            #expect(try await served.send("POST", "/v1/stream-tickets", as: text).status == 403)
        }
    }
}
