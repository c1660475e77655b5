/// How long one connection may keep the service waiting, and how much it may ask for. Tests shorten the times; nothing else changes them.
package struct ConnectionLimits: Sendable {
    /// Milliseconds until a head must be complete: the first from when the connection opens, a later one from its first bytes.
    package var headMilliseconds = Self.longestHeadMilliseconds
    /// Milliseconds that a client may take nothing of an answer.
    package var unreadMilliseconds = Self.longestUnreadMilliseconds
    /// Milliseconds between two looks at the pace of a body.
    package var paceMilliseconds: Int64 = 5_000
    /// Milliseconds that a connection lingers after its last answer, so that the client can read it although it still sends (RFC 9112, section 9.6).
    package var lingerMilliseconds = Self.longestLingerMilliseconds
    /// Milliseconds that a connection between two requests may be silent.
    package var idleMilliseconds = Self.longestIdleMilliseconds

    /// The limits of production.
    package init() {}

    /// The usual `headMilliseconds`.
    static let longestHeadMilliseconds: Int64 = 10_000
    /// The usual `unreadMilliseconds`.
    static let longestUnreadMilliseconds: Int64 = 20_000
    /// The usual `lingerMilliseconds`.
    static let longestLingerMilliseconds: Int64 = 2_000
    /// The usual `idleMilliseconds`.
    static let longestIdleMilliseconds: Int64 = 60_000
    /// Bytes per second of a body, at least.
    static let leastPace: Int64 = 1024
    /// Bytes around a body (sizes and extensions of chunks, trailers) that are read beyond `mostAroundEach` for each byte of it.
    static let mostAround = 16 << 10
    /// Bytes around each byte of a body: a chunk of one byte needs six.
    static let mostAroundEach = 8
}
