import Access
import Assistant
import Escalation
import Foundation
import Inbox
import Metering
import Notation
import Retrieval
import Storage
import Web

/// What a company has decided: one folder of the configuration with `workspace.yaml`, `messages.yaml`, `prices.yaml` and rules.
struct WorkspaceSettings: Sendable {
    /// A teammate as configured.
    struct Person: Sendable {
        let id: TeammateID
        let name: String
        let email: String?
        /// As what the teammate signs in; nil where the file does not say.
        let role: Role?
        let skills: Set<String>
        let capacity: Int
    }

    let id: WorkspaceID
    /// The folder it was read from.
    let folder: String
    let profile: WorkspaceProfile
    let currency: String
    /// Credit of a new workspace, and how long it is good, milliseconds.
    let grant: Money
    let grantExpiresAfter: Int64
    let teams: [Team]
    let people: [Person]
    let prices: PriceBook
    let sites: [Site]
    /// What could be better without being wrong; `baton check` shows it.
    let warnings: [NotationError]
    /// Who is told of handoffs outside the page.
    let notifications: NotificationSettings
    /// Ready replies that the team begins with, by their names in the file.
    let macros: [(id: MacroID, draft: MacroDraft)]

    /// The names of all workspaces of a configuration folder: its folders that hold a `workspace.yaml`.
    static func names(in config: String) -> [String] {
        // no folder: no workspaces, said by whoever needs one
        let all = (try? FileManager.default.contentsOfDirectory(atPath: config)) ?? []
        return all.filter { FileManager.default.fileExists(atPath: "\(config)/\($0)/workspace.yaml") }.sorted()
    }

    /// Reads one workspace.
    /// - Throws: `NotationError`, `CommandError`, `RuleSetFaults`, `MoneyError`.
    init(_ name: String, in config: String) throws {
        guard name.utf8.allSatisfy({ (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-") }), !name.isEmpty
        else {
            throw CommandError(.configuration, "The workspace name '\(name)' may hold only a-z, 0-9 and '-'. Rename its folder.")
        }
        id = WorkspaceID(name)
        folder = config + "/" + name
        let fields = try Fields(
            try ConfigFile.read(folder + "/workspace.yaml"),
            known: [
                "name", "currency", "zone", "credit", "assistants", "sites", "teams", "teammates", "routes", "default_team",
                "notifications",
            ])
        currency = try fields.required("currency").string()
        let zone = try WorkspaceReader.zone(fields.required("zone"))
        let credit = try Fields(try fields.required("credit"), known: ["grant", "expires_after"])
        let grantNode = try credit.required("grant")
        do { grant = try Money(grantNode.string()) } catch let error as MoneyError { throw grantNode.error("\(error)") }
        guard grant >= .zero else { throw grantNode.error("a grant cannot be negative; write \"0\" for none") }
        grantExpiresAfter = try credit.required("expires_after").milliseconds(in: 60_000...Int64(10 * 366 * 86_400_000))

        let people = try WorkspaceReader.people(fields["teammates"])
        let defaultTeam = try fields.required("default_team")
        let teams = try WorkspaceReader.teams(fields.required("teams"), members: people.memberships, defaultTeam: defaultTeam)
        self.teams = teams
        self.people = people.people
        let teamNames = Dictionary(uniqueKeysWithValues: teams.map { ($0.id, $0.name) })
        let assistants = try WorkspaceReader.assistants(fields.required("assistants"), of: id, folder: folder)
        let read = try SiteReader.read(fields["sites"], assistants: assistants.values, relativeTo: folder)
        sites = read.sites
        warnings = read.warnings
        let topics = Set(assistants.values.values.flatMap(\.rules.topicNames))
        profile = WorkspaceProfile(
            id: id, name: try fields.required("name").string(), zone: zone, assistants: assistants.values,
            defaultAssistant: assistants.first, phrases: try WorkspaceReader.phrases(folder + "/messages.yaml"),
            routes: try WorkspaceReader.routes(fields["routes"], teams: teamNames, topics: topics), teams: teamNames,
            defaultTeam: TeamID(try defaultTeam.string()))
        let rules = assistants.values.values.map(\.rules)
        for rules in rules { try WorkspaceReader.check(rules, profile.phrases, teamNames) }
        try WorkspaceReader.checkKeys(folder + "/messages.yaml", against: rules)
        notifications = try NotificationReader.read(fields["notifications"], company: profile.name, relativeTo: folder)
        macros = try MacroReader.read(folder + "/macros.yaml", teams: Set(teams.map(\.id)))
        prices = try PriceReader.read(folder + "/prices.yaml", currency: currency)
    }
}

/// The parts of `workspace.yaml` and `messages.yaml`.
private enum WorkspaceReader {
    static func zone(_ node: Node) throws -> String {
        let name = try node.string()
        guard TimeZone(identifier: name) != nil else { throw node.error("'\(name)' is no time zone; use a name such as Europe/Lisbon") }
        return name
    }

    static func assistants(_ node: Node, of workspace: WorkspaceID, folder: String) throws -> (
        first: String, values: [String: AssistantProfile]
    ) {
        let fields = try Fields(node, known: nil)
        guard let first = fields.keys.first else { throw node.error("there is no assistant; add at least one") }
        var profiles: [String: AssistantProfile] = [:]
        for name in fields.keys {
            let entry = try Fields(
                try fields.required(name), known: ["name", "documents", "prompt", "rules", "threshold", "turn_cap", "tone", "language"])
            let rules = try entry.required("rules").string()
            profiles[name] = AssistantProfile(
                name: name, displayName: try entry.required("name").string(),
                collection: Collection(workspace: workspace, name: try entry.required("documents").string()),
                prompt: try entry.required("prompt").string(),
                rules: try RuleSet.load(yaml: try ConfigFile.text(folder + "/" + rules), file: folder + "/" + rules),
                threshold: try entry["threshold"]?.number(in: 0...1) ?? 0.80, turnCap: try entry["turn_cap"]?.integer(in: 1...1000) ?? 8,
                tone: try entry["tone"]?.string() ?? "", language: try entry["language"]?.string() ?? "English")
        }
        return (first, profiles)
    }

    static func people(_ node: Node?) throws -> (people: [WorkspaceSettings.Person], memberships: [TeamID: [(TeammateID, Node)]]) {
        guard let node else { return ([], [:]) }
        let fields = try Fields(node, known: nil)
        var people: [WorkspaceSettings.Person] = []
        var memberships: [TeamID: [(TeammateID, Node)]] = [:]
        for name in fields.keys {
            let entry = try Fields(try fields.required(name), known: ["name", "email", "role", "teams", "skills", "capacity"])
            let id = TeammateID(name)
            let email = try entry["email"].map { try address($0, unlike: people) }
            let role = try entry["role"]?.choice(Role.self)
            if let place = entry["role"], email == nil { throw place.error("a role is for somebody who signs in; add an email") }
            people.append(
                .init(
                    id: id, name: try entry.required("name").string(), email: email, role: role,
                    skills: Set(try entry["skills"]?.strings() ?? []), capacity: try entry["capacity"]?.integer(in: 0...1000) ?? 5))
            for team in entry["teams"]?.items() ?? [] { memberships[TeamID(try team.string()), default: []].append((id, team)) }
        }
        return (people, memberships)
    }

    /// An address with which one person signs in.
    private static func address(_ node: Node, unlike people: [WorkspaceSettings.Person]) throws -> String {
        let email = try node.string()
        do {
            let normalised = try Account.normalised(email: email)
            let other = try people.first { try $0.email.map(Account.normalised) == normalised }
            if let other { throw node.error("'\(other.id)' has this address already; people sign in by it, so each needs an own one") }
        } catch let error as AccessError { throw node.error("\(error)") }
        return email
    }

    static func teams(_ node: Node, members: [TeamID: [(TeammateID, Node)]], defaultTeam: Node) throws -> [Team] {
        let fields = try Fields(node, known: nil)
        let known = Set(fields.keys)
        for (team, people) in members {
            if !known.contains(team.text), let (_, place) = people.first {
                throw place.error("there is no team '\(team)'; known: \(fields.keys.joined(separator: ", "))")
            }
        }
        guard known.contains(try defaultTeam.string()) else {
            throw defaultTeam.error("there is no team of that name; known: \(fields.keys.joined(separator: ", "))")
        }
        return try fields.keys.map { name in
            let entry = try Fields(
                try fields.required(name), known: ["name", "skills", "hours", "first_response", "next_response", "resolution"])
            let id = TeamID(name)
            // A promise below a minute is a slip of the pen; one above a year is none.
            func promise(_ key: String) throws -> Int64? { try entry[key]?.milliseconds(in: 60_000...Int64(366 * 86_400_000)) }
            return Team(
                id: id, name: try entry.required("name").string(), hours: try entry["hours"].map(HoursReader.read),
                isDefault: try name == defaultTeam.string(), members: Set((members[id] ?? []).map(\.0)),
                promises: Promises(
                    firstResponse: try promise("first_response"), nextResponse: try promise("next_response"),
                    resolution: try promise("resolution")))
        }
    }

    static func routes(_ node: Node?, teams: [TeamID: String], topics: Set<String>) throws -> [HandoffRoute] {
        try (node?.items() ?? []).map { item in
            let fields = try Fields(item, known: ["topic", "reason", "team", "skill", "priority"])
            let team = try fields.required("team")
            guard teams[TeamID(try team.string())] != nil else {
                throw team.error(
                    "there is no team '\(try team.string())'; known: \(teams.keys.map(\.text).sorted().joined(separator: ", "))")
            }
            let match: HandoffRoute.Match
            switch (fields["topic"], fields["reason"]) {
            case (let topic?, nil):
                let name = try topic.string()
                guard topics.contains(name) else {
                    let hint = Suggestion.nearest(to: name, among: topics.sorted()).map { " Did you mean '\($0)'?" } ?? ""
                    throw topic.error("no rules file defines the topic '\(name)'.\(hint)")
                }
                match = .topic(name)
            case (nil, let reason?): match = .reason(try reason.choice(Reason.self))
            default: throw item.error("a route names either a topic or a reason")
            }
            return HandoffRoute(
                match: match, team: TeamID(try team.string()), skill: try fields["skill"]?.string(),
                priority: try fields["priority"]?.choice(Priority.self))
        }
    }

    /// A rule that names a message or a team that does not exist would promise what nobody keeps.
    static func check(_ rules: RuleSet, _ phrases: Phrases, _ teams: [TeamID: String]) throws {
        for reference in rules.references {
            for key in reference.messages where !phrases.has(key) {
                throw CommandError(
                    .configuration,
                    "\(rules.file): the rule '\(reference.rule)' names the message '\(key)', which messages.yaml does not have.")
            }
            if let team = reference.team, teams[TeamID(team)] == nil {
                throw CommandError(
                    .configuration,
                    "\(rules.file): the rule '\(reference.rule)' routes to the team '\(team)', which workspace.yaml does not have.")
            }
        }
    }

    /// A text that nothing ever says is a misspelt key.
    static func checkKeys(_ path: String, against rules: [RuleSet]) throws {
        let known = Set(Phrases.requiredKeys + Phrases.reasonKeys + rules.flatMap(\.references).flatMap(\.messages))
        _ = try Fields(try ConfigFile.read(path), known: known.sorted())
    }

    static func phrases(_ path: String) throws -> Phrases {
        let fields = try Fields(try ConfigFile.read(path), known: nil)
        for key in Phrases.requiredKeys { _ = try fields.required(key) }
        var texts: [String: Phrases.Variants] = [:]
        for key in fields.keys {
            let node = try fields.required(key)
            if case .mapping = node.content {
                let variants = try Fields(node, known: ["online", "busy", "closed"])
                texts[key] = .init(
                    online: try phrase(variants.required("online"), closed: false),
                    busy: try phrase(variants.required("busy"), closed: false),
                    closed: try phrase(variants.required("closed"), closed: true))
            } else {
                let text = try phrase(node, closed: false)
                texts[key] = .init(online: text, busy: text, closed: text)
            }
        }
        return Phrases(texts)
    }

    private static func phrase(_ node: Node, closed: Bool) throws -> String {
        let text = try node.string()
        guard text.contains(where: { !$0.isWhitespace }) else { throw node.error("the text is empty; write what the customer should read") }
        for name in Phrases.names(in: text) where !Phrases.variables.contains(name) || (name == "opens" && !closed) {
            throw node.error(
                "{{\(name)}} is not known here; possible: \(Phrases.variables.map { "{{\($0)}}" }.joined(separator: ", ")) ({{opens}} only in 'closed')"
            )
        }
        return text
    }
}

/// `hours:` of a team.
private enum HoursReader {
    private static let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

    static func read(_ node: Node) throws -> OpeningHours {
        let fields = try Fields(node, known: ["zone", "open", "closed_on"])
        let open = try Fields(try fields.required("open"), known: nil)
        var intervals: [OpeningHours.Interval] = []
        for key in open.keys {
            let value = try open.required(key)
            for day in try weekdays(key, value) {
                for span in try value.strings() { intervals.append(try interval(span, on: day, value)) }
            }
        }
        do {
            return try OpeningHours(
                zone: try WorkspaceReader.zone(fields.required("zone")), weekly: intervals,
                holidays: Set(try fields["closed_on"]?.strings() ?? []))
        } catch let error as InboxError { throw node.error("\(error)") }
    }

    /// `mon` or `mon-fri`, as 1...7.
    private static func weekdays(_ key: String, _ node: Node) throws -> [Int] {
        let ends = key.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
        guard (1...2).contains(ends.count), let first = days.firstIndex(of: ends[0]), let last = days.firstIndex(of: ends[ends.count - 1]),
            first <= last
        else { throw node.error("'\(key)' is no day; use mon, tue, wed, thu, fri, sat, sun or a range such as mon-fri") }
        return Array(first + 1...last + 1)
    }

    private static func interval(_ text: String, on day: Int, _ node: Node) throws -> OpeningHours.Interval {
        let minutes = text.split(separator: "-").map { part -> Int? in
            let numbers = part.trimmingCharacters(in: .whitespaces).split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
            guard numbers.count == 2, let hour = numbers[0], let minute = numbers[1], (0...24).contains(hour), (0..<60).contains(minute)
            else { return nil }
            return hour * 60 + minute
        }
        guard minutes.count == 2, let opens = minutes[0], let closes = minutes[1], opens < closes, closes <= 1440 else {
            throw node.error("'\(text)' are no hours; write \"08:00-20:00\", the end after the beginning")
        }
        return .init(weekday: day, opens: opens, closes: closes)
    }
}
