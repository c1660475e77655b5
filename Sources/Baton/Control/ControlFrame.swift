import Foundation

/// One word of the conversation between a command and the process that owns the data directory: a kind, a length, the contents.
///
/// The owner greets; the command sends its argument vector; then output, requests for input lines, and at the end the exit status come back. A command
/// whose connection ends is cancelled. Both sides close at the first word they do not understand.
enum ControlFrame: Hashable, Sendable {
    /// Owner to command, first of all.
    struct Greeting: Codable, Hashable, Sendable {
        /// Of this conversation; changes when an old and a new program would misunderstand each other.
        var rules = ControlFrame.rules
        let version: String
        let pid: Int32
        /// The owner's configuration folder.
        let config: String
    }

    /// Command to owner, once.
    struct Order: Codable, Hashable, Sendable {
        let version: String
        let arguments: [String]
        let facts: Caller.Facts
    }

    case greeting(Greeting)
    case order(Order)
    case output([UInt8])
    case talk([UInt8])
    /// The command reads a line of standard input.
    case wantsLine
    case line(String)
    case noMoreLines
    case ended(Int32)

    /// See `Greeting.rules`.
    static let rules = 1
    /// The most bytes of one frame's contents.
    static let largestContents = 1 << 20
    /// Kind and length.
    static let headBytes = 5

    enum Fault: Error, Hashable {
        case unknownKind(UInt8)
        case tooLarge(Int)
        case unreadable
    }

    private var kind: UInt8 {
        switch self {
        case .greeting: 1
        case .order: 2
        case .output: 3
        case .talk: 4
        case .wantsLine: 5
        case .line: 6
        case .noMoreLines: 7
        case .ended: 8
        }
    }

    /// As sent: the kind, the length of the contents (big-endian), the contents.
    func encoded() throws -> [UInt8] {
        let contents: [UInt8] =
            switch self {
            case .greeting(let greeting): Array(try JSONEncoder().encode(greeting))
            case .order(let order): Array(try JSONEncoder().encode(order))
            case .output(let bytes), .talk(let bytes): bytes
            case .wantsLine, .noMoreLines: []
            case .line(let line): Array(line.utf8)
            case .ended(let status): Self.bigEndian(UInt32(bitPattern: status))
            }
        guard contents.count <= Self.largestContents else { throw Fault.tooLarge(contents.count) }
        return [kind] + Self.bigEndian(UInt32(contents.count)) + contents
    }

    /// Reads what a head announces.
    /// - Returns: how many bytes of contents follow.
    static func length(ofHead head: [UInt8]) throws(Fault) -> Int {
        guard head.count == headBytes else { throw .unreadable }
        guard (1...8).contains(head[0]) else { throw .unknownKind(head[0]) }
        let length = number(head.dropFirst())
        guard length <= largestContents else { throw .tooLarge(Int(length)) }
        return Int(length)
    }

    /// - Parameters:
    ///   - kind: the first byte of the head.
    ///   - contents: as many bytes as the head announced.
    init(kind: UInt8, _ contents: [UInt8]) throws {
        switch kind {
        case 1: self = .greeting(try JSONDecoder().decode(Greeting.self, from: Data(contents)))
        case 2: self = .order(try JSONDecoder().decode(Order.self, from: Data(contents)))
        case 3: self = .output(contents)
        case 4: self = .talk(contents)
        case 5 where contents.isEmpty: self = .wantsLine
        case 6: self = .line(String(decoding: contents, as: UTF8.self))
        case 7 where contents.isEmpty: self = .noMoreLines
        case 8 where contents.count == 4: self = .ended(Int32(bitPattern: Self.number(contents[...])))
        case 5, 7, 8: throw Fault.unreadable
        default: throw Fault.unknownKind(kind)
        }
    }

    private static func bigEndian(_ number: UInt32) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) } }
    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt32 { bytes.reduce(0) { $0 << 8 | UInt32($1) } }
}
