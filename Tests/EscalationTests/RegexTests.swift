import Testing

@testable import Escalation

@Suite struct RegexTests {
    @Test func `a pattern finds its place in bytes, whatever the capitals`() throws {
        let pattern = try Pattern("case[- ]?[0-9]{6}")
        let text = "é see CASE-123456!"
        #expect(pattern.firstMatch(in: text) == 7..<18)
        #expect(pattern.firstMatch(in: "case 12") == nil)
    }

    @Test func `a pattern that would take for ever elsewhere is just answered`() throws {
        let pattern = try Pattern("^(a+)+$")
        let attack = String(repeating: "a", count: 5_000) + "!"
        #expect(pattern.firstMatch(in: attack) == nil)
        #expect(pattern.firstMatch(in: String(repeating: "a", count: 5_000)) == 0..<5_000)
    }

    @Test(arguments: [
        "(a|a)*b", "(a|aa)+$", "(.*a){20}", "([a-zA-Z]+)*x", "(x+x+)+y", "(.*)(.*)(.*)(.*)z", "^(([a-z])+.)+[A-Z]([a-z])+$",
        "(refund|money back).*(now|today)", "(a?){50}a{50}",
        "(\\w+\\s?)+$",
    ])
    func `known attacks on backtracking end on eight kilobytes`(pattern: String) throws {
        let compiled = try Pattern(pattern)
        for unit in ["a", "x", "aA", "refund ", "a "] {
            let text = String(repeating: unit, count: 8_192 / unit.utf8.count) + "\u{0}"
            let found = compiled.firstMatch(in: text)
            #expect(found.map { $0.upperBound <= text.utf8.count } ?? true)
        }
    }

    @Test(arguments: [
        "(?=a)b", "(a)\\1", "(?<!x)y", "a(", "[z-a]", "*", "\\", "", "a{5000}", "(?P<n>", String(repeating: "a", count: 1_025),
    ])
    func `a pattern that is not possible is refused with a reason`(pattern: String) {
        #expect(throws: Pattern.Fault.self) { try Pattern(pattern) }
    }

    @Test func `a pattern that would need too much memory is refused`() {
        #expect(throws: Pattern.Fault.self) { try Pattern("((((a{1,100}){1,100}){1,100}){1,10})") }
    }

    @Test func `texts with zeros, nothing, or two hundred kilobytes do no harm`() throws {
        let pattern = try Pattern("b\\x00c")
        #expect(pattern.firstMatch(in: "") == nil)
        #expect(pattern.firstMatch(in: "ab\u{0}c") == 1..<4)
        #expect(pattern.firstMatch(in: String(repeating: "é", count: 100_000)) == nil)
    }

    @Test func `a pattern serves many threads at once`() async throws {
        let pattern = try Pattern("w[i1]thdraw")
        await withTaskGroup(of: Bool.self) { group in
            for number in 0..<64 { group.addTask { pattern.firstMatch(in: "\(number) w1thdraw") != nil } }
            for await found in group { #expect(found) }
        }
    }
}
