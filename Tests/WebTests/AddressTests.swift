import HTTPTypes
import Notation
import Storage
import Testing

@testable import Web

@Suite struct AddressTests {
    @Test(arguments: ["/a/b", "/a/b/", "/a%20b/c"])
    func `a path is its segments, decoded`(_ path: String) {
        #expect(Percent.segments(path[...])?.count == 2)
    }

    @Test(arguments: ["/a//b", "/a/../b", "/a/%2e%2e/b", "/a%", "/a%4", "/a%zz", "/a%00b", "/%ff", "/a\\b", "//a"])
    func `a path that leads elsewhere or cannot be decoded is refused`(_ path: String) {
        #expect(Percent.segments(path[...]) == nil)
    }

    @Test func `what is encoded comes back`() {
        for text in ["", "a b", "ä/ö?&=#", "100 %", "日本", "\u{1F600}"] {
            #expect(Percent.decoded(Percent.encoded(text).utf8) == text)
            #expect(Percent.items(Array("x=\(Percent.encoded(text))".utf8))?.first?.value == text)
        }
    }

    @Test func `a form with too many fields is refused`() {
        let form = (0..<201).map { "a\($0)=1" }.joined(separator: "&")
        #expect(Percent.items(Array(form.utf8)) == nil)
        #expect(Percent.items(Array("a=1&a=2&&b".utf8))?.count == 3)
    }

    @Test func `literal segments win over places, and a known address with another method says what it knows`() {
        func route(_ method: HTTPRequest.Method, _ path: String, _ name: String) -> Route {
            Route(method, path, name, .workspace, "", policy: .anyone, answers: []) { _ in .nothing }
        }
        let table = RouteTable([route(.get, "/a/{b}", "place"), route(.get, "/a/current", "literal"), route(.put, "/a/{b}", "put")])
        guard case .found(let found, let places) = table.match(.get, ["a", "x"]) else {
            Issue.record("not found")
            return
        }
        #expect(found.name == "place" && places == ["b": "x"])
        guard case .found(let current, _) = table.match(.head, ["a", "current"]) else {
            Issue.record("not found")
            return
        }
        #expect(current.name == "literal")
        guard case .otherMethod(let allowed) = table.match(.delete, ["a", "x"]) else {
            Issue.record("found")
            return
        }
        #expect(Set(allowed.map(\.rawValue)) == ["GET", "HEAD", "PUT"])
        guard case .nothing = table.match(.get, ["b"]) else {
            Issue.record("found")
            return
        }
    }

    @Test func `no two routes share a name or an address, and each says what it answers`() {
        #expect(Set(Routes.all.map(\.name)).count == Routes.all.count)
        let places = Routes.all.map {
            "\($0.method.rawValue) \($0.path.segments.map { if case .literal(let text) = $0 { text } else { "*" } })"
        }
        #expect(Set(places).count == places.count)
        for route in Routes.all {
            #expect(route.answers.contains { (200..<400).contains($0.status) }, "\(route.name)")
            #expect(!route.summary.isEmpty, "\(route.name)")
        }
    }
}

@Suite struct DescriptionNameTests {
    @Test func `no two shapes share a name, so that the description shows each as it is`() {
        var shapes: [String: String] = [:]
        for route in Routes.all {
            var all = route.answers.compactMap(\.schema) + route.query.map(\.schema)
            switch route.input {
            case .json(let schema, _), .optionalJSON(let schema, _): all.append(schema)
            default: break
            }
            for schema in all { note(schema, &shapes) }
        }
        #expect(shapes.count > 10)
    }

    private func note(_ schema: Schema, _ shapes: inout [String: String]) {
        switch schema {
        case .named(let name, let inner):
            var components: [String: JSON] = [:]
            let text = String(decoding: inner.document(&components).bytes, as: UTF8.self)
            #expect(shapes.updateValue(text, forKey: name) ?? text == text, "two shapes are called \(name)")
            note(inner, &shapes)
        case .array(let inner, _), .map(let inner, _): note(inner, &shapes)
        case .object(let fields): for field in fields { note(field.schema, &shapes) }
        default: break
        }
    }
}

@Suite struct CursorTests {
    private let secret = ServerSecret(bytes: Array(repeating: 9, count: 32))
    private let quayside = WorkspaceID("quayside")

    @Test func `a cursor gives back its position, in its list and workspace only`() throws {
        let text = Cursor.text(["5", "conv_1"], of: "list", workspace: quayside, secret)
        #expect(try Cursor.position(text, of: "list", workspace: quayside, count: 2, secret) == ["5", "conv_1"])
        #expect(throws: Problem.self) { try Cursor.position(text, of: "other", workspace: quayside, count: 2, secret) }
        #expect(throws: Problem.self) { try Cursor.position(text, of: "list", workspace: WorkspaceID("harbour"), count: 2, secret) }
        #expect(throws: Problem.self) { try Cursor.position(text, of: "list", workspace: quayside, count: 1, secret) }
        let other = ServerSecret(bytes: Array(repeating: 8, count: 32))
        #expect(throws: Problem.self) { try Cursor.position(text, of: "list", workspace: quayside, count: 2, other) }
    }

    @Test(arguments: ["", "x", "AAAA", "////", "=====", "\u{1F600}", String(repeating: "A", count: 2_000)])
    func `anything else is refused`(_ text: String) {
        #expect(throws: Problem.self) { try Cursor.position(text, of: "list", workspace: quayside, count: 2, secret) }
    }

    @Test func `no changed character passes`() {
        let text = Cursor.text(["5"], of: "list", workspace: quayside, secret)
        for index in text.indices {
            var changed = text
            changed.replaceSubrange(index...index, with: text[index] == "A" ? "B" : "A")
            let position = try? Cursor.position(changed, of: "list", workspace: quayside, count: 1, secret)
            // The last character carries bits that base64 does not use.
            #expect(position == nil || position == ["5"])
        }
    }
}
