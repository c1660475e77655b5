import Foundation
import Notation

/// How the service faces the world: the key `serve` of `baton.yaml`.
struct ServeSettings: Equatable, Sendable {
    /// The address to listen on, without the port.
    let host: String
    /// 0: the system chooses.
    let port: Int
    /// Where the world reaches it, without a trailing slash; nil: the address it listens on.
    let publicURL: String?
    /// Addresses of proxies that say who stands behind them.
    let trustedProxies: Set<String>
    /// Connections at one time; from one address; live streams.
    let connections: Int
    let connectionsPerAddress: Int
    let streams: Int
    /// Multiplies every rate limit.
    let rateFactor: Int
    /// Where each key came from; those that are missing are as preset.
    private let origins: [String: Origin]

    /// By what is in force, wherever it was written.
    static func == (left: ServeSettings, right: ServeSettings) -> Bool {
        left.host == right.host && left.port == right.port && left.publicURL == right.publicURL
            && left.trustedProxies == right.trustedProxies
            && left.connections == right.connections && left.connectionsPerAddress == right.connectionsPerAddress
            && left.streams == right.streams && left.rateFactor == right.rateFactor
    }

    /// Where a key's value came from.
    func origin(of key: String) -> Origin { origins[key] ?? .preset }

    static let keys = ["listen", "public_url", "trusted_proxies", "connections", "connections_per_address", "streams", "rate_factor"]
    static let usualListen = "127.0.0.1:8700"

    /// - Throws: `NotationError`, `CommandError`.
    init(_ node: Node?, environment: [String: String]) throws {
        let fields = try Fields(node ?? Node.parse("", file: "baton.yaml"), known: Self.keys)
        var origins = Dictionary(uniqueKeysWithValues: fields.keys.map { ($0, Origin.file) })
        for (variable, key) in [("BATON_LISTEN", "listen"), ("BATON_PUBLIC_URL", "public_url")] where !(environment[variable] ?? "").isEmpty
        {
            origins[key] = .environment
        }
        self.origins = origins
        let listen: String
        if let value = environment["BATON_LISTEN"], !value.isEmpty {
            listen = value
        } else {
            listen = try fields["listen"]?.string() ?? Self.usualListen
        }
        (host, port) = try Self.address(listen)
        let url: String?
        if let value = environment["BATON_PUBLIC_URL"], !value.isEmpty { url = value } else { url = try fields["public_url"]?.string() }
        publicURL = try url.map(Self.checkedURL)
        trustedProxies = Set(try fields["trusted_proxies"]?.strings() ?? [])
        connections = try fields["connections"]?.integer(in: 16...100_000) ?? 10_000
        connectionsPerAddress = try fields["connections_per_address"]?.integer(in: 1...100_000) ?? 64
        streams = try fields["streams"]?.integer(in: 1...100_000) ?? 8_000
        rateFactor = try fields["rate_factor"]?.integer(in: 1...1000) ?? 1
    }

    /// `host:port`, an IPv6 host in brackets.
    static func address(_ text: String) throws -> (String, Int) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]), (0...65_535).contains(port) else {
            throw CommandError(.configuration, "'\(text)' is no address to listen on. Write it as 127.0.0.1:8700.")
        }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        guard !host.isEmpty else {
            throw CommandError(
                .configuration, "'\(text)' names no address to listen on. Write 127.0.0.1:\(port), or 0.0.0.0:\(port) for every network.")
        }
        return (host, port)
    }

    private static func checkedURL(_ text: String) throws -> String {
        let trimmed = text.hasSuffix("/") ? String(text.dropLast()) : text
        guard let parts = URLComponents(string: trimmed), ["http", "https"].contains(parts.scheme), !(parts.host ?? "").isEmpty,
            parts.path.isEmpty, parts.query == nil, parts.fragment == nil, parts.user == nil
        else {
            throw CommandError(
                .configuration, "public_url '\(text)' is no address of this service. Write scheme and host: https://support.example.com")
        }
        return trimmed
    }
}
