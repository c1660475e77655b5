import Access
import Storage
import Support
import Testing

@Suite struct CustomerTokenTests {
    @Test func `a customer's token opens one conversation`() async throws {
        try await withWorld { world in
            let token = try await world.write {
                try $0.makeCustomerToken(customer: "cust_ines", conversation: "conv_1", of: quayside, in: $1)
            }
            let caller = try #require(try await world.read { try $0.caller(forBearer: token, in: $1) }).caller
            #expect(caller.kind == .customer(id: "cust_ines", conversation: "conv_1") && caller.workspace == quayside)
            #expect(caller.actor == "customer:cust_ines")
            for permission in Permission.allCases { #expect(!caller.may(permission)) }
            #expect(token.hasPrefix("batv_") && token.utf8.count == 43)
            #expect(caller.credential.map { !token.contains($0) } == true)
        }
    }

    @Test func `no other text is a customer's token, and it is neither key nor session`() async throws {
        try await withWorld { world in
            let token = try await world.write {
                try $0.makeCustomerToken(customer: "cust_ines", conversation: "conv_1", of: quayside, in: $1)
            }
            let key = try await world.makeKey([.conversationsRead])
            var seed = Seeded(state: 3)
            var texts = ["", " ", "\0", "null", "batv_", token + " ", " " + token, token.uppercased(), key.text]
            for place in token.utf8.indices {
                let index = token.utf8.distance(from: token.startIndex, to: place)
                var bytes = Array(token.utf8)
                while bytes[index] == token.utf8[place] { bytes[index] = UInt8.random(in: 33...126, using: &seed) }
                texts.append(String(decoding: bytes, as: UTF8.self))
            }
            let wrong = texts
            let accepted = try await world.read { access, snapshot in
                try wrong.filter { try access.caller(forCustomerToken: $0, in: snapshot) != nil }
            }
            #expect(accepted.isEmpty)
            #expect(try await world.admission(key: token) == nil)
            #expect(try await world.admission(cookie: token) == nil)
        }
    }

    @Test func `it holds for thirty days after its last use`() async throws {
        try await withWorld { world in
            let (used, idle) = try await world.write {
                (
                    try $0.makeCustomerToken(customer: "cust_ines", conversation: "conv_1", of: quayside, in: $1),
                    try $0.makeCustomerToken(customer: "cust_tomas", conversation: "conv_2", of: quayside, in: $1)
                )
            }
            func admission(_ token: String) async throws -> Admission? {
                try await world.read { try $0.caller(forCustomerToken: token, in: $1) }
            }
            world.clock.advance(milliseconds: 29 * 24 * hour)
            let caller = try #require(try await admission(used)).caller
            try await world.write { try $0.touch(caller, in: $1) }
            world.clock.advance(milliseconds: 24 * hour)
            #expect(try await admission(idle) == nil)
            #expect(try await admission(used) != nil)
            world.clock.advance(milliseconds: 29 * 24 * hour)
            #expect(try await admission(used) == nil)
            #expect(try await world.read { try $0.current(caller, in: $1) } == nil)
        }
    }

    @Test func `tokens of a conversation are revoked together, others stay`() async throws {
        try await withWorld { world in
            let tokens = try await world.write { access, transaction in
                try ["conv_1", "conv_1", "conv_2"].map {
                    try access.makeCustomerToken(customer: "cust_ines", conversation: $0, of: quayside, in: transaction)
                }
            }
            func alive() async throws -> [Bool] {
                try await world.read { access, snapshot in try tokens.map { try access.caller(forCustomerToken: $0, in: snapshot) != nil } }
            }
            let caller = try #require(try await world.read { try $0.caller(forCustomerToken: tokens[0], in: $1) }).caller
            let foreign = try await world.write {
                try $0.revokeCustomerTokens(ofConversation: "conv_1", of: harbour, by: .console(of: harbour), in: $1)
            }
            #expect(foreign == 0)
            #expect(try await alive() == [true, true, true])
            let revoked = try await world.write {
                try $0.revokeCustomerTokens(ofConversation: "conv_1", of: quayside, by: .console(of: quayside), in: $1)
            }
            #expect(revoked == 2)
            #expect(try await alive() == [false, false, true])
            #expect(try await world.read { try $0.current(caller, in: $1) } == nil)
        }
    }
}
