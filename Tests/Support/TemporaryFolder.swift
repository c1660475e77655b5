package import Foundation
import NIOConcurrencyHelpers

/// A folder of a test's own, removed with everything in it when it is closed or released.
package final class TemporaryFolder: Sendable {
    /// The absolute path, without a trailing slash.
    package let path: String
    private let removed = NIOLockedValueBox(false)

    /// Makes an empty folder below the system's temporary folder.
    package init() throws(SupportError) {
        path = NSTemporaryDirectory().trimmingSlash + "/baton-test-" + UUID().uuidString
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw .file("\(path): \(error)")
        }
    }

    deinit { close() }

    /// The folder as a URL.
    package var url: URL { URL(fileURLWithPath: path, isDirectory: true) }

    /// The path of something in the folder: `folder.file("baton.db")`, `folder.file("Prompts/answer.prompt")`.
    package func file(_ name: String) -> String { path + "/" + name }

    /// Writes a file, making the folders above it, and returns its path.
    @discardableResult
    package func write(_ text: String, to name: String) throws(SupportError) -> String {
        let target = file(name)
        do {
            let above = (target as NSString).deletingLastPathComponent
            try FileManager.default.createDirectory(atPath: above, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: URL(fileURLWithPath: target))
        } catch {
            throw .file("\(target): \(error)")
        }
        return target
    }

    /// Removes the folder now; closing twice changes nothing.
    package func close() {
        let isFirst = removed.withLockedValue { removed in
            defer { removed = true }
            return !removed
        }
        // Nothing can be done about a folder that does not go; the system's own cleaning takes it.
        if isFirst { try? FileManager.default.removeItem(atPath: path) }
    }
}

extension String {
    fileprivate var trimmingSlash: String { hasSuffix("/") ? String(dropLast()) : self }
}
