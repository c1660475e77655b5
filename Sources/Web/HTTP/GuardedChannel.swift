import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1

/// Hummingbird's HTTP/1.1 connection with our guard in the middle of it: behind the parser, where a request's version, its repeated headers and its framing
/// can still be seen, and before the types that no longer show them.
struct GuardedChannel: ServerChildChannel {
    typealias Value = HTTP1Channel.Value

    let inner: HTTP1Channel
    let census: ConnectionCensus
    let limits: ConnectionLimits
    let refusals: Refusals

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        let (census, limits, refusals) = (census, limits, refusals)
        return inner.setup(channel: channel, logger: logger).flatMapThrowing { value in
            let pipeline = channel.pipeline.syncOperations
            let codec = try pipeline.handler(type: HTTP1ToHTTPServerCodec.self)
            let watch = ConnectionGuard(census, limits, refusals)
            try pipeline.addHandler(watch, position: .before(codec))
            try pipeline.addHandler(FirstBytes(watch), position: .first)
            return value
        }
    }

    func handle(value: Value, logger: Logger) async { await inner.handle(value: value, logger: logger) }
}

/// Tells the guard of bytes that the parser has seen, also of those that made no part of a request.
private final class FirstBytes: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let watch: ConnectionGuard

    init(_ watch: ConnectionGuard) { self.watch = watch }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        watch.receives(bytes)
        context.fireChannelRead(data)
        watch.received(bytes.readableBytes)
    }
}
