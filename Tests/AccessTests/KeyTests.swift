import Access
import Foundation
import Storage
import Support
import Testing

@Suite struct KeyTests {
    @Test func `a key lets its program in with what it was given, and no more`() async throws {
        try await withWorld { world in
            let key = try await world.makeKey([.usageRead, .rulesRead])
            let caller = try #require(try await world.admission(key: key.text)).caller
            #expect(caller.kind == .key(id: key.id, permissions: [.usageRead, .rulesRead]))
            #expect(caller.workspace == quayside && caller.credential == key.id && caller.actor == "key:\(key.id)")
            for permission in Permission.allCases { #expect(caller.may(permission) == [.usageRead, .rulesRead].contains(permission)) }
        }
    }

    @Test func `a key has the form that scanners look for`() async throws {
        try await withWorld { world in
            let key = try await world.makeKey([.usageRead])
            let parts = key.text.split(separator: "_")
            #expect(parts.count == 4 && parts[0] == "bat" && parts[1] == "live" && parts[2] == key.id && parts[2].count == 22)
            #expect(parts[3].count == 38 && key.text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") })
            #expect(try await world.makeKey([.usageRead]).text != key.text)
        }
    }

    @Test func `every key with one character changed is refused, and so are random texts`() async throws {
        try await withWorld { world in
            let key = try await world.makeKey([.usageRead])
            let bytes = Array(key.text.utf8)
            var seed = Seeded(state: 11)
            var texts = [
                "", " ", "\0", "null", "bat_live_", key.id, key.text + " ", " " + key.text, key.text + "\n", key.text + "\0",
                key.text.uppercased(),
            ]
            for place in bytes.indices {
                var changed = bytes
                while changed[place] == bytes[place] { changed[place] = UInt8.random(in: 33...126, using: &seed) }
                texts.append(String(decoding: changed, as: UTF8.self))
            }
            let digits = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
            for _ in 0..<2_000 {
                let tail = (0..<38).map { _ in digits[Int.random(in: 0..<62, using: &seed)] }
                texts.append("bat_live_\(key.id)_" + String(decoding: tail, as: UTF8.self))
                let length = Int.random(in: 0...100, using: &seed)
                texts.append(String(decoding: (0..<length).map { _ in UInt8.random(in: .min ... .max, using: &seed) }, as: UTF8.self))
            }
            // Characters that look or compare like the right ones.
            texts.append(key.text.replacingOccurrences(of: "a", with: "а"))
            texts.append(key.text + "\u{301}")
            let wrong = texts.filter { $0.utf8.elementsEqual(key.text.utf8) == false }
            let accepted = try await world.read { access, snapshot in
                try wrong.filter { try access.caller(forKey: $0, in: snapshot) != nil || access.caller(forBearer: $0, in: snapshot) != nil }
            }
            #expect(accepted.isEmpty)
            #expect(try await world.admission(key: key.text) != nil)
        }
    }

    @Test func `a well-formed key with the right id and another secret is refused`() async throws {
        try await withWorld { world in
            let first = try await world.makeKey([.usageRead])
            let second = try await world.makeKey([.rulesRead])
            #expect(try await world.admission(key: first.text)?.caller.credential == first.id)
            // The other one's row under this one's id: only the hash tells them apart.
            try await world.store.write { transaction in
                let row = try transaction.row("SELECT hash FROM api_key WHERE workspace = $1 AND id = $2", quayside, second.id)
                let hash: [UInt8]? = try row?[0]
                try transaction.run("UPDATE api_key SET hash = X'00' WHERE workspace = $1 AND id = $2", quayside, second.id)
                try transaction.run("UPDATE api_key SET hash = $3 WHERE workspace = $1 AND id = $2", quayside, first.id, hash)
            }
            #expect(try await world.admission(key: first.text) == nil)
            #expect(try await world.admission(key: second.text) == nil)
        }
    }

    @Test func `a key ends when it expires, and when it is revoked, and stays in the list`() async throws {
        try await withWorld { world in
            let end = Timestamp(milliseconds: world.clock.now + hour)
            let expiring = try await world.makeKey([.usageRead], expiresAt: end)
            let lasting = try await world.makeKey([.usageRead])
            world.clock.advance(milliseconds: hour - 1)
            #expect(try await world.admission(key: expiring.text)?.expiresAt == end)
            world.clock.advance(milliseconds: 1)
            #expect(try await world.admission(key: expiring.text) == nil)
            #expect(try await world.admission(key: lasting.text) != nil)
            await #expect(throws: AccessError.expiryPassed) { try await world.makeKey([.usageRead], expiresAt: end) }
            let caller = try #require(try await world.admission(key: lasting.text)).caller
            await #expect(throws: AccessError.notFound(.key)) {
                try await world.write { try $0.revokeKey(lasting.id, of: harbour, by: .console(of: harbour), in: $1) }
            }
            #expect(try await world.admission(key: lasting.text) != nil)
            try await world.write { try $0.revokeKey(lasting.id, of: quayside, by: .console(of: quayside), in: $1) }
            #expect(try await world.admission(key: lasting.text) == nil)
            #expect(try await world.read { try $0.current(caller, in: $1) } == nil)
            let keys = try await world.read { try $0.keys(of: quayside, in: $1) }
            #expect(Set(keys.map(\.id)) == [expiring.id, lasting.id])
            let revoked = try #require(keys.first { $0.id == lasting.id })
            #expect(revoked.revokedAt != nil && revoked.revokedBy == "console" && revoked.name == "storm" && revoked.madeBy == "console")
            #expect(try await world.read { try $0.keys(of: harbour, in: $1) }.isEmpty)
        }
    }

    @Test func `nobody makes a key that may more than they may`() async throws {
        try await withWorld { world in
            let jonas = try await world.session(of: "jonas").admission.caller
            await #expect(throws: AccessError.exceedsOwn([.conversationsRead, .keysManage])) {
                try await world.makeKey([.usageRead, .keysManage, .conversationsRead], by: jonas)
            }
            await #expect(throws: AccessError.exceedsOwn([.usageRead])) { try await world.makeKey([.usageRead], by: .anonymous) }
            await #expect(throws: AccessError.noPermissions) { try await world.makeKey([]) }
            _ = try await world.makeKey([.usageRead], by: jonas)
        }
    }

    @Test func `a teammate's key, and a key made with it, may only what the teammate still may`() async throws {
        try await withWorld { world in
            let mara = try await world.session(of: "mara").admission.caller
            _ = try await world.write { try $0.setRole(of: "edda", to: .owner, of: quayside, by: .console(of: quayside), in: $1) }
            let parent = try await world.makeKey([.keysManage, .usageRead, .rulesRead], by: mara)
            let parentCaller = try #require(try await world.admission(key: parent.text)).caller
            let child = try await world.makeKey([.usageRead, .rulesRead], by: parentCaller)
            let byConsole = try await world.makeKey([.usageRead, .rulesRead])
            _ = try await world.write { try $0.setRole(of: "mara", to: .teammate, of: quayside, by: .console(of: quayside), in: $1) }
            #expect(try await world.admission(key: parent.text)?.caller.permissions == [.rulesRead])
            #expect(try await world.admission(key: child.text)?.caller.permissions == [.rulesRead])
            #expect(try await world.admission(key: byConsole.text)?.caller.permissions == [.usageRead, .rulesRead])
            try await world.suspend("mara")
            #expect(try await world.admission(key: parent.text) == nil)
            #expect(try await world.admission(key: child.text) == nil)
            #expect(try await world.admission(key: byConsole.text) != nil)
        }
    }

    @Test func `the last use of a key is known to the minute`() async throws {
        try await withWorld { world in
            let key = try await world.makeKey([.usageRead])
            func usedAt() async throws -> Int64? { try await world.read { try $0.keys(of: quayside, in: $1) }.first?.usedAt?.milliseconds }
            #expect(try await usedAt() == nil)
            let admission = try #require(try await world.admission(key: key.text))
            #expect(admission.isTouchDue)
            try await world.write { try $0.touch(admission.caller, in: $1) }
            let first = world.clock.now
            #expect(try await usedAt() == first)
            world.clock.advance(milliseconds: minute - 1)
            #expect(try await world.admission(key: key.text)?.isTouchDue == false)
            try await world.write { try $0.touch(admission.caller, in: $1) }
            #expect(try await usedAt() == first)
            world.clock.advance(milliseconds: 1)
            #expect(try await world.admission(key: key.text)?.isTouchDue == true)
            try await world.write { try $0.touch(admission.caller, in: $1) }
            #expect(try await usedAt() == first + minute)
        }
    }

    @Test(arguments: ["", "   ", "two\nlines", "bell\u{7}", String(repeating: "a", count: 201)])
    func `a key needs a name on one line`(name: String) async throws {
        try await withWorld { world in
            await #expect(throws: AccessError.badText(field: "key's name", limit: 200)) {
                try await world.write {
                    try $0.makeKey(
                        name: name, permissions: [.usageRead], expiresAt: nil, of: quayside, by: .console(of: quayside), in: $1)
                }
            }
        }
    }

    @Test func `a workspace has two hundred living keys at most`() async throws {
        try await withWorld { world in
            var last: NewKey?
            for _ in 0..<AccessControl.mostKeys { last = try await world.makeKey([.usageRead]) }
            await #expect(throws: AccessError.tooMany(.key, limit: 200)) { try await world.makeKey([.usageRead]) }
            let id = try #require(last).id
            try await world.write { try $0.revokeKey(id, of: quayside, by: .console(of: quayside), in: $1) }
            _ = try await world.makeKey([.usageRead])
        }
    }
}
