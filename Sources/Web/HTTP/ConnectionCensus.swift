import Access
import NIOConcurrencyHelpers

/// How many connections each address has; of IPv6 each network of 64 bits, because one customer has as many addresses as that leaves.
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
        let counted = ClientAddress(address).counted
        return counts.withLockedValue { counts in
            counts[counted, default: 0] += 1
            return Self.isExempt(address) || trusted.contains(address) || counts[counted, default: 0] <= most
        }
    }

    /// This machine: a proxy on it speaks for many, and a customer cannot come from here.
    private static func isExempt(_ address: String) -> Bool { ["127.0.0.1", "::1", "local"].contains(address) }

    func leave(_ address: String) {
        let counted = ClientAddress(address).counted
        counts.withLockedValue { counts in
            let left = (counts[counted] ?? 1) - 1
            counts[counted] = left > 0 ? left : nil
        }
    }
}
