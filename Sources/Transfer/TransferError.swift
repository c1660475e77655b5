/// Why a transfer did not come to its end: facts to decide on, with how far it had come. No header, no query and no body is ever part of it.
package enum TransferError: Error, Sendable, Hashable {
    /// The request itself cannot be sent; nothing was.
    case invalidRequest(RequestFault)
    /// No connection came about; the text is libcurl's.
    case connect(ConnectFault, String, Progress)
    /// The TLS handshake or the certificate failed; the text is libcurl's.
    case tls(String, Progress)
    /// The name resolved to an address the policy forbids, given here; no packet was sent to it.
    case refusedAddress(String)
    /// A limit of the request passed.
    case timeout(Limit, Progress)
    /// The task was cancelled, or the body was dropped.
    case cancelled(Progress)
    /// The answer is larger than `limitBytes`; the rest was not read.
    case tooLarge(limitBytes: Int, Progress)
    /// The connection ended before the answer was whole; the text is libcurl's.
    case cut(String, Progress)
    /// What came is not HTTP, or cannot be decoded; the text is libcurl's.
    case protocolError(String, Progress)
    /// The client was closed.
    case closed(Progress)

    /// How far the transfer had come.
    package struct Progress: Sendable, Hashable {
        /// Whether any byte of the request may have left this machine: false means that it is safe to send it again.
        package var requestMayHaveBeenSent: Bool
        /// Whether the head of the final answer had come whole.
        package var headArrived: Bool
        /// Bytes of the answer received, heads included. 0 means that no byte of an answer came.
        package var answerBytes: Int

        /// Nothing sent, nothing received.
        package static let nothing = Progress(requestMayHaveBeenSent: false, headArrived: false, answerBytes: 0)

        /// - Parameter answerBytes: 0 or more.
        package init(requestMayHaveBeenSent: Bool, headArrived: Bool, answerBytes: Int) {
            self.requestMayHaveBeenSent = requestMayHaveBeenSent
            self.headArrived = headArrived
            self.answerBytes = answerBytes
        }
    }

    /// What is wrong with a request.
    package enum RequestFault: Sendable, Hashable {
        /// The URL is malformed, too long, or not `http`/`https`.
        case url
        /// The method is not a token.
        case method
        /// A header has a name that is no token, a value with control characters, or is one the client sets itself. Only the name is told.
        case header(name: String)
        /// A limit is not positive.
        case limits
        /// Two tasks read one body at the same time.
        case bodyReadTwice
    }

    /// What kept a connection from coming about.
    package enum ConnectFault: Sendable, Hashable {
        /// The host's name has no address.
        case unknownHost
        /// Refused, unreachable, or reset before the request.
        case unreachable
        /// The proxy's name has no address, or the proxy refused.
        case proxy
    }

    /// Which limit passed.
    package enum Limit: String, Sendable, Hashable {
        /// `Timeouts.connectMilliseconds`
        case connect
        /// `Timeouts.firstByteMilliseconds`
        case firstByte
        /// `Timeouts.silenceMilliseconds`
        case silence
        /// `Timeouts.totalMilliseconds`
        case total
    }

    /// How far the transfer had come, whatever ended it.
    package var progress: Progress {
        switch self {
        case .invalidRequest, .refusedAddress: .nothing
        case .connect(_, _, let progress), .tls(_, let progress), .timeout(_, let progress), .cancelled(let progress),
            .tooLarge(_, let progress), .cut(_, let progress), .protocolError(_, let progress), .closed(let progress):
            progress
        }
    }

    /// Whether any byte of the request may have left this machine.
    package var requestMayHaveBeenSent: Bool { progress.requestMayHaveBeenSent }

    /// Whether any byte of an answer came.
    package var answerBegan: Bool { progress.answerBytes > 0 }
}

extension TransferError: CustomStringConvertible {
    /// For the operator: what happened and what to look at.
    package var description: String {
        switch self {
        case .invalidRequest(.url): "the URL is malformed, too long or not http(s); correct it in the configuration"
        case .invalidRequest(.method): "the method is not a word; correct the caller"
        case .invalidRequest(.header(let name)): "the header \(name) cannot be sent; remove control characters, or the header"
        case .invalidRequest(.limits): "a time limit is not positive; correct it in the configuration"
        case .invalidRequest(.bodyReadTwice): "two tasks read one body; correct the caller"
        case .connect(let fault, let detail, _): "no connection (\(fault)): \(detail); check address, port and proxy"
        case .tls(let detail, _): "TLS failed: \(detail); check the certificate or set the CA file"
        case .refusedAddress(let address): "the address \(address) is not public; allow its host:port if it is meant"
        case .timeout(let limit, _): "the \(limit.rawValue) limit passed; raise it if the other side is known to be slow"
        case .cancelled: "cancelled"
        case .tooLarge(let limit, _): "the answer is larger than \(limit) bytes"
        case .cut(let detail, let progress): "the connection ended after \(progress.answerBytes) bytes of the answer: \(detail)"
        case .protocolError(let detail, _): "the answer is not understood: \(detail); check that the address is an HTTP server"
        case .closed: "the client is closed"
        }
    }
}
