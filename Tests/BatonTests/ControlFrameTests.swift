import Testing

@testable import Baton

/// What goes over the socket between two of our processes; whatever else comes is refused.
struct ControlFrameTests {
    private static let facts = Caller.Facts(showsOutput: true, showsTalk: false, listens: true, wantsColour: false, directory: "/größer/漢字")

    private func read(_ bytes: [UInt8]) throws -> ControlFrame {
        let length = try ControlFrame.length(ofHead: Array(bytes.prefix(ControlFrame.headBytes)))
        #expect(bytes.count == ControlFrame.headBytes + length)
        return try ControlFrame(kind: bytes[0], Array(bytes.dropFirst(ControlFrame.headBytes)))
    }

    @Test func `every frame is read as it was written`() throws {
        let frames: [ControlFrame] = [
            .greeting(.init(version: "1.2.3", pid: 77, config: "/etc/baton")),
            .order(.init(version: "1.2.3", arguments: ["ask", "what’s\n\u{0}this?", ""], facts: Self.facts)),
            .output([]), .output([0, 255, 10]), .talk(Array("größer".utf8)), .wantsLine, .line(""), .line("größer 漢字"), .noMoreLines,
            .ended(0), .ended(130), .ended(-1),
        ]
        for frame in frames { #expect(try read(frame.encoded()) == frame) }
    }

    @Test func `what is too large is neither written nor read`() throws {
        let most = ControlFrame.largestContents
        #expect(try ControlFrame.output(Array(repeating: 1, count: most)).encoded().count == most + ControlFrame.headBytes)
        #expect(throws: ControlFrame.Fault.tooLarge(most + 1)) { try ControlFrame.output(Array(repeating: 1, count: most + 1)).encoded() }
        #expect(throws: ControlFrame.Fault.tooLarge(most + 1)) { try ControlFrame.length(ofHead: [3, 0, 0x10, 0, 1]) }
        #expect(throws: ControlFrame.Fault.tooLarge(0xFFFF_FFFF)) { try ControlFrame.length(ofHead: [3, 255, 255, 255, 255]) }
        #expect(throws: ControlFrame.Fault.unreadable) { try ControlFrame.length(ofHead: [3, 0, 0]) }
    }

    @Test func `no bytes whatever do more than be refused`() throws {
        var random = Random(state: 7)
        let good = try ControlFrame.order(.init(version: "1", arguments: ["ask", "x"], facts: Self.facts)).encoded()
        for round in 0..<20_000 {
            var bytes = round % 2 == 0 ? good : (0..<Int(random.next() % 64)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            for _ in 0..<random.next() % 4 where !bytes.isEmpty {
                bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
            }
            do {
                let length = try ControlFrame.length(ofHead: Array(bytes.prefix(ControlFrame.headBytes)))
                #expect(length <= ControlFrame.largestContents)
                _ = try ControlFrame(kind: bytes[0], Array(bytes.dropFirst(ControlFrame.headBytes)))
            } catch {
                // Refused, in whatever words.
            }
        }
    }

    /// The same numbers in every run (SplitMix64).
    private struct Random {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }
}
