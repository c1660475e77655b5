/// The outside world at its worst, each by its name.
extension Script {
    /// Takes the request and says nothing until the client leaves.
    package static var hang: Script { Script([.stall]) }

    /// Takes the request and closes without a byte.
    package static var silentClose: Script { Script([.close]) }

    /// Takes the request and resets without a byte.
    package static var silentReset: Script { Script([.reset]) }

    /// A head at once, and then nothing until the client leaves.
    package static func hangAfterHead(headers: [(String, String)] = [("Content-Type", "text/event-stream")]) -> Script {
        headOnly(200, headers: headers + [("Transfer-Encoding", "chunked")]).then(.stall)
    }

    /// An HTML page as gateways send it (502, 504, 413, 429, 503), or a login page with 200.
    package static func html(_ status: Int, title: String = "Bad gateway") -> Script {
        self.status(
            status, body: "<html>\r\n<head><title>\(title)</title></head>\r\n<body><h1>\(title)</h1></body>\r\n</html>\r\n",
            type: "text/html")
    }

    /// 429 in OpenAI's shape. `retryAfter` is sent as it is ("20", "1.5", an HTTP date); nil sends none.
    package static func tooManyRequests(
        retryAfter: String? = nil, retryAfterMilliseconds: String? = nil, type: String = "rate_limit_exceeded",
        headers: [(String, String)] = []
    ) -> Script {
        var all = headers
        if let retryAfter { all.append(("Retry-After", retryAfter)) }
        if let retryAfterMilliseconds { all.append(("retry-after-ms", retryAfterMilliseconds)) }
        return error(429, message: "Rate limit reached", type: type, code: .text(type), headers: all)
    }

    /// An error object with a status; with 200 it is the error some servers hide in a success.
    package static func error(
        _ status: Int, message: String, type: String = "invalid_request_error", code: JSONText = .null, headers: [(String, String)] = []
    ) -> Script {
        json(errorObject(message: message, type: type, code: code).text, status: status, headers: headers)
    }

    /// `{"error": {"message", "type", "param", "code"}}`, with the code as a number, a text or null.
    package static func errorObject(message: String, type: String, code: JSONText) -> JSONText {
        .object([("error", .object([("message", .text(message)), ("type", .text(type)), ("param", .null), ("code", code)]))])
    }

    /// FastAPI's error shape: `{"detail": ...}`.
    package static func detail(_ status: Int, _ detail: JSONText) -> Script {
        json(JSONText.object([("detail", detail)]).text, status: status)
    }

    /// A redirect; the client must not follow it, and its key must not travel.
    package static func redirect(_ status: Int = 308, to location: String) -> Script {
        self.status(status, headers: [("Location", location)])
    }

    /// A body without end: `piece` until the client leaves, close-delimited.
    package static func endless(_ piece: [UInt8], headers: [(String, String)] = [("Content-Type", "text/event-stream")]) -> Script {
        var script = headOnly(200, headers: headers + [("Connection", "close")])
        script.steps.append(.sendAgain(piece, times: .max))
        script.keepsConnection = false
        return script
    }

    /// A body of `times` copies of `piece` with a true Content-Length.
    package static func large(_ piece: [UInt8], times: Int) -> Script {
        headOnly(200, headers: [("Content-Length", String(piece.count * times))]).then(.sendAgain(piece, times: times))
    }

    /// A gzip body, whether the client asked for it or not; each piece is flushed on its own, as nginx does with events.
    package static func gzipped(_ status: Int = 200, type: String = "application/json", pieces: [String], between: [Step] = []) -> Script {
        let packed = Gzip.stored(pieces.map { Array($0.utf8) })
        let headers = [("Content-Type", type), ("Content-Encoding", "gzip")]
        return reply(status, headers: headers, pieces: packed, framing: .chunked, between: between)
    }
}
