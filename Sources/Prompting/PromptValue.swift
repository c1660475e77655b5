/// What stands behind a name in a prompt.
package indirect enum PromptValue: Sendable, Hashable {
    /// For inputs declared `string` or `line`.
    case text(String)
    /// For inputs declared `integer`.
    case number(Int)
    /// For inputs declared `boolean`.
    case flag(Bool)
    /// For arrays of `string` or `line`.
    case texts([String])
    /// For arrays with fields, such as the passages, in the order to be shown.
    case list([[String: PromptValue]])
    /// For inputs with fields that are not arrays, reached as `{{customer.name}}`.
    case fields([String: PromptValue])
}

/// The values for one rendering, by input name. The caller gives all it knows; a prompt takes what it declares and ignores the rest.
package typealias PromptValues = [String: PromptValue]
