import Inbox
import Storage
import Testing

@testable import Assistant

/// What the product itself says.
struct PhrasesTests {
    private let phrases = Phrases([
        "handoff": .init(
            online: "{{team}} is here.", busy: "{{ team }} is busy.", closed: "{{team}} opens {{opens}}, {{customer}}."),
        "odd": .init(online: "a {{ b", busy: "}} {{team}} {{", closed: "{{unknown}}!"),
    ])

    @Test func `the text fits how reachable the team is`() {
        let values = ["team": "Payments", "opens": "today at 08:00", "customer": "Ines"]
        #expect(phrases.text("handoff", availability: .online, values: values) == "Payments is here.")
        #expect(phrases.text("handoff", availability: .busy, values: values) == "Payments is busy.")
        #expect(phrases.text("handoff", availability: .closed(opens: nil), values: values) == "Payments opens today at 08:00, Ines.")
    }

    @Test func `an unknown key says what every workspace has, never nothing`() {
        #expect(phrases.text("missing", values: ["team": "Payments"]) == "Payments is here.")
        #expect(!Phrases([:]).text("missing").isEmpty)
    }

    @Test func `a value that looks like a variable stays what it is`() {
        #expect(phrases.text("handoff", values: ["team": "{{opens}}", "opens": "never"]) == "{{opens}} is here.")
    }

    @Test func `braces that are no variable stay, and an unknown variable is empty`() {
        #expect(phrases.text("odd", values: ["team": "T"]) == "a {{ b")
        #expect(phrases.text("odd", availability: .busy, values: ["team": "T"]) == "}} T {{")
        #expect(phrases.text("odd", availability: .closed(opens: nil)) == "!")
    }

    @Test func `the names of a text are found for the check at start`() {
        #expect(Phrases.names(in: "{{team}} and {{ opens }}, {{x") == ["team", "opens", "x"])
        #expect(Phrases.names(in: "none { {here} }").isEmpty)
    }
}

/// Moments as customers read them.
struct HourTextTests {
    /// 2026-11-30T12:00:00Z, a Monday.
    private let noon = Timestamp(milliseconds: 1_796_040_000_000)
    private static let hour: Int64 = 3_600_000

    private func text(_ hours: Int64, zone: String = "Europe/Lisbon") -> String {
        HourText.of(noon.adding(milliseconds: hours * Self.hour), zone: zone, now: noon)
    }

    @Test func `today, tomorrow, a weekday, and a date when it is further off`() {
        #expect(text(2) == "today at 14:00 (Lisbon time)")
        #expect(text(20) == "tomorrow at 08:00 (Lisbon time)")
        #expect(text(5 * 24 - 4) == "on Saturday at 08:00 (Lisbon time)")
        #expect(text(6 * 24) == "on Sunday at 12:00 (Lisbon time)")
        #expect(text(7 * 24) == "on Monday, 07.12.2026, at 12:00 (Lisbon time)")
    }

    @Test func `the day is that of the zone, not of the server`() {
        // 13 hours on it is Tuesday in Lisbon; in Honolulu it is still Monday.
        #expect(text(13) == "tomorrow at 01:00 (Lisbon time)")
        #expect(text(13, zone: "Pacific/Honolulu") == "today at 15:00 (Honolulu time)")
        #expect(text(2, zone: "America/New_York") == "today at 09:00 (New York time)")
    }

    @Test func `a zone that is none reads as Greenwich instead of failing`() {
        #expect(text(2, zone: "Nowhere/At_All").hasPrefix("today at 14:00"))
    }
}
