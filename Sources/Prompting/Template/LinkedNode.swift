/// A template with its partials put in and every name resolved: the renderer looks nothing up by name along a stack, so that an absent field can
/// never be filled by a value of the same name further out.
indirect enum LinkedNode: Sendable, Hashable {
    case text(String)
    case value(Reference)
    /// `{{{name}}}` on a trusted input.
    case raw(String)
    case section(Reference, isInverted: Bool, [LinkedNode])
    /// The text of a partial that stood indented on its line.
    case indented(String, [LinkedNode])
}

/// Where a value is: the frame counted from the outermost (0 = the inputs, then one for each section around), and the way down from there.
struct Reference: Sendable, Hashable {
    let frame: Int
    let path: [String]
}
