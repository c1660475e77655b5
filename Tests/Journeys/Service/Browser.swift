import Access
import Foundation
import Inbox
import Storage
import Testing
import Transfer

/// A browser without scripts: it keeps cookies, follows redirects, and sends forms as they stand on a page.
actor Browser {
    /// A page that was loaded.
    struct Page: Sendable {
        let status: Int
        let path: String
        let html: String

        /// The form that goes to an address, with the values of its fields.
        func form(_ action: String) throws -> Form {
            for piece in html.components(separatedBy: "<form").dropFirst() {
                let inside = piece.components(separatedBy: "</form>")[0]
                guard inside.contains("action=\"\(action)\"") else { continue }
                var fields: [(String, String)] = []
                for input in inside.components(separatedBy: "<input").dropFirst() {
                    let tag = input.components(separatedBy: ">")[0]
                    if let name = Self.attribute("name", of: tag) { fields.append((name, Self.attribute("value", of: tag) ?? "")) }
                }
                return Form(action: action, fields: fields)
            }
            throw Missing(what: "a form to \(action)", page: html)
        }

        func hasForm(_ action: String) -> Bool { html.contains("action=\"\(action)\"") }

        /// What the elements refer to.
        var references: [String] {
            ["href", "src", "action", "data-events"].flatMap { name in
                html.components(separatedBy: " \(name)=\"").dropFirst().map { $0.components(separatedBy: "\"")[0] }
            }
        }

        private static func attribute(_ name: String, of tag: String) -> String? {
            let parts = tag.components(separatedBy: " \(name)=\"")
            guard parts.count > 1 else { return nil }
            return parts[1].components(separatedBy: "\"")[0].replacing("&quot;", with: "\"").replacing("&amp;", with: "&")
        }
    }

    struct Form: Sendable {
        let action: String
        let fields: [(String, String)]
    }

    struct Missing: Error { let what: String, page: String }

    private let served: Served
    private var cookies: [String: String] = [:]

    init(_ served: Served) { self.served = served }

    /// Loads a page.
    func load(_ path: String, headers: [(String, String)] = []) async throws -> Page { try await follow("GET", path, headers: headers) }

    /// Sends a form with some fields filled in.
    func send(
        _ form: Form, _ filled: [String: String] = [:], without left: Set<String> = [], headers: [(String, String)] = []
    ) async throws -> Page {
        let kept =
            form.fields.filter { filled[$0.0] == nil && !left.contains($0.0) }
            + filled.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        let body = kept.map { "\(Self.encoded($0.0))=\(Self.encoded($0.1))" }.joined(separator: "&")
        return try await follow("POST", form.action, body: body, headers: headers)
    }

    private static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A) || (byte >= 0x30 && byte <= 0x39)
                ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }

    private func follow(_ method: String, _ path: String, body: String? = nil, headers: [(String, String)]) async throws -> Page {
        var (method, path, body) = (method, path, body)
        for _ in 0..<5 {
            var all = headers + [("Accept", "text/html")]
            if !cookies.isEmpty {
                all.append(("Cookie", cookies.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")))
            }
            if body != nil { all += [("Content-Type", "application/x-www-form-urlencoded")] }
            if body != nil, !headers.contains(where: { $0.0 == "Origin" }) { all.append(("Origin", served.base)) }
            let answer = try await served.send(method, path, headers: all, bytes: body.map { Array($0.utf8) })
            for value in answer.headers.values("set-cookie") { keep(value) }
            guard answer.status == 303, let next = answer.headers["location"] else {
                return Page(status: answer.status, path: path, html: answer.text)
            }
            (method, path, body) = ("GET", next, nil)
        }
        throw Missing(what: "an end of the redirects", page: path)
    }

    private func keep(_ cookie: String) {
        let parts = cookie.split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces) }
        let pair = (parts.first ?? "").split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard pair.count == 2 else { return }
        cookies[pair[0]] = parts.contains("Max-Age=0") ? nil : pair[1]
    }
}

extension Served {
    /// A teammate with an account and a password, not signed in.
    func account(_ teammate: TeammateID, _ role: Role) async throws {
        let access = access
        let hash = try await PasswordHasher(cost: .init(logN: 4, r: 1, p: 1)).hash(Self.password, email: nil)
        try await world.store.write { transaction in
            try access.saveAccount(teammate.text, email: "\(teammate.text)@quayside.example", role: role, of: quayside, in: transaction)
            _ = try access.setPassword(hash, of: teammate.text, of: quayside, by: .console(of: quayside), in: transaction)
        }
    }

    static let password = "correct horse battery staple"

    /// A browser in which that teammate is signed in.
    func browser(of teammate: TeammateID, _ role: Role) async throws -> Browser {
        try await account(teammate, role)
        let browser = Browser(self)
        let page = try await browser.send(
            browser.load("/sign-in").form("/sign-in"), ["email": "\(teammate.text)@quayside.example", "password": Self.password])
        #expect(page.status == 200 && page.path != "/sign-in")
        return browser
    }
}
