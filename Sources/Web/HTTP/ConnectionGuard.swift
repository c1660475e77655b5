import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1

/// Keeps one connection from holding the others up, and from being read in two ways: too many from one address, a head or a body that comes a byte at a
/// time, an answer that is never read, a request that breaks HTTP's rules. It sits between the parser and Hummingbird, sees what each reads and writes, and
/// ends the connection where Hummingbird would leave it open: after `Connection: close` in any spelling, after HTTP/1.0, after an answer that did not wait
/// for the request's body.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// A request that is not answered yet.
    fileprivate struct Exchange {
        /// HTTP/1.0: knows no chunks.
        let isOld: Bool
        /// Whether the client waits to be asked for the body.
        var expectsContinue: Bool
        /// Whether the connection ends with its answer.
        var closes: Bool
    }

    private let census: ConnectionCensus
    private let limits: ConnectionLimits
    private let refusals: Refusals
    private var place: ChannelHandlerContext?
    private var address = ""
    private var isCounted = false
    private var exchanges = CircularBuffer<Exchange>(initialCapacity: 1)
    /// Between a request's head and its end.
    private var isReceiving = false
    /// Whether the bytes after a request's end look like another, whose method may be unknown.
    private var beginsWithMethod = false
    /// Whether an `end` came with the bytes that are just being read.
    private var sawEnd = false
    /// Whether anybody wants more bytes: what our own back-pressure holds back is not the sender's fault.
    private var isWanted = false
    /// Nothing more is read: a rule was broken, or the connection is about to end.
    private var isDeaf = false
    /// Nothing more is written.
    private var isSilent = false
    /// The answer to a head that could not be read.
    private var refusal: Problem?
    private var bodyBytes: Int64 = 0
    private var pacedBytes: Int64 = 0
    private var bytesAround: Int64 = 0
    private var head: Scheduled<Void>?
    private var pace: RepeatedTask?
    private var unread: Scheduled<Void>?
    private var linger: Scheduled<Void>?

    init(_ census: ConnectionCensus, _ limits: ConnectionLimits, _ refusals: Refusals) {
        self.census = census
        self.limits = limits
        self.refusals = refusals
    }

    // MARK: From its beginning to its end

    func handlerAdded(context: ChannelHandlerContext) {
        place = context
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
        guard census.enter(address) else {
            refusals.count("address")
            return context.close(promise: nil)
        }
        awaitHead(context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end()
        place = nil
    }

    private func end() {
        for timer in [head, unread, linger] { timer?.cancel() }
        pace?.cancel()
        (head, pace, unread, linger) = (nil, nil, nil, nil)
        if isCounted { census.leave(address) }
        isCounted = false
    }

    private func close(_ context: ChannelHandlerContext, afterMilliseconds: Int64, because reason: String?) -> Scheduled<Void> {
        let (channel, refusals) = (context.channel, refusals)
        return context.eventLoop.scheduleTask(in: .milliseconds(afterMilliseconds)) {
            if let reason { refusals.count(reason) }
            channel.close(promise: nil)
        }
    }

    // MARK: What the client sends

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isDeaf else { return }
        switch unwrapInboundIn(data) {
        case .head(var received):
            head?.cancel()
            head = nil
            if let fault = RequestRules.fault(&received) { return refuse(context, fault) }
            isReceiving = true
            (bodyBytes, pacedBytes, bytesAround) = (0, 0, 0)
            exchanges.append(Exchange(received))
            watchPace(context)
            context.fireChannelRead(wrapInboundOut(.head(received)))
            if exchanges.count == 1 { askForBody(context) }
        case .body(let buffer):
            bodyBytes += Int64(buffer.readableBytes)
            pacedBytes += Int64(buffer.readableBytes)
            context.fireChannelRead(data)
        case .end:
            pace?.cancel()
            pace = nil
            isReceiving = false
            sawEnd = true
            // Whatever follows the last request of a connection is none.
            if exchanges.last?.closes == true { isDeaf = true }
            context.fireChannelRead(data)
        }
    }

    /// Told by `FirstBytes` before the parser sees some bytes.
    func receives(_ bytes: ByteBuffer) {
        if !isReceiving, !isDeaf { beginsWithMethod = RequestRules.beginsWithMethod(bytes) }
    }

    /// Told by `FirstBytes` after the parser has seen them.
    func received(_ count: Int) {
        defer { sawEnd = false }
        guard !isDeaf, let context = place else { return }
        if !isReceiving, !sawEnd, head == nil { awaitHead(context) }
        guard isReceiving else { return }
        bytesAround += Int64(count)
        if bytesAround > Int64(ConnectionLimits.mostAround) + Int64(ConnectionLimits.mostAroundEach) * bodyBytes {
            refuse(context, Problem(.malformedRequest, "The body has more around it than in it."))
        }
    }

    private func awaitHead(_ context: ChannelHandlerContext) {
        head = close(context, afterMilliseconds: limits.headMilliseconds, because: "slow_head")
    }

    func read(context: ChannelHandlerContext) {
        isWanted = true
        context.read()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isWanted = false
        context.fireChannelReadComplete()
    }

    private func watchPace(_ context: ChannelHandlerContext) {
        let (channel, refusals, limits) = (context.channel, refusals, limits)
        let this = NIOLoopBound(self, eventLoop: context.eventLoop)
        pace?.cancel()
        pace = context.eventLoop.scheduleRepeatedTask(
            initialDelay: .milliseconds(limits.paceMilliseconds), delay: .milliseconds(limits.paceMilliseconds)
        ) { _ in
            let isTooSlow = this.value.pacedBytes < ConnectionLimits.leastPace * limits.paceMilliseconds / 1000 && this.value.isWanted
            this.value.pacedBytes = 0
            guard isTooSlow else { return }
            refusals.count("slow_body")
            channel.close(promise: nil)
        }
    }

    /// RFC 9110, section 10.1.1.
    private func askForBody(_ context: ChannelHandlerContext) {
        guard isReceiving, let first = exchanges.first, first.expectsContinue, !isSilent else { return }
        exchanges[exchanges.startIndex].expectsContinue = false
        context.writeAndFlush(wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))), promise: nil)
    }

    // MARK: What breaks the rules

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard !isDeaf else { return }
        guard let error = error as? HTTPParserError else { return context.fireErrorCaught(error) }
        refuse(context, refusals.problem(of: error, beginsWithMethod: beginsWithMethod))
    }

    /// Reads no more. Hummingbird learns of it as of a fault that the parser found: it answers what came before, then this.
    private func refuse(_ context: ChannelHandlerContext, _ problem: Problem) {
        head?.cancel()
        pace?.cancel()
        (head, pace, isDeaf) = (nil, nil, true)
        // In the middle of a body it is the request's own answer that tells of it.
        if !isReceiving { refusal = problem }
        refusals.count(isReceiving ? "body" : "head")
        context.fireErrorCaught(HTTPParserError.unknown)
    }

    // MARK: What is answered

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !isSilent, let exchange = exchanges.first else { return writeRefusal(context, promise) }
        switch unwrapOutboundIn(data) {
        case .head(var head):
            let isEarly = isReceiving && exchanges.count == 1
            if exchange.closes || isDeaf && exchanges.count == 1 || isEarly {
                exchanges[exchanges.startIndex].closes = true
                head.headers.replaceOrAdd(name: "connection", value: "close")
            }
            if exchange.isOld { head.version = .http1_0 }
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .body: context.write(data, promise: promise)
        case .end:
            exchanges.removeFirst()
            guard exchange.closes else {
                context.write(data, promise: promise)
                return askForBody(context)
            }
            isSilent = true
            finish(context, after: data, promise)
        }
    }

    /// Hummingbird answers a fault itself, without a word and with 400 whatever it was; a second answer to a request that has one it must not give.
    private func writeRefusal(_ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        promise?.succeed()
        guard !isSilent, let problem = refusal else { return }
        isSilent = true
        let (fields, body) = refusals.answer(problem)
        let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: problem.code.status), headers: HTTPHeaders(fields))
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil)
        finish(context, after: wrapOutboundOut(.end(nil)), nil)
    }

    /// Writes the last of an answer, and ends the connection without losing it.
    private func finish(_ context: ChannelHandlerContext, after data: NIOAny, _ promise: EventLoopPromise<Void>?) {
        isDeaf = true
        let written = promise ?? context.eventLoop.makePromise(of: Void.self)
        let channel = context.channel
        written.futureResult.whenComplete { _ in channel.close(mode: .output, promise: nil) }
        context.writeAndFlush(data, promise: written)
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if mode == .output, linger == nil, isCounted {
            linger = close(context, afterMilliseconds: limits.lingerMilliseconds, because: nil)
        }
        context.close(mode: mode, promise: promise)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        unread?.cancel()
        unread = context.channel.isWritable ? nil : close(context, afterMilliseconds: limits.unreadMilliseconds, because: "unread")
        context.fireChannelWritabilityChanged()
    }
}

extension ConnectionGuard.Exchange {
    init(_ head: HTTPRequestHead) {
        isOld = head.version == .http1_0
        expectsContinue = !isOld && head.headers["expect"].contains { $0.lowercased() == "100-continue" }
        // The parser reads no further after a request that asks for another protocol.
        closes = isOld || !head.isKeepAlive || head.method == .CONNECT || !head.headers["upgrade"].isEmpty
    }
}
