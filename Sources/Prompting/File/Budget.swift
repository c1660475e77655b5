/// How large a request may become, in estimated tokens, and what goes first when it would become larger.
struct Budget: Sendable {
    /// The whole request; nil: no limit but that on bytes.
    var total: Int?
    /// The history alone.
    var history: Int?
    /// Lists alone, by the name of their input.
    var lists: [String: Int] = [:]
    /// In this order; the question is never among them.
    var drop: [Drop] = []

    enum Drop: Sendable, Hashable {
        case oldestHistory
        /// The last item of a list; the first always stays.
        case lastOf(String)

        init?(_ text: String, lists: [String]) {
            if text == "history.oldest" {
                self = .oldestHistory
            } else if text.hasSuffix(".last"), lists.contains(String(text.dropLast(".last".count))) {
                self = .lastOf(String(text.dropLast(".last".count)))
            } else {
                return nil
            }
        }
    }
}
