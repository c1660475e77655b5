import Foundation

/// Where things are, seen from the tests.
package enum Project {
    /// The folder of Package.swift, without a trailing slash.
    package static let root: String = {
        var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        parts.removeLast(3)
        return parts.joined(separator: "/")
    }()

    /// The path of something in the project: `Project.path("Prompts/answer.prompt")`.
    package static func path(_ relative: String) -> String { root + "/" + relative }

    /// The collected data sets beside the project, or nil where they are absent; prints why a test skips them.
    package static func sharedData(_ relative: String) -> String? {
        let found = root + "/../shared/data/" + relative
        if FileManager.default.fileExists(atPath: found) { return found }
        print("skipped: no data at ../shared/data/\(relative)")
        return nil
    }
}
