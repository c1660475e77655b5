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

/// Everybody who may knock at the door of a served world, with a credential that holds (or one that does not any more).
struct Callers: Sendable {
    /// One kind of caller.
    enum Who: Hashable, Sendable, CustomStringConvertible {
        case anonymous
        /// The customer of the conversation that paths name.
        case customer
        /// A customer of the same workspace, of another conversation.
        case otherCustomer
        /// A customer of another workspace.
        case foreignCustomer
        case teammate(Role)
        case suspendedTeammate
        case revokedKey
        case expiredKey
        /// A key with that permission and no other.
        case keyWith(Permission)
        /// A key with every permission but that one.
        case keyWithout(Permission)

        var description: String {
            switch self {
            case .teammate(let role): "\(role.rawValue)"
            case .keyWith(let permission): "key with \(permission.rawValue)"
            case .keyWithout(let permission): "key without \(permission.rawValue)"
            default: String(describing: Mirror(reflecting: self).children.first?.label ?? "\(self.name)")
            }
        }

        private var name: String {
            switch self {
            case .anonymous: "nobody"
            case .customer: "the customer"
            case .otherCustomer: "another customer"
            case .foreignCustomer: "a customer of another workspace"
            case .suspendedTeammate: "a suspended teammate"
            case .revokedKey: "a revoked key"
            default: "an expired key"
            }
        }
    }

    let served: Served
    /// The conversation that paths name.
    let conversation: Conversation
    let otherConversation: Conversation
    let foreignConversation: Conversation
    private let fixed: [Who: String]
    private let suspendedCookie: String
    private let keys: [Who: String]

    init(_ served: Served) async throws {
        self.served = served
        let world = served.world
        conversation = try await world.open()
        otherConversation = try await world.open(name: "Tomas", email: "tomas@example.com")
        foreignConversation = try await world.open(in: harbour, name: "Nadia", email: "nadia@example.com")
        let (mine, other, foreign) = (conversation, otherConversation, foreignConversation)
        let access = served.access
        let soon = world.now.adding(milliseconds: 1000)
        (fixed, suspendedCookie, keys) = try await world.store.write { transaction in
            let console = Caller.console(of: quayside)
            func token(_ conversation: Conversation, _ workspace: WorkspaceID) throws -> String {
                try access.makeCustomerToken(
                    customer: conversation.customer.text, conversation: conversation.id.text, of: workspace, in: transaction)
            }
            func key(_ permissions: Set<Permission>, expires: Timestamp? = nil) throws -> NewKey {
                try access.makeKey(name: "test", permissions: permissions, expiresAt: expires, of: quayside, by: console, in: transaction)
            }
            for role in Role.allCases {
                try Inbox(of: quayside).saveTeammate(
                    TeammateID("test-\(role.rawValue)"), name: "Test \(role.rawValue)", at: world.now, in: transaction)
                _ = try access.makeAccount(
                    "test-\(role.rawValue)", email: "\(role.rawValue)@quayside.example", role: role, of: quayside, by: console,
                    in: transaction)
            }
            // Whoever is the last owner cannot be shut out.
            try Inbox(of: quayside).saveTeammate(TeammateID("test-gone"), name: "Gone", at: world.now, in: transaction)
            let gone = try access.makeAccount(
                "test-gone", email: "gone@quayside.example", role: .owner, of: quayside, by: console, in: transaction)
            let session = try access.openSession(
                for: gone, address: ClientAddress("192.0.2.1"), device: nil, replacing: nil, in: transaction)
            try access.setSuspended(true, "test-gone", of: quayside, by: console, in: transaction)
            let revoked = try key(Set(Permission.allCases))
            try access.revokeKey(revoked.id, of: quayside, by: console, in: transaction)
            var fixed: [Who: String] = [
                .customer: try token(mine, quayside), .otherCustomer: try token(other, quayside),
                .foreignCustomer: try token(foreign, harbour), .revokedKey: revoked.text,
                .expiredKey: try key(Set(Permission.allCases), expires: soon).text,
            ]
            fixed[.anonymous] = nil
            var keys: [Who: String] = [:]
            for permission in Permission.allCases {
                keys[.keyWith(permission)] = try key([permission]).text
                keys[.keyWithout(permission)] = try key(Set(Permission.allCases).subtracting([permission])).text
            }
            return (fixed, session.cookie, keys)
        }
        world.clock.advance(seconds: 2)
    }

    /// Header lines with which a request comes from somebody. A teammate's are of a session of their own each time: some routes end it.
    func headers(of who: Who) async throws -> [(String, String)] {
        switch who {
        case .anonymous: []
        case .teammate(let role): Self.headers(try await session(role), served)
        case .suspendedTeammate: [("Cookie", "baton=\(suspendedCookie)"), ("Origin", served.base)]
        default: [("Authorization", "Bearer \(fixed[who] ?? keys[who] ?? "")")]
        }
    }

    /// A new session of the teammate with that role.
    func session(_ role: Role) async throws -> NewSession {
        let access = served.access
        return try await served.world.store.write { transaction in
            let account = try access.account("test-\(role.rawValue)", of: quayside, in: transaction)
            return try access.openSession(
                for: account, address: ClientAddress("192.0.2.1"), device: nil, replacing: nil, in: transaction)
        }
    }

    static func headers(_ session: NewSession, _ served: Served) -> [(String, String)] {
        [
            ("Cookie", "baton=\(session.cookie)"), ("X-CSRF-Token", session.admission.csrf ?? ""), ("Origin", served.base),
            ("Sec-Fetch-Site", "same-origin"),
        ]
    }

    /// A path of a route, its places filled.
    static func path(_ route: Route, _ places: [String: String]) -> String {
        let filled =
            "/"
            + route.path.segments.map { segment in
                switch segment {
                case .literal(let text): text
                case .place(let name): Percent.encoded(places[name] ?? "nothing-\(name)")
                }
            }.joined(separator: "/")
        // What must be asked for is asked for.
        let query = route.query.filter(\.isRequired).map { "\($0.name)=withdrawal" }.joined(separator: "&")
        return query.isEmpty ? filled : "\(filled)?\(query)"
    }
}

extension Route {
    /// A request that fits the route's input, as far as its shape tells.
    var sampleBody: (type: String, bytes: [UInt8])? {
        switch input {
        case .none: nil
        case .json(let schema, _), .optionalJSON(let schema, _), .bytesOrJSON(_, let schema, _): ("application/json", schema.sample.bytes)
        case .form: ("application/x-www-form-urlencoded", [])
        case .formWithFile: ("multipart/form-data; boundary=b", [])
        case .bytes(let types, _): (types.first == "*/*" ? "text/plain" : types.first ?? "text/plain", Array("x".utf8))
        }
    }

    /// Whether it reads JSON and therefore must refuse what it does not know.
    var readsJSON: Bool {
        switch input {
        case .json, .optionalJSON, .bytesOrJSON: true
        case .none, .form, .formWithFile, .bytes: false
        }
    }
}

extension Schema {
    /// The least value that fits.
    var sample: JSON {
        switch self {
        case .string(let text):
            if let first = text.values.first { return .string(first) }
            if text.format == "date-time" { return "2030-01-01T00:00:00.000Z" }
            if text.pattern?.contains("[0-9]+(") == true { return "1" }
            return .string(String(repeating: "x", count: max(text.length.lowerBound, 1)))
        case .integer(let range): return .number("\(range.lowerBound)")
        case .number(let range): return .number("\(range.lowerBound)")
        case .boolean: return true
        case .array: return .array([])
        case .object(let fields):
            return .object(fields.filter(\.isRequired).map { .init(key: $0.name, value: $0.schema.sample) })
        case .map: return .object([])
        case .named(_, let schema): return schema.sample
        case .anything: return .object([])
        }
    }
}
