import Foundation
import NIOConcurrencyHelpers

/// What the person at the terminal sees: data on standard output, talk on standard error, colour only where it is wanted.
enum Terminal {
    private static let own = Caller.Facts.own
    private static var facts: Caller.Facts { Caller.current?.facts ?? own }

    /// Whether a person looks at standard output (as opposed to a pipe or a file).
    static var showsOutput: Bool { facts.showsOutput }
    /// Whether a person looks at standard error.
    static var showsTalk: Bool { facts.showsTalk }
    /// Whether a person types on standard input.
    static var listens: Bool { facts.listens }
    /// Whether colour is wanted (https://no-color.org).
    static var wantsColour: Bool { facts.wantsColour }

    /// Data: one line on standard output.
    static func print(_ line: String = "") { put(line + "\n") }

    /// Talk: one line on standard error.
    static func say(_ line: String) { say(bytes: Array((line + "\n").utf8)) }

    /// Data or a prompt, exactly as it is: no line end is added.
    static func put(_ text: String) { put(Array(text.utf8)) }

    /// Data as bytes.
    static func put(_ bytes: [UInt8]) { write(bytes, to: .output) }

    /// Talk as bytes.
    static func say(bytes: [UInt8]) { write(bytes, to: .talk) }

    /// Waits until the reader has taken most of what was written: for output that is long. A reader of this process's own is waited for by the writing itself.
    static func caughtUp() async throws {
        await Caller.current?.caughtUp()
        try Task.checkCancellation()
    }

    private static func write(_ bytes: [UInt8], to stream: Caller.Stream) {
        // A caller that goes away ends its command, never this process.
        if let caller = Caller.current { return caller.write(bytes, stream) }
        let descriptor = stream == .output ? STDOUT_FILENO : STDERR_FILENO
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 { sent += count }
            guard count < 0, errno != EINTR, errno != EAGAIN else { continue }
            // Talk that nobody hears must not end a process that serves others.
            if stream == .talk { return }
            // A reader that went away (`baton usage | head`) has what it wanted; anything else means that data is lost.
            let isGone = errno == EPIPE
            if !isGone { say("baton: the output cannot be written: \(String(cString: strerror(errno)))") }
            exit(isGone ? Exit.ok.rawValue : Exit.io.rawValue)
        }
    }
}

/// Emphasis for people. Off where standard output is no terminal or NO_COLOR is set (https://no-color.org).
enum Style: String {
    case bold = "1"
    case dim = "2"
    case red = "31"
    case green = "32"
    case yellow = "33"
    case blue = "34"
    case cyan = "36"

    /// The text in this style, or plain.
    func callAsFunction(_ text: String) -> String { Terminal.wantsColour ? "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" : text }
}

extension String {
    /// For showing text that others wrote: control characters, which could steer a terminal, become `·`; line ends and tabs stay.
    var forTerminal: String {
        String(
            String.UnicodeScalarView(
                unicodeScalars.map { scalar in
                    let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
                    let isDirection = (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
                    return (isControl && scalar != "\n" && scalar != "\t") || isDirection ? "·" : scalar
                }))
    }

    /// Broken into lines of at most `width` characters at spaces, each after `indent`.
    func wrapped(_ width: Int = 96, indent: String = "") -> String {
        split(separator: "\n", omittingEmptySubsequences: false).map { paragraph in
            var lines: [String] = []
            var line = ""
            for word in paragraph.split(separator: " ") {
                if !line.isEmpty, line.count + word.count + 1 > width {
                    lines.append(line)
                    line = ""
                }
                line += (line.isEmpty ? "" : " ") + word
            }
            lines.append(line)
            return lines.map { indent + $0 }.joined(separator: "\n")
        }.joined(separator: "\n")
    }
}

/// Columns of text, aligned; the last column is free.
struct TextTable {
    private var rows: [[String]]
    private let alignRight: Set<Int>

    /// - Parameter alignRight: columns of numbers.
    init(_ header: [String], alignRight: Set<Int> = []) {
        rows = [header]
        self.alignRight = alignRight
    }

    mutating func add(_ row: [String]) { rows.append(row.map(\.forTerminal)) }

    func print() {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
        for (number, row) in rows.enumerated() {
            let cells = row.enumerated().map { column, cell in
                let padding = String(repeating: " ", count: max(0, widths[column] - cell.count))
                if alignRight.contains(column) { return padding + cell }
                return column == columns - 1 ? cell : cell + padding
            }
            let line = cells.joined(separator: "  ")
            Terminal.print(number == 0 ? Style.bold(line) : line)
        }
    }
}

/// A bar for long work, drawn on standard error when a person looks at it; silent otherwise.
final class ProgressBar: Sendable {
    private let title: String
    /// Progress is told from other tasks and threads than the command's.
    private let caller = Caller.current
    private let lastShown = NIOLockedValueBox(-1)

    init(_ title: String) { self.title = title }

    func show(_ done: Int, of total: Int) {
        guard caller?.facts.showsTalk ?? Terminal.showsTalk, total > 0 else { return }
        let permille = min(1000, max(0, done * 1000 / total))
        let isNew = lastShown.withLockedValue { last in
            defer { last = permille }
            return last != permille
        }
        guard isNew else { return }
        let filled = permille * 30 / 1000
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 30 - filled)
        let line = Array("\r\(title) \(bar) \(done)/\(total)\u{1B}[K".utf8)
        if let caller { return caller.write(line, .talk) }
        // a closed terminal is no error
        try? FileHandle.standardError.write(contentsOf: Data(line))
    }

    func finish() {
        if lastShown.withLockedValue({ $0 >= 0 }) { Terminal.say("") }
    }
}
