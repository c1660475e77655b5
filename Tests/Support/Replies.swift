/// HTTP replies as scripts: status, headers, and every way a body is framed.
extension Script {
    /// How the reader learns where the body ends.
    package enum Framing: Sendable {
        /// `Content-Length`, and it is true.
        case length
        /// `Content-Length` says this many bytes more than come; then the connection is closed.
        case lengthTooLong(by: Int)
        /// `Transfer-Encoding: chunked`, one chunk per piece.
        case chunked
        /// Chunked, but the last chunk never comes; the connection is closed instead.
        case chunkedWithoutEnd
        /// No framing: the body ends with the connection.
        case untilClose
    }

    /// A reply whose body comes in these pieces, one write each.
    /// - Parameters:
    ///   - reason: the reason phrase; empty sends none ("HTTP/1.1 529 ").
    ///   - headers: in this order, before those of the framing.
    ///   - between: steps put between any two pieces, such as a gate or a pause.
    package static func reply(
        _ status: Int, reason: String? = nil, headers: [(String, String)] = [], pieces: [[UInt8]], framing: Framing = .length,
        between: [Step] = [], tokens: TokenTally? = nil
    ) -> Script {
        var lines = headers.map { "\($0.0): \($0.1)" }
        let count = pieces.reduce(0) { $0 + $1.count }
        switch framing {
        case .length: lines.append("Content-Length: \(count)")
        case .lengthTooLong(let more): lines.append("Content-Length: \(count + more)")
        case .chunked, .chunkedWithoutEnd: lines.append("Transfer-Encoding: chunked")
        case .untilClose: lines.append("Connection: close")
        }
        var steps: [Step] = [.send(head(status, reason: reason, lines: lines))]
        for (index, piece) in pieces.enumerated() where !piece.isEmpty {
            if index > 0 { steps += between }
            steps.append(.send(framing.isChunked ? chunk(piece) : piece))
        }
        if case .chunked = framing { steps.append(.send(Array("0\r\n\r\n".utf8))) }
        return Script(steps, keepsConnection: framing.keepsConnection, tokens: tokens)
    }

    /// A reply with a body of text.
    package static func status(
        _ status: Int, reason: String? = nil, headers: [(String, String)] = [], body: String = "", type: String? = "text/plain",
        framing: Framing = .length
    ) -> Script {
        let all = (type.map { [("Content-Type", $0)] } ?? []) + headers
        return reply(status, reason: reason, headers: all, pieces: [Array(body.utf8)], framing: framing)
    }

    /// A JSON reply.
    package static func json(_ text: String, status: Int = 200, headers: [(String, String)] = []) -> Script {
        self.status(status, headers: headers, body: text, type: "application/json")
    }

    /// A head and nothing else: for 204, 304, and heads that are followed by steps of one's own. Adds no header.
    package static func headOnly(_ status: Int, reason: String? = nil, headers: [(String, String)] = []) -> Script {
        Script([.send(head(status, reason: reason, lines: headers.map { "\($0.0): \($0.1)" }))])
    }

    /// The bytes of a status line, header lines and the empty line.
    package static func head(_ status: Int, reason: String? = nil, lines: [String]) -> [UInt8] {
        let phrase = reason ?? phrases[status] ?? "Status"
        return Array((["HTTP/1.1 \(status) \(phrase)"] + lines + ["", ""]).joined(separator: "\r\n").utf8)
    }

    /// One chunk of a chunked body.
    package static func chunk(_ bytes: [UInt8]) -> [UInt8] {
        Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + Array("\r\n".utf8)
    }

    private static let phrases = [
        200: "OK", 204: "No Content", 301: "Moved Permanently", 302: "Found", 304: "Not Modified", 308: "Permanent Redirect",
        400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 408: "Request Timeout", 413: "Content Too Large",
        422: "Unprocessable Content", 429: "Too Many Requests", 500: "Internal Server Error", 502: "Bad Gateway",
        503: "Service Unavailable", 504: "Gateway Timeout",
    ]
}

extension Script.Framing {
    fileprivate var isChunked: Bool {
        switch self {
        case .chunked, .chunkedWithoutEnd: true
        case .length, .lengthTooLong, .untilClose: false
        }
    }

    fileprivate var keepsConnection: Bool {
        switch self {
        case .length, .chunked: true
        case .lengthTooLong, .chunkedWithoutEnd, .untilClose: false
        }
    }
}
