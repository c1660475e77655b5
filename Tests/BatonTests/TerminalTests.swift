import Escalation
import Inbox
import Metering
import Notation
import Storage
import Testing

@testable import Baton

/// What people and scripts see.
struct TerminalTests {
    @Test func `nothing that others wrote can steer the terminal`() {
        #expect("a\u{1B}[31mred\u{7}\u{9B}2J\r".forTerminal == "a·[31mred··2J·")
        #expect("x\u{202E}gnp.exe\u{2066}y\u{0}".forTerminal == "x·gnp.exe·y·")
        #expect("lines\nand\ttabs, größer 漢字 👋🏽".forTerminal == "lines\nand\ttabs, größer 漢字 👋🏽")
    }

    @Test func `a text is broken at spaces, keeps its own lines, and never loses a word`() {
        #expect("one two three".wrapped(7) == "one two\nthree")
        #expect("a\n\nb".wrapped(10, indent: "  ") == "  a\n  \n  b")
        #expect("extraordinarily".wrapped(5) == "extraordinarily")
    }

    @Test func `durations are short, and never negative`() {
        #expect(durationText(milliseconds: 59_999) == "59 s" && durationText(milliseconds: 180_000) == "3 min")
        #expect(durationText(milliseconds: 7_200_000) == "2 h" && durationText(milliseconds: 5 * 86_400_000) == "5 d")
        #expect(durationText(milliseconds: -5) == "0 s")
    }

    @Test func `each kind of failure has its exit status`() {
        #expect(Exit.status(for: CommandError(.notFound, "x")) == .notFound)
        #expect(Exit.status(for: NotationError(file: "f", line: 1, "x")) == .configuration)
        #expect(Exit.status(for: StorageError.alreadyInUse(folder: "d", pid: nil)) == .conflict)
        #expect(Exit.status(for: StorageError.diskFull) == .io)
        #expect(Exit.status(for: StorageError.closed) == .tryLater)
        #expect(Exit.status(for: CancellationError()) == .interrupted)
        #expect(Exit.status(for: Exit.denied) == .denied)
        #expect(Exit.status(for: InboxError.notFound(.conversation)) == .notFound)
    }

    @Test func `exit statuses are all different and stable`() {
        #expect(Exit.allCases.map(\.rawValue) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 74, 75, 130])
    }
}
