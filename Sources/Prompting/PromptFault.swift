/// A fault in a prompt file: where, what, and what to do.
package struct PromptFault: Error, Hashable, Sendable, CustomStringConvertible, Comparable {
    /// How bad it is.
    package enum Level: String, Sendable, Hashable {
        /// The file is not served.
        case error
        /// The file is served, and somebody should look.
        case warning
    }

    /// How bad it is.
    package let level: Level
    /// The file as the reader knows it, relative to the prompt folder.
    package let file: String
    /// 1-based.
    package let line: Int
    /// 1-based, in Unicode scalars; nil for front matter, where the line is what is known.
    package let column: Int?
    /// What is wrong, ending in the remedy.
    package let what: String

    init(_ place: Place, _ what: String) { self.init(.error, place, what) }

    init(_ level: Level, _ place: Place, _ what: String) {
        self.level = level
        file = place.file
        line = place.line
        column = place.column
        self.what = what
    }

    /// `answer.prompt:12:5: error: ...`
    package var description: String {
        "\(file):\(line):\(column.map { "\($0):" } ?? "") \(level.rawValue): \(what)"
    }

    /// By file, line and column.
    package static func < (left: PromptFault, right: PromptFault) -> Bool {
        (left.file, left.line, left.column ?? 0, left.what) < (right.file, right.line, right.column ?? 0, right.what)
    }
}

/// Every fault of every file of a prompt folder, by file and line.
package struct PromptErrors: Error, Hashable, Sendable, CustomStringConvertible {
    /// At least one of them is an error; warnings are listed too.
    package let faults: [PromptFault]

    /// One line for each fault.
    package var description: String { faults.map(\.description).joined(separator: "\n") }
}

/// A place in a file.
struct Place: Hashable, Sendable {
    let file: String
    let line: Int
    let column: Int?

    init(file: String, line: Int, column: Int? = nil) {
        self.file = file
        self.line = line
        self.column = column
    }
}
