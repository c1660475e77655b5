import HTTPTypes
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTPTypes

/// Keeps one connection from holding the others up: too many from one address, a head or a body that comes a byte at a time, an answer that is never read.
/// Without it such a connection would cost memory for as long as its client likes.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// Milliseconds until the first head must be complete.
    static let longestHeadMilliseconds: Int64 = 10_000
    /// Milliseconds that a client may take nothing of an answer.
    static let longestUnreadMilliseconds: Int64 = 20_000
    /// How often a body's pace is looked at, in milliseconds.
    private static let paceMilliseconds: Int64 = 5_000
    /// Bytes per second of a body, at least.
    private static let leastPace = 1024

    private let census: ConnectionCensus
    private var address = ""
    private var isCounted = false
    private var head: Scheduled<Void>?
    private var pace: RepeatedTask?
    private var unread: Scheduled<Void>?
    private var bytes = 0

    init(_ census: ConnectionCensus) { self.census = census }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { begin(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        begin(context)
        context.fireChannelActive()
    }

    private func begin(_ context: ChannelHandlerContext) {
        guard !isCounted else { return }
        address = context.channel.remoteAddress?.ipAddress ?? "local"
        isCounted = true
        guard census.enter(address) else { return context.close(promise: nil) }
        head = close(context, afterMilliseconds: Self.longestHeadMilliseconds)
    }

    private func close(_ context: ChannelHandlerContext, afterMilliseconds: Int64) -> Scheduled<Void> {
        let channel = context.channel
        return context.eventLoop.scheduleTask(in: .milliseconds(afterMilliseconds)) { channel.close(promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { end() }

    private func end() {
        head?.cancel()
        pace?.cancel()
        unread?.cancel()
        (head, pace, unread) = (nil, nil, nil)
        if isCounted { census.leave(address) }
        isCounted = false
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            head?.cancel()
            head = nil
            watchPace(context)
        case .body(let buffer): bytes += buffer.readableBytes
        case .end:
            pace?.cancel()
            pace = nil
        }
        context.fireChannelRead(data)
    }

    private func watchPace(_ context: ChannelHandlerContext) {
        bytes = 0
        let channel = context.channel
        let this = NIOLoopBound(self, eventLoop: context.eventLoop)
        pace?.cancel()
        pace = context.eventLoop.scheduleRepeatedTask(
            initialDelay: .milliseconds(Self.paceMilliseconds), delay: .milliseconds(Self.paceMilliseconds)
        ) { _ in
            // What our own back-pressure holds back is not the sender's fault.
            let isTooSlow = this.value.bytes < Self.leastPace * Int(Self.paceMilliseconds) / 1000
            this.value.bytes = 0
            if isTooSlow { channel.close(promise: nil) }
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        unread?.cancel()
        unread = context.channel.isWritable ? nil : close(context, afterMilliseconds: Self.longestUnreadMilliseconds)
        context.fireChannelWritabilityChanged()
    }
}

/// How many connections each address has.
final class ConnectionCensus: Sendable {
    private let most: Int
    private let trusted: Set<String>
    private let counts = NIOLockedValueBox<[String: Int]>([:])

    /// - Parameters:
    ///   - most: connections of one address.
    ///   - trusted: proxies, which speak for many.
    init(most: Int, trusted: Set<String>) {
        self.most = most
        self.trusted = trusted
    }

    /// Counts a connection; false where it is one too many (it is counted all the same, until it leaves).
    func enter(_ address: String) -> Bool {
        counts.withLockedValue { counts in
            counts[address, default: 0] += 1
            return Self.isExempt(address) || trusted.contains(address) || counts[address, default: 0] <= most
        }
    }

    /// This machine: a proxy on it speaks for many, and a customer cannot come from here.
    private static func isExempt(_ address: String) -> Bool { address.hasPrefix("127.") || address == "::1" || address == "local" }

    func leave(_ address: String) {
        counts.withLockedValue { counts in
            let left = (counts[address] ?? 1) - 1
            counts[address] = left > 0 ? left : nil
        }
    }
}
