/// Comparing secrets so that the time tells nothing: every byte is looked at, wherever they differ. What is compared are hashes or codes of known length; that
/// length is no secret.
package enum ConstantTime {
    /// Whether two are the same.
    package static func isSame(_ left: [UInt8], _ right: [UInt8]) -> Bool { looksAtAll(left, right) }

    /// The work itself, for whatever has bytes: a test counts how many are looked at.
    static func looksAtAll(_ left: some Collection<UInt8>, _ right: some Collection<UInt8>) -> Bool {
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(0 as UInt8) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
