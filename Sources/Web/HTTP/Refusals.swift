import HTTPTypes
import NIOHTTP1
import Notation
import Storage

/// The answers to what could not be read as a request, and their number.
struct Refusals: Sendable {
    let service: Service

    func count(_ reason: String) { service.metrics.count("baton_connections_refused_total", ["reason": reason]) }

    func problem(of error: HTTPParserError, beginsWithMethod: Bool) -> Problem {
        switch error {
        case .headerOverflow:
            Problem(
                .headTooLarge,
                "At most \(WebServer.longestHeaderLine) bytes in a line, \(WebServer.largestHead) in all and \(WebServer.mostHeaderLines) lines."
            )
        case .invalidVersion: Problem(.versionNotSupported, "This service speaks HTTP/1.1.")
        case .invalidMethod where beginsWithMethod: Problem(.notImplemented, "Use GET, HEAD, POST, PUT, PATCH or DELETE.")
        default: Problem(.malformedRequest, "This is no HTTP/1.1 request.")
        }
    }

    /// The head's fields and the body.
    func answer(_ problem: Problem) -> (HTTPFields, [UInt8]) {
        let id = Trace().id
        let body = problem.document(base: service.publicURL, instance: "", request: id).bytes
        var fields = HTTPFields()
        fields[.contentType] = "application/problem+json"
        fields[.contentLength] = "\(body.count)"
        fields[.connection] = "close"
        fields[.requestID] = id
        SafetyHeaders.add(to: &fields, secure: service.settings.isSecure)
        return (fields, body)
    }
}
