import Foundation

/// The network address that a request came from, in the two widths that are used: one to count by, one to write down.
package struct ClientAddress: Hashable, Sendable {
    /// To count by: an IPv4 address whole; of an IPv6 address the first 64 bits, because one customer has as many addresses as that leaves. `unknown` where
    /// the text was no address: all of those share one count.
    package let counted: String
    /// To write down: cut to a network that many share (IPv4: 24 bits, IPv6: 48).
    package let shown: String

    /// - Parameter text: without port or brackets: `192.0.2.7`, `2001:db8::1`, `::ffff:192.0.2.7` (read as IPv4).
    package init(_ text: String) {
        var four = in_addr()
        var six = in6_addr()
        let address = text.hasPrefix("::ffff:") && text.contains(".") ? String(text.dropFirst(7)) : text
        if inet_pton(AF_INET, address, &four) == 1 {
            let bytes = withUnsafeBytes(of: four) { Array($0) }
            counted = bytes.map(String.init).joined(separator: ".")
            shown = bytes.prefix(3).map(String.init).joined(separator: ".") + ".0/24"
        } else if inet_pton(AF_INET6, address, &six) == 1 {
            let bytes = withUnsafeBytes(of: six) { Array($0) }
            let groups = stride(from: 0, to: 8, by: 2).map { String(Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]), radix: 16) }
            counted = groups.joined(separator: ":") + "::/64"
            shown = groups.prefix(3).joined(separator: ":") + "::/48"
        } else {
            counted = "unknown"
            shown = "unknown"
        }
    }
}
