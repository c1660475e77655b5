import Glibc
import NIOConcurrencyHelpers

/// Something a script waits for and a test opens, once: "send the rest only when I say so". An open gate stays open.
///
/// It is a pipe whose writing end is closed to open it, so that a connection can wait for the gate, for the client's departure and for the end of
/// the endpoint in one `poll`.
package final class Gate: Sendable {
    /// Has an event from the moment the gate is opened, and for ever.
    let descriptor: Int32
    private let writer: NIOLockedValueBox<Int32?>

    /// A closed gate.
    package init() {
        var ends: [Int32] = [-1, -1]
        // Without descriptors left both stay -1, which `poll` passes over: the gate never opens, and the test that waits says so.
        if pipe(&ends) == 0 { for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) } }
        descriptor = ends[0]
        writer = NIOLockedValueBox(ends[1])
    }

    deinit {
        open()
        _ = Glibc.close(descriptor)
    }

    /// Lets everyone through who waits now or comes later. Opening twice changes nothing.
    package func open() {
        writer.withLockedValue { writer in
            if let end = writer { _ = Glibc.close(end) }
            writer = nil
        }
    }

    /// Whether `open` was called.
    package var isOpen: Bool { writer.withLockedValue { $0 == nil } }
}
