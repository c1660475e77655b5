import HTTPTypes
import NIOCore
import NIOHTTP1
import Notation
import Storage
import Support
import Testing

@testable import Web

/// What a request carries is whatever its sender likes.
@Suite struct FuzzTests {
    private let secret = ServerSecret(bytes: Array(repeating: 9, count: 32))
    private let quayside = WorkspaceID("quayside")

    @Test func `a path, a query and a form of any kind are read or refused`() {
        let corpus = [
            "/v1/conversations/conv_1/messages?after=12&limit=50", "/a%20b/%e2%82%ac/c?x=a+b&y=%2B&z", "a=1&b=%C3%A9&&c==d&e",
            "/..%2f../%00",
        ]
        Fuzzer(corpus).run { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            if let segments = Percent.segments(text[...]) {
                for segment in segments {
                    #expect(!segment.isEmpty && segment != ".." && !segment.utf8.contains(0) && !segment.utf8.contains(0x5C))
                }
            }
            guard let items = Percent.items(bytes) else { return }
            #expect(items.count <= Percent.mostItems)
            for item in items { #expect(Percent.decoded(Percent.encoded(item.value).utf8) == item.value) }
        }
    }

    @Test func `a body of any kind has the shape that was asked for, or is refused with a problem`() {
        let schema = Schema.object([
            .init("text", .lines(1...10)), .init("tags", .array(.text(1...5), most: 2), required: false),
            .init("count", .integer(Int.min...Int.max), required: false), .init("share", .number(0...1), required: false),
            .init("more", .map(.anything, most: 3), required: false), .init("at", .time, required: false),
            .init("sum", .money, required: false),
            .init("kind", .oneOf(["a", "b"]), required: false),
        ])
        let corpus = [
            #"{"text":"hello","tags":["a"],"count":3,"share":0.5,"more":{"x":{"y":[1]}},"at":"2026-11-30T12:00:00.000Z","sum":{"amount":"1.50","currency":"EUR"},"kind":"a"}"#,
            #"{"text":"a","count":-9223372036854775808}"#, #"{"text":"\ud83d\ude00","count":1e2}"#,
        ]
        Fuzzer(corpus).run { bytes in
            do {
                let value = try InputReader.read(bytes, as: schema)
                #expect(schema.mismatches(value).isEmpty && value["text"]?.text != nil)
            } catch {
                #expect((error as? Problem).map { [400, 422].contains($0.code.status) } ?? false, "\(error)")
            }
        }
    }

    @Test func `a traceparent of any kind is gone on with or begun anew`() {
        Fuzzer(["00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what"])
            .runTexts { text in
                let trace = Trace(header: text)
                #expect(trace.id.utf8.count == 32 && trace.header.utf8.count == 55 && HTTPField.isValidValue(trace.header))
            }
    }

    @Test func `a cursor that was changed is none`() throws {
        let cursor = Cursor.text(["2026-11-30T12:00:00.000Z", "conv_1"], of: "list", workspace: quayside, secret)
        Fuzzer([cursor, "", "AAAA", "////"]).runTexts { text in
            let position = try? Cursor.position(text, of: "list", workspace: quayside, count: 2, secret)
            // Base64 has several spellings of the same bytes; what they say is signed.
            if let position { #expect(position == ["2026-11-30T12:00:00.000Z", "conv_1"], "\(text)") }
        }
    }

    @Test func `cookies of any kind are found or not`() {
        Fuzzer(["baton=abc; baton-chat=def", "a=b=c;;=;baton", "baton=\"x\"; Path=/"]).runTexts { text in
            var headers = HTTPFields()
            headers[.cookie] = text
            _ = headers.cookie("baton")
        }
    }

    @Test func `a head of any kind is taken or refused`() {
        let corpus = ["GET /a HTTP/1.1\na\nchunked\n5", "GET http://a:80/x?y HTTP/1.1\na:80\n\n", "OPTIONS *\n[::1]:80\ngzip\n+5"]
        Fuzzer(corpus).runTexts { text in
            let parts = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) + ["", "", "", ""]
            let headers = HTTPHeaders(
                [("Host", parts[1]), ("Transfer-Encoding", parts[2]), ("Content-Length", parts[3])].filter { !$0.1.isEmpty })
            let words = parts[0].split(separator: " ").map(String.init) + ["", ""]
            var head = HTTPRequestHead(version: .http1_1, method: HTTPMethod(rawValue: words[0]), uri: words[1], headers: headers)
            guard RequestRules.fault(&head) == nil, head.method != .CONNECT else { return }
            #expect(head.uri.hasPrefix("/") || head.uri == "*")
        }
    }
}
