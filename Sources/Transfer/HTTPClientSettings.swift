/// What holds for all requests of a client. Every limit has its reason here; what differs from call to call is in `HTTPRequest`.
package struct HTTPClientSettings: Sendable {
    /// Which requests go through a proxy. Off unless configured. Guarded calls (`AddressPolicy.publicOnly`) never use it: with a proxy the
    /// address would be chosen there, where nobody checks it.
    package var proxy: ProxySettings = .off
    /// A file of CA certificates in PEM that replaces the system's, for endpoints behind a company's own authority; nil uses the system's.
    package var certificateAuthorityFile: String?
    /// Sent as `User-Agent`.
    package var product = "Baton"
    /// Connections to one host at one time, 1 or more; further requests wait, which counts against their total limit only. The default is well
    /// above what one model server answers at once.
    package var connectionsPerHost = 128
    /// Connections at one time, 1 or more, kept ones included: a quarter of the 1,024 descriptors a process commonly has.
    package var connections = 256
    /// The largest head of an answer in bytes, 1xx heads and trailers included.
    package var headBytes = 256 * 1024
    /// Unread bytes of a body above which libcurl stops reading from the connection, so that a slow reader makes the sender wait. One more
    /// read of up to 16 KiB may come on top.
    package var bufferedBytes = 256 * 1024

    /// For this room's tests; nil uses the world as it is.
    var stage: Stage?

    /// The defaults.
    package init() {}

    /// A world on one machine, for tests of names that lead elsewhere the second time: what a name resolves to at this moment, and loopback addresses that play
    /// the public internet.
    struct Stage: Sendable {
        /// The addresses of a name, in the order in which they are tried.
        let answer: @Sendable (String) -> [String]
        let publicAddresses: Set<String>
    }
}

/// Which requests go through a proxy, as users of curl know it.
///
/// A proxy is a URL such as "http://proxy.example:3128", "https://...", "socks5h://..."; without a scheme it is an HTTP proxy. `https` requests are
/// tunnelled with CONNECT.
package struct ProxySettings: Sendable, Hashable {
    /// The proxy of `http` requests; nil goes direct.
    package var http: String?
    /// The proxy of `https` requests; nil goes direct.
    package var https: String?
    /// Hosts that are reached directly: names, domain ends (".internal"), addresses, networks ("10.0.0.0/8"), separated by commas; "*" is all.
    package var except: String

    /// - Parameter except: hosts reached directly, separated by commas.
    package init(http: String?, https: String?, except: String = "") {
        self.http = http
        self.https = https
        self.except = except
    }

    /// Everything direct.
    package static let off = ProxySettings(http: nil, https: nil)

    /// One proxy for everything but `except`.
    package static func everywhere(_ proxy: String, except: String = "") -> ProxySettings {
        ProxySettings(http: proxy, https: proxy, except: except)
    }

    /// What curl would do with these environment variables: `http_proxy` (only in small letters, because `HTTP_PROXY` can be set by a request to
    /// a CGI program: CVE-2016-5385), `https_proxy`, `all_proxy`, `no_proxy` in small or capital letters, small ones first. The caller hands the variables in; this room
    /// reads no environment.
    package static func environment(_ variables: [String: String]) -> ProxySettings {
        func value(_ names: String...) -> String? {
            names.lazy.compactMap { variables[$0] }.first { !$0.isEmpty }
        }
        let all = value("all_proxy", "ALL_PROXY")
        return ProxySettings(
            http: value("http_proxy") ?? all, https: value("https_proxy", "HTTPS_PROXY") ?? all,
            except: value("no_proxy", "NO_PROXY") ?? "")
    }

    /// What libcurl is told for a scheme. "" means no proxy; never nil, since libcurl would then look into the environment.
    func proxy(forScheme scheme: String) -> String { (scheme == "https" ? https : http) ?? "" }
}
