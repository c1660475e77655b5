/// Sends HTTP requests and streams the answers' bytes. The only door of the product to other machines by HTTP; it knows nothing of models,
/// webhooks or JSON.
///
/// libcurl does the work on one thread of its own, so that no caller's thread ever blocks; a second such thread exists once a call with a
/// restricted `AddressPolicy` was made, because the two kinds must never share a connection. A client is for the whole life of the process:
/// connections are kept and reused.
///
/// What it never does: follow a redirect (the caller sees the 3xx, and a key never travels to a second host), read the environment, speak HTTP/2
/// without TLS (libcurl 7.88 fails on reused connections), store cookies, or put a byte of a header or a query into an error.
package final class HTTPClient: Sendable {
    private let anywhere: TransferLoop
    private let guarded: TransferLoop

    /// Starts no thread and opens no connection yet.
    package init(settings: HTTPClientSettings = HTTPClientSettings()) {
        anywhere = TransferLoop(name: "transfer", settings: settings)
        guarded = TransferLoop(name: "transfer-guarded", settings: settings)
    }

    deinit { close() }

    /// Sends the request and returns when the head of the final answer is there (1xx answers are passed over); the body follows as a stream.
    ///
    /// A request that finds a kept connection dead before a line of the answer came is sent again on a fresh one by libcurl (llama-server
    /// announces `Keep-Alive` after a stream and closes: 200 of 200 times); nothing else is ever sent twice.
    ///
    /// Cancelling the task, or dropping the response before its end, closes the connection, which stops the spending at a model's end.
    /// - Throws: `TransferError`, and nothing else; a cancelled task is `TransferError.cancelled`.
    package func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        let checked = try CheckedRequest(request)
        let loop = checked.isGuarded ? guarded : anywhere
        let pipe = loop.start(.request(checked))
        let head = try await pipe.head()
        return HTTPResponse(status: head.status, headers: head.headers, body: HTTPBody(pipe))
    }

    /// Ends every transfer with `TransferError.closed`, also those whose body is being read, and refuses new ones the same way. Nobody is left
    /// waiting. Closing twice changes nothing.
    package func close() {
        anywhere.stop()
        guarded.stop()
    }
}
