import CCurl
import CCurlSys
import Glibc

/// Which addresses belong to the public internet: the question behind `AddressPolicy.publicOnly`. What is not known to be public is refused.
///
/// Sources: IANA's special-purpose registries for IPv4 and IPv6 (RFC 6890 and its updates). An IPv4 address wrapped in an IPv6 one (mapped,
/// compatible, NAT64, 6to4, Teredo) is refused whatever it wraps: the wrappings are how such checks were got round in Campfire and LibreChat.
enum PublicAddress {
    /// - Returns: whether the address is public; false for families other than IPv4 and IPv6.
    static func isPublic(_ address: UnsafePointer<sockaddr>, length: Int) -> Bool {
        guard let bytes = bytes(of: address, length: length) else { return false }
        return bytes.count == 4 ? isPublic(v4: bytes) : isPublic(v6: bytes)
    }

    /// The address in its usual writing, for errors.
    static func text(_ address: UnsafePointer<sockaddr>, length: Int) -> String {
        guard let bytes = bytes(of: address, length: length) else { return "of an unknown family" }
        let family = bytes.count == 4 ? AF_INET : AF_INET6
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(family, bytes, &text, socklen_t(text.count)) != nil else { return "of an unknown form" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// 4 or 16 bytes in network order.
    private static func bytes(of address: UnsafePointer<sockaddr>, length: Int) -> [UInt8]? {
        let raw = UnsafeRawPointer(address)
        switch Int32(address.pointee.sa_family) {
        case AF_INET where length >= MemoryLayout<sockaddr_in>.size:
            return withUnsafeBytes(of: raw.loadUnaligned(as: sockaddr_in.self).sin_addr) { Array($0) }
        case AF_INET6 where length >= MemoryLayout<sockaddr_in6>.size:
            return withUnsafeBytes(of: raw.loadUnaligned(as: sockaddr_in6.self).sin6_addr) { Array($0) }
        default: return nil
        }
    }

    static func isPublic(v4 address: [UInt8]) -> Bool {
        !notPublicV4.contains { $0.contains(address) }
    }

    /// Only 2000::/3 is handed out as global unicast; of it, not the special parts.
    static func isPublic(v6 address: [UInt8]) -> Bool {
        globalUnicast.contains(address) && !notPublicV6.contains { $0.contains(address) }
    }

    /// A network: the first `bits` of an address.
    struct Network {
        let prefix: [UInt8]
        let bits: Int

        init(_ prefix: [UInt8], _ bits: Int) {
            self.prefix = prefix
            self.bits = bits
        }

        func contains(_ address: [UInt8]) -> Bool {
            for index in 0..<((bits + 7) / 8) {
                guard index < address.count else { return false }
                let wanted = index < prefix.count ? prefix[index] : 0
                let mask = UInt8(truncatingIfNeeded: 0xff00 >> min(8, bits - index * 8))
                if address[index] & mask != wanted & mask { return false }
            }
            return true
        }
    }

    private static let notPublicV4 = [
        Network([0], 8),  // "this network", 0.0.0.0 included
        Network([10], 8),  // private
        Network([100, 64], 10),  // carrier-grade NAT
        Network([127], 8),  // loopback
        Network([169, 254], 16),  // link-local: cloud metadata
        Network([172, 16], 12),  // private
        Network([192, 0, 0], 24),  // protocol assignments
        Network([192, 0, 2], 24),  // documentation
        Network([192, 88, 99], 24),  // 6to4 relays
        Network([192, 168], 16),  // private
        Network([198, 18], 15),  // benchmarks
        Network([198, 51, 100], 24),  // documentation
        Network([203, 0, 113], 24),  // documentation
        Network([224], 4),  // multicast
        Network([240], 4),  // reserved, broadcast included
    ]

    private static let globalUnicast = Network([0x20], 3)

    private static let notPublicV6 = [
        Network([0x20, 0x01, 0x00], 23),  // protocol assignments: Teredo, benchmarks, ORCHID
        Network([0x20, 0x01, 0x0d, 0xb8], 32),  // documentation
        Network([0x20, 0x02], 16),  // 6to4: wraps IPv4
        Network([0x3f, 0xff, 0x00], 20),  // documentation
    ]
}
