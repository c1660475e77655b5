/// What kind of value an input has.
indirect enum Shape: Sendable, Hashable {
    /// A text on one line; line ends in a value become blanks.
    case line
    /// A text of any number of lines.
    case string
    case integer
    case boolean
    case array(Shape)
    case object([Input])

    var isScalar: Bool {
        switch self {
        case .line, .string, .integer, .boolean: true
        case .array, .object: false
        }
    }

    /// As in a front matter.
    var words: String {
        switch self {
        case .line: "a text of one line"
        case .string: "a text"
        case .integer: "a whole number"
        case .boolean: "true or false"
        case .array(.object): "a list with fields"
        case .array: "a list of texts"
        case .object: "a group of fields"
        }
    }
}

/// One line under `input:`.
struct Input: Sendable, Hashable {
    let name: String
    let shape: Shape
    /// `name?`: may be left out.
    let isOptional: Bool
    /// What it is, in the words of the file.
    let says: String
    let place: Place
}
