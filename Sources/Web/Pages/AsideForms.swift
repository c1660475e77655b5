import Assistant
import Foundation
import Inbox
import Storage

/// Forms of the inbox that put a conversation aside, merge it with another, or use a ready reply.
enum AsideForms {
    static func snooze(_ call: Call) async throws -> Reply {
        try await InboxForms.trying(call) { viewer in
            let profile = try call.service.desk.profile(call.workspace)
            let zone = TimeZone(identifier: call.field("zone") ?? "") ?? TimeZone(identifier: profile.zone) ?? .gmt
            guard let until = moment(call.field("for"), call.field("until"), after: call.now, in: zone) else {
                return try await InboxForms.again(call, 422, "Choose a moment to wake at.")
            }
            let (inbox, id) = (call.service.inbox(of: call.workspace), InboxForms.id(call))
            switch try await call.service.store.write({ try inbox.snooze(id, until: until, by: viewer.id, at: call.now, in: $0) }) {
            case .snoozed: return InboxForms.back(call, to: .waiting, did: .snoozed)
            case .taken(let colleague): return try await InboxForms.taken(call, by: colleague, "Only they put it aside.")
            case .notWithPeople:
                return try await InboxForms.again(call, 409, "Nobody of you has it. Take it over first, then put it aside.")
            }
        }
    }

    /// A moment as the form names it, in the zone of whoever looks at it.
    static func moment(_ name: String?, _ until: String?, after now: Timestamp, in zone: TimeZone) -> Timestamp? {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        let start = Date(timeIntervalSince1970: Double(now.milliseconds) / 1000)
        let nine = DateComponents(hour: 9, minute: 0, second: 0)
        let moment: Date? =
            switch name {
            case "hour": start.addingTimeInterval(3600)
            case "tomorrow":
                calendar.date(byAdding: .day, value: 1, to: calendar.startOfDay(for: start)).map {
                    calendar.date(byAdding: nine, to: $0) ?? $0
                }
            case "monday":
                calendar.nextDate(
                    after: start, matching: DateComponents(hour: 9, minute: 0, second: 0, weekday: 2), matchingPolicy: .nextTime)
            default: local(until ?? "", calendar)
            }
        return moment.map { Timestamp(milliseconds: Int64(($0.timeIntervalSince1970 * 1000).rounded())) }
    }

    /// `2026-12-24T09:30`, as browsers send it: without a zone.
    private static func local(_ text: String, _ calendar: Calendar) -> Date? {
        let parts = text.split { $0 == "-" || $0 == "T" || $0 == ":" }.compactMap { Int($0) }
        guard parts.count >= 5, (1970...9999).contains(parts[0]), (1...12).contains(parts[1]), (1...31).contains(parts[2]),
            (0...23).contains(parts[3]), (0...59).contains(parts[4])
        else { return nil }
        return calendar.date(from: DateComponents(year: parts[0], month: parts[1], day: parts[2], hour: parts[3], minute: parts[4]))
    }

    static func wake(_ call: Call) async throws -> Reply {
        try await InboxForms.trying(call) { viewer in
            let (inbox, id) = (call.service.inbox(of: call.workspace), InboxForms.id(call))
            _ = try await call.service.store.write { try inbox.wake(id, by: viewer.id, at: call.now, in: $0) }
            return InboxForms.back(call, to: .mine)
        }
    }

    static func merge(_ call: Call) async throws -> Reply {
        try await InboxForms.trying(call) { viewer in
            let whole = ConversationID(call.field("into") ?? "")
            switch try await call.service.desk.merge(InboxForms.id(call), into: whole, of: call.workspace, by: viewer.id) {
            case .merged: return .onTo(InboxView.address(whole, in: .mine) + Done.query(.merged, InboxForms.id(call)))
            case .taken(let colleague): return try await InboxForms.taken(call, by: colleague, "Only they merge it.")
            case .refused(let refusal): return try await InboxForms.again(call, 409, words(refusal))
            }
        }
    }

    private static func words(_ refusal: MergeOutcome.Refusal) -> String {
        switch refusal {
        case .same: "A conversation cannot be a part of itself."
        case .alreadyMerged: "One of them is a part of another already. Separate it first."
        case .twoCustomers: "They are of two customers, so they stay two conversations."
        case .tooMany: "There are too many parts already. Leave this one by itself."
        }
    }

    static func unmerge(_ call: Call) async throws -> Reply {
        try await InboxForms.trying(call) { viewer in
            switch try await call.service.desk.unmerge(InboxForms.id(call), of: call.workspace, by: viewer.id) {
            case .unmerged, .notMerged: return InboxForms.back(call)
            case .taken(let colleague): return try await InboxForms.taken(call, by: colleague, "Only they separate it.")
            }
        }
    }

    static func run(_ call: Call) async throws -> Reply {
        try await InboxForms.trying(call) { viewer in
            let seen = call.field("last_seen").flatMap { Int($0) }
            let used = try await call.service.desk.use(
                MacroID(call.field("macro") ?? ""), in: InboxForms.id(call), of: call.workspace, by: viewer.id, lastSeen: seen,
                key: FormKey.checked(call.field("key")))
            switch used.value {
            case .done(_, let conversation) where conversation.state == .resolved: return try await InboxForms.onward(call, viewer)
            case .done(_, let conversation): return InboxForms.back(call, to: conversation.owner == .teammate(viewer.id) ? .mine : nil)
            case .outdated:
                return try await InboxForms.again(
                    call, 409, "Not sent. Somebody wrote while you looked. Read on, then use it again.", seen: seen)
            case .taken(let colleague): return try await InboxForms.taken(call, by: colleague, "Nothing was sent.")
            }
        }
    }
}
