import Notation

/// What to say about a word that is not known.
enum Suggesting {
    /// "Did you mean 'x'?", or the words there are.
    static func hint(_ word: String, among known: [String], what: String) -> String {
        if let near = Suggestion.nearest(to: word, among: known) { return "Did you mean '\(near)'?" }
        return known.isEmpty ? "There are no \(what) here." : "There are these \(what): \(known.joined(separator: ", "))."
    }
}
