import CCurlSys

/// A request that can be sent: made on the caller's task, so that the loop's thread has no checking to do.
struct CheckedRequest: Sendable {
    let method: String
    let url: ParsedURL
    /// Header lines as libcurl wants them.
    let headerLines: [String]
    let body: [UInt8]
    let limits: Timeouts
    /// Whether only public addresses may be connected to.
    let isGuarded: Bool
    /// Whether the operator listed this URL's host and port.
    let isExempt: Bool
    /// Words that must never appear in an error.
    let secrets: [String]

    init(_ request: HTTPRequest) throws(TransferError) {
        guard !request.method.isEmpty, request.method.utf8.allSatisfy(Self.isTokenByte) else { throw .invalidRequest(.method) }
        guard let url = ParsedURL(request.url) else { throw .invalidRequest(.url) }
        let limits = request.limits
        guard limits.connectMilliseconds > 0, limits.firstByteMilliseconds > 0, limits.silenceMilliseconds > 0, limits.totalMilliseconds > 0
        else { throw .invalidRequest(.limits) }
        method = request.method
        self.url = url
        headerLines = try Self.lines(request.headers)
        body = request.body
        self.limits = limits
        if case .publicOnly(let allowed) = request.addresses {
            isGuarded = true
            isExempt = allowed.contains { $0.lowercased() == url.hostAndPort }
        } else {
            isGuarded = false
            isExempt = false
        }
        secrets = request.headers.flatMap { $0.1.split(separator: " ").map(String.init) } + url.secrets
    }

    private static func lines(_ headers: [(String, String)]) throws(TransferError) -> [String] {
        var lines: [String] = []
        var hasContentType = false
        for (name, value) in headers {
            guard !name.isEmpty, name.utf8.allSatisfy(isTokenByte), value.utf8.allSatisfy(isValueByte),
                !reserved.contains(name.lowercased())
            else { throw .invalidRequest(.header(name: shown(name))) }
            if name.lowercased() == "content-type" { hasContentType = true }
            // "Name:" would remove a header of libcurl's own; "Name;" sends an empty one.
            lines.append(value.isEmpty ? "\(name);" : "\(name): \(value)")
        }
        // Not to be added by libcurl: the pause for 100 Continue, a form's content type, and the offer of compression, which would let a server
        // hold events back. Bodies compressed all the same are decoded.
        lines += ["Expect:", "Accept-Encoding:"]
        if !hasContentType { lines.append("Content-Type:") }
        return lines
    }

    /// Headers that frame the message or steer the connection.
    private static let reserved: Set = [
        "content-length", "transfer-encoding", "expect", "connection", "accept-encoding", "upgrade", "te", "trailer", "keep-alive",
        "proxy-connection",
    ]

    /// RFC 9110, 5.6.2.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    private static func isValueByte(_ byte: UInt8) -> Bool { byte == 9 || (byte >= 32 && byte != 127) }

    /// A header's name for an error: a caller that swaps name and value must not print a key.
    private static func shown(_ name: String) -> String {
        name.utf8.count <= 40 && !name.isEmpty && name.utf8.allSatisfy(isTokenByte) ? name : "(not a header name)"
    }
}

/// A URL as libcurl's own parser reads it, so that what is checked and what is connected to cannot differ.
final class ParsedURL: @unchecked Sendable {
    /// Changed by nobody after `init`; libcurl copies from it when a transfer starts.
    let handle: OpaquePointer
    /// "http" or "https".
    let scheme: String
    /// The host in small letters and the port, also where it is the scheme's own: "example.com:443", "[::1]:80".
    let hostAndPort: String
    /// Userinfo and the values of the query.
    let secrets: [String]

    /// Bytes of an address.
    private static let longestBytes = 8192

    init?(_ text: String) {
        guard text.utf8.count <= Self.longestBytes, !text.utf8.contains(where: { $0 <= 32 || $0 == 127 }), let handle = curl_url() else {
            return nil
        }
        guard curl_url_set(handle, CURLUPART_URL, text, 0) == CURLUE_OK,
            let scheme = Self.part(CURLUPART_SCHEME, of: handle)?.lowercased(), scheme == "http" || scheme == "https",
            let host = Self.part(CURLUPART_HOST, of: handle)?.lowercased(), !host.isEmpty,
            let port = Self.part(CURLUPART_PORT, of: handle)
        else {
            curl_url_cleanup(handle)
            return nil
        }
        self.handle = handle
        self.scheme = scheme
        hostAndPort = "\(host):\(port)"
        let query = Self.part(CURLUPART_QUERY, of: handle)?.split(whereSeparator: { "&=".contains($0) }).map(String.init) ?? []
        let user = [CURLUPART_USER, CURLUPART_PASSWORD].compactMap { Self.part($0, of: handle) }
        secrets = query + user
    }

    deinit { curl_url_cleanup(handle) }

    private static func part(_ part: CURLUPart, of handle: OpaquePointer) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(handle, part, &text, UInt32(CURLU_DEFAULT_PORT)) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }
}
