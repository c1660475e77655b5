/// Byte strings numbered 0, 1, 2, ... as they come, found again by hash. One arena for all bytes, open addressing, no `String`: made for
/// vocabularies of hundreds of thousands of words. The hash is seeded per process, so that nobody can prepare a document whose words all
/// collide.
struct WordTable: Sendable {
    private var arena: [UInt8] = []
    private var ends: [UInt32] = []
    private var hashes: [UInt32] = []
    /// Number + 1, or 0 for a free slot; a power of two of them, at most half in use.
    private var slots: [UInt32] = Array(repeating: 0, count: 64)

    /// How many there are.
    var count: Int { ends.count }

    /// The bytes of one, for the duration of the call.
    @inline(__always)
    func withWord<Result>(_ number: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        let start = number == 0 ? 0 : Int(ends[number - 1])
        let end = Int(ends[number])
        return arena.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[start..<end])) }
    }

    /// One as text.
    func text(_ number: Int) -> String { withWord(number) { String(decoding: $0, as: UTF8.self) } }

    /// - Returns: the number, or nil where it is not in the table.
    @inline(__always)
    func find(_ word: UnsafeBufferPointer<UInt8>) -> Int? {
        let hash = Self.hash(word)
        let slot = slot(of: word, hash: hash)
        let entry = slots[slot]
        return entry == 0 ? nil : Int(entry) - 1
    }

    /// Finds a word or adds it.
    @inline(__always)
    mutating func number(of word: UnsafeBufferPointer<UInt8>) -> (number: Int, isNew: Bool) {
        let hash = Self.hash(word)
        let slot = slot(of: word, hash: hash)
        let entry = slots[slot]
        if entry != 0 { return (Int(entry) - 1, false) }
        add(word, hash: hash, slot: slot)
        return (count - 1, true)
    }

    @inline(never)
    private mutating func add(_ word: UnsafeBufferPointer<UInt8>, hash: UInt32, slot: Int) {
        arena.append(contentsOf: word)
        ends.append(UInt32(arena.count))
        hashes.append(hash)
        slots[slot] = UInt32(count)
        if count * 2 > slots.count { grow() }
    }

    @inline(__always)
    private func slot(of word: UnsafeBufferPointer<UInt8>, hash: UInt32) -> Int {
        slots.withUnsafeBufferPointer { slots in
            hashes.withUnsafeBufferPointer { hashes in
                let mask = slots.count - 1
                var slot = Int(hash) & mask
                while slots[slot] != 0 {
                    let number = Int(slots[slot]) - 1
                    if hashes[number] == hash, equals(number, word) { break }
                    slot = (slot + 1) & mask
                }
                return slot
            }
        }
    }

    @inline(__always)
    private func equals(_ number: Int, _ word: UnsafeBufferPointer<UInt8>) -> Bool {
        withWord(number) { known in
            guard known.count == word.count else { return false }
            for index in 0..<known.count where known[index] != word[index] { return false }
            return true
        }
    }

    private mutating func grow() {
        var larger = [UInt32](repeating: 0, count: slots.count * 2)
        let mask = larger.count - 1
        for (number, hash) in hashes.enumerated() {
            var slot = Int(hash) & mask
            while larger[slot] != 0 { slot = (slot + 1) & mask }
            larger[slot] = UInt32(number + 1)
        }
        slots = larger
    }

    /// Eight bytes at a time, folded by a wide multiplication (as in wyhash).
    @inline(__always)
    private static func hash(_ word: UnsafeBufferPointer<UInt8>) -> UInt32 {
        var state = seed ^ UInt64(truncatingIfNeeded: word.count)
        var index = 0
        while index &+ 8 <= word.count {
            let eight = UnsafeRawBufferPointer(word).loadUnaligned(fromByteOffset: index, as: UInt64.self)
            state = mix(state ^ eight)
            index &+= 8
        }
        var rest: UInt64 = 0
        while index < word.count {
            rest = rest << 8 | UInt64(word[index])
            index &+= 1
        }
        state = mix(state ^ rest)
        return UInt32(truncatingIfNeeded: state ^ state >> 32)
    }

    @inline(__always)
    private static func mix(_ value: UInt64) -> UInt64 {
        let product = value.multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        return product.high ^ product.low
    }

    private static let seed = UInt64.random(in: 1...UInt64.max)
}
