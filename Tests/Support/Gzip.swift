/// The gzip format (RFC 1952) with stored blocks (RFC 1951, 3.2.4): valid for every reader, and nothing has to be compressed.
enum Gzip {
    /// The pieces as pieces of one gzip member, each readable when it has arrived.
    static func stored(_ pieces: [[UInt8]]) -> [[UInt8]] {
        var packed = pieces.map { piece in chunks(of: piece).flatMap { block($0, isLast: false) } }
        let header: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]
        let whole = pieces.flatMap { $0 }
        let trailer = block([], isLast: true) + littleEndian(checksum(whole)) + littleEndian(UInt32(truncatingIfNeeded: whole.count))
        if packed.isEmpty { return [header + trailer] }
        packed[0] = header + packed[0]
        packed[packed.count - 1] += trailer
        return packed
    }

    private static func chunks(of bytes: [UInt8]) -> [[UInt8]] {
        stride(from: 0, to: bytes.count, by: 65_535).map { Array(bytes[$0..<min($0 + 65_535, bytes.count)]) }
    }

    private static func block(_ bytes: [UInt8], isLast: Bool) -> [UInt8] {
        let count = UInt16(bytes.count)
        let sizes = [UInt8(count & 255), UInt8(count >> 8), UInt8(~count & 255), UInt8(~count >> 8)]
        return [isLast ? 1 : 0] + sizes + bytes
    }

    private static func littleEndian(_ value: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) }
    }

    /// CRC-32 as RFC 1952 wants it.
    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var crc: UInt32 = 0xffff_ffff
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? (crc >> 1) ^ 0xedb8_8320 : crc >> 1 }
        }
        return ~crc
    }
}
