/// The final answer's head, and its body as it comes.
package struct HTTPResponse: Sendable {
    /// 200...599 and whatever else a server says; 3xx are answers like any other.
    package let status: Int
    /// The final answer's headers.
    package let headers: HTTPHeaders
    /// The body. Dropping it (and the response) before its end closes the connection.
    package let body: HTTPBody

    /// The whole body.
    /// - Parameter limit: in bytes, of the decoded body; a declared length above it is refused before anything is read.
    /// - Throws: `TransferError`; `.tooLarge` beyond the limit, and the connection is closed then.
    package func collect(upTo limit: Int) async throws -> [UInt8] {
        if headers["Content-Encoding"] == nil, let declared = headers["Content-Length"].flatMap({ Int($0) }), declared > limit {
            throw body.refuse(limit: limit)
        }
        var all: [UInt8] = []
        for try await bytes in body {
            guard all.count + bytes.count <= limit else { throw body.refuse(limit: limit) }
            all.append(contentsOf: bytes)
        }
        return all
    }
}

/// Header lines in their order; names are looked up whatever their case. Bytes that are not UTF-8 appear as U+FFFD.
package struct HTTPHeaders: Sendable {
    /// The lines as received, without the white space around values.
    package let lines: [(name: String, value: String)]

    /// - Parameter lines: in order; a name may occur more than once.
    package init(_ lines: [(name: String, value: String)] = []) { self.lines = lines }

    /// The first value of a name, or nil.
    package subscript(name: String) -> String? {
        let wanted = name.lowercased()
        return lines.first { $0.name.lowercased() == wanted }?.value
    }

    /// All values of a name.
    package func values(_ name: String) -> [String] {
        let wanted = name.lowercased()
        return lines.filter { $0.name.lowercased() == wanted }.map(\.value)
    }
}

/// The body of an answer as it comes off the connection: pieces of any size, cut anywhere, decoded if the server compressed it (the client offers
/// no compression, but reads gzip and deflate). Of a failed transfer the bytes that came are handed out first, then the error.
///
/// For one reader: a second iterator goes on where the first one stopped. While nobody reads, at most `HTTPClientSettings.bufferedBytes` wait here
/// and the sender is made to wait. The transfer is cancelled when the last copy of the body and its iterators is gone.
package struct HTTPBody: AsyncSequence, Sendable {
    /// A piece of the body, as it came.
    package typealias Element = [UInt8]

    private let lease: Lease

    init(_ pipe: Pipe) { lease = Lease(pipe: pipe) }

    /// The reader.
    package func makeAsyncIterator() -> Iterator { Iterator(lease: lease) }

    /// Ends the transfer and names the reason.
    func refuse(limit: Int) -> TransferError {
        lease.pipe.cancel()
        return .tooLarge(limitBytes: limit, lease.pipe.progress)
    }

    /// Reads a body; see `HTTPBody`.
    package struct Iterator: AsyncIteratorProtocol {
        fileprivate let lease: Lease

        /// The next bytes, never empty; nil at the end of a whole body.
        /// - Throws: `TransferError`.
        package mutating func next() async throws -> [UInt8]? { try await lease.pipe.next() }
    }

    /// Ends the transfer when nobody holds the body any more.
    fileprivate final class Lease: Sendable {
        let pipe: Pipe

        init(pipe: Pipe) { self.pipe = pipe }

        deinit { pipe.abandon() }
    }
}
