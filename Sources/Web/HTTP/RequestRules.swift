import NIOCore
import NIOHTTP1

/// What RFC 9112 and RFC 9110 ask of a request's head beyond what the parser (llhttp, strict) looks at. A head that two programs could read in two ways is
/// refused: that is how requests are smuggled past a proxy.
enum RequestRules {
    /// The first thing that is wrong with a head. One whose target is a whole URL is changed to its path.
    static func fault(_ head: inout HTTPRequestHead) -> Problem? {
        guard head.version == .http1_1 || head.version == .http1_0 else {
            return Problem(.versionNotSupported, "This service speaks HTTP/1.1.")
        }
        return hostFault(head) ?? framingFault(head) ?? valueFault(head) ?? targetFault(&head)
    }

    /// Whether bytes begin as a request does: a word of letters, a space, a path.
    static func beginsWithMethod(_ bytes: ByteBuffer) -> Bool {
        let start = bytes.readableBytesView.prefix(40)
        let word = start.prefix { ($0 >= 0x41 && $0 <= 0x5A) || ($0 >= 0x61 && $0 <= 0x7A) || $0 == UInt8(ascii: "-") }
        return !word.isEmpty && start.dropFirst(word.count).starts(with: " /".utf8)
    }

    /// RFC 9112, section 3.2: one Host, and it is a host.
    private static func hostFault(_ head: HTTPRequestHead) -> Problem? {
        let hosts = head.headers["host"]
        if hosts.isEmpty, head.version == .http1_0 { return nil }
        guard hosts.count == 1, hosts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(isOfHost) }) else {
            return Problem(.malformedRequest, "Send one Host header with a host and, if need be, a port.")
        }
        return nil
    }

    /// RFC 3986, section 3.2, without user information.
    private static func isOfHost(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "-._~!$&'()*+;=:[]%".utf8.contains(byte)
        }
    }

    /// RFC 9112, sections 6.1 to 6.3: the body has one length, told in one way.
    private static func framingFault(_ head: HTTPRequestHead) -> Problem? {
        let (codings, lengths) = (head.headers["transfer-encoding"], head.headers["content-length"])
        if let coding = codings.first {
            guard head.version == .http1_1, lengths.isEmpty, codings.count == 1 else {
                return Problem(.malformedRequest, "The length of the body is told in two ways.")
            }
            guard coding.lowercased() == "chunked" else { return Problem(.malformedRequest, "The only transfer coding here is chunked.") }
        }
        guard lengths.count <= 1, lengths.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } }) else {
            return Problem(.malformedRequest, "Content-Length must be one number of bytes.")
        }
        return nil
    }

    /// RFC 9110, section 5.5: no line ends and no other control characters.
    private static func valueFault(_ head: HTTPRequestHead) -> Problem? {
        for field in head.headers where field.value.utf8.contains(where: { ($0 < 0x20 && $0 != 0x09) || $0 == 0x7F }) {
            return Problem(.malformedRequest, "A header's value has a control character in it.")
        }
        return nil
    }

    /// RFC 9112, section 3.2: a path, a whole URL, or `*` for OPTIONS. CONNECT is refused by its method.
    private static func targetFault(_ head: inout HTTPRequestHead) -> Problem? {
        let fault = Problem(.malformedRequest, "The address is not a path of this service.")
        guard head.uri.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") }) else { return fault }
        if head.method == .CONNECT || head.uri.hasPrefix("/") || (head.uri == "*" && head.method == .OPTIONS) { return nil }
        for scheme in ["http://", "https://"] where head.uri.lowercased().hasPrefix(scheme) {
            let rest = head.uri.dropFirst(scheme.utf8.count)
            let authority = rest.prefix { $0 != "/" && $0 != "?" }
            guard !authority.isEmpty, authority.utf8.allSatisfy(isOfHost) else { return fault }
            let path = rest[authority.endIndex...]
            head.uri = path.hasPrefix("/") ? String(path) : "/" + path
            return nil
        }
        return fault
    }
}
