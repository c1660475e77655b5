/// A pattern for paths: `*` within a name, `**` across folders, `?` one character. No backtracking over the whole path: cost is pattern
/// times path.
struct Glob: Sendable {
    private let parts: [[UInt8]]

    init(_ pattern: String) {
        // A pattern without a folder means the name in any folder.
        let full = pattern.contains("/") ? pattern : "**/" + pattern
        parts = full.utf8.split(separator: UInt8(ascii: "/")).map(Array.init)
    }

    func matches(_ path: String) -> Bool {
        let names = path.utf8.split(separator: UInt8(ascii: "/")).map(Array.init)
        // reached[n]: the parts so far match the first n names.
        var reached = [true] + Array(repeating: false, count: names.count)
        for part in parts {
            if part == Array("**".utf8) {
                for place in 0..<names.count where reached[place] { reached[place + 1] = true }
                continue
            }
            for place in stride(from: names.count, to: 0, by: -1) {
                reached[place] = reached[place - 1] && Self.matches(part, names[place - 1])
            }
            reached[0] = false
        }
        return reached[names.count]
    }

    private static func matches(_ pattern: [UInt8], _ name: [UInt8]) -> Bool {
        var reached = [true] + Array(repeating: false, count: name.count)
        for sign in pattern {
            if sign == UInt8(ascii: "*") {
                for place in 0..<name.count where reached[place] { reached[place + 1] = true }
                continue
            }
            for place in stride(from: name.count, to: 0, by: -1) {
                reached[place] = reached[place - 1] && (sign == UInt8(ascii: "?") || sign == name[place - 1])
            }
            reached[0] = false
        }
        return reached[name.count]
    }
}

/// Which files of a folder are wanted.
struct GlobFilter: Sendable {
    private let takes: [Glob]
    private let leaves: [Glob]

    init(_ patterns: [String]) {
        takes = patterns.filter { !$0.hasPrefix("!") }.map(Glob.init)
        leaves = patterns.filter { $0.hasPrefix("!") }.map { Glob(String($0.dropFirst())) }
    }

    func wants(_ path: String) -> Bool {
        (takes.isEmpty || takes.contains { $0.matches(path) }) && !leaves.contains { $0.matches(path) }
    }
}
