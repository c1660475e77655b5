/// One request. A value; nothing is checked before it is sent.
///
/// It describes itself without header values, query or body, since those hold keys and customers' words.
package struct HTTPRequest: Sendable {
    /// "GET", "POST", any token of RFC 9110.
    package var method: String
    /// An absolute `http` or `https` URL of at most 8 KiB.
    package var url: String
    /// Sent in this order. A value with CR, LF, NUL or another control character is refused, and so are the headers that frame the body
    /// (`Content-Length`, `Transfer-Encoding`, `Expect`, `Connection`) and `Accept-Encoding`.
    package var headers: [(String, String)]
    /// The whole body; empty sends none, except that POST, PUT and PATCH then say `Content-Length: 0`.
    package var body: [UInt8]
    /// How long anything may take.
    package var limits: Timeouts
    /// Which addresses may be connected to.
    package var addresses: AddressPolicy

    /// - Parameters: see the properties.
    package init(
        method: String = "GET", url: String, headers: [(String, String)] = [], body: [UInt8] = [], limits: Timeouts = Timeouts(),
        addresses: AddressPolicy = .any
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.limits = limits
        self.addresses = addresses
    }
}

extension HTTPRequest: CustomStringConvertible, CustomReflectable {
    /// Method and sizes.
    package var description: String { "\(method) request (\(headers.count) headers, \(body.count) bytes)" }
    /// The same, for `dump` and crash traces.
    package var customMirror: Mirror { Mirror(self, children: ["request": description]) }
}

/// Four limits, because a model's endpoint can be slow in four ways: llama-server sends its head only with the first token, llama-cpp-python at
/// once and then nothing for 43 s. All in milliseconds, 1 or more, by our own deadlines (libcurl's silence limit has steps of a second).
package struct Timeouts: Sendable, Hashable {
    /// From the look-up of the name to a connection that is ready, TLS included.
    package var connectMilliseconds: Int
    /// From there, the upload included, until the head of the final answer is complete; a head that drips is caught too.
    package var firstByteMilliseconds: Int
    /// Between any two bytes of the body. Does not run while the reader is the slow one.
    package var silenceMilliseconds: Int
    /// From `send` to the last byte, waiting for a free connection and a slow reader included.
    package var totalMilliseconds: Int

    /// The defaults suit a streamed answer of a model.
    package init(
        connectMilliseconds: Int = 10_000, firstByteMilliseconds: Int = 60_000, silenceMilliseconds: Int = 60_000,
        totalMilliseconds: Int = 300_000
    ) {
        self.connectMilliseconds = connectMilliseconds
        self.firstByteMilliseconds = firstByteMilliseconds
        self.silenceMilliseconds = silenceMilliseconds
        self.totalMilliseconds = totalMilliseconds
    }
}

/// Which addresses a request may be connected to. The check is made when a socket is opened, on the address the name was resolved to, so that no
/// spelling of a URL and no name that resolves differently the second time gets past it.
package enum AddressPolicy: Sendable, Hashable {
    /// Any address: for endpoints an operator configured.
    case any
    /// Only addresses of the public internet: for every URL that came from outside (webhooks, documents by URL). The exceptions are given as
    /// exact "host:port", as the URL writes the host, such as "hooks.internal:8443" or "[fd00::5]:80".
    case publicOnly(allowing: Set<String> = [])
}
