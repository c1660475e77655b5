import Foundation

/// One request as the scripted endpoint received it.
package struct EndpointRequest: Sendable {
    /// 1 for the endpoint's first request, 2 for the next, over all connections.
    package let number: Int
    /// 1 for the endpoint's first connection; two requests with one number shared a connection.
    package let connection: Int
    /// "POST".
    package let method: String
    /// The target as it stood on the request line: "/v1/chat/completions", or a whole URL where the endpoint is used as a proxy.
    package let target: String
    /// The header lines in their order, names as sent.
    package let headers: [(name: String, value: String)]
    /// The body after any chunked framing was taken off; empty when a script answered before the body.
    package let body: [UInt8]
    /// The head byte for byte, with the empty line.
    package let head: [UInt8]

    /// The first value of a header, whatever its case; nil when absent.
    package func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// The body as text; bytes that are not UTF-8 become U+FFFD.
    package var text: String { String(decoding: body, as: UTF8.self) }

    /// The body as a JSON object; nil when it is none.
    package var json: [String: Any]? {
        // Not JSON is an answer here, not an error.
        (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any]
    }

    /// Whether the body asks for a stream (`"stream": true`).
    package var wantsStream: Bool { json?["stream"] as? Bool ?? false }
}

/// The request line and headers, before the body is read.
struct RequestHead {
    let method: String
    let target: String
    let headers: [(name: String, value: String)]
    let bytes: [UInt8]

    init?(_ bytes: [UInt8]) {
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n", omittingEmptySubsequences: true)
        guard let first = lines.first else { return nil }
        let words = first.split(separator: " ")
        guard words.count == 3 else { return nil }
        method = String(words[0])
        target = String(words[1])
        headers = lines.dropFirst().map { line in
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let value = parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
            return (String(parts[0]), value)
        }
        self.bytes = bytes
    }

    func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}
