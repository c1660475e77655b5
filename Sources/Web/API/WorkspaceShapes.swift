import Assistant
import Escalation
import Inbox
import Notation
import Retrieval
import Storage

/// A workspace, its assistants, sites and teams, as JSON.
enum WorkspaceShapes {
    static let workspace = Schema.named(
        "Workspace",
        .object([
            .init("id", .identifier), .init("name", .text(0...200)), .init("zone", .text(0...100), "IANA zone of dates for people"),
            .init("default_assistant", .text(0...200)), .init("assistants", .array(.text(0...200), most: 1000)),
        ]))

    static func json(_ profile: WorkspaceProfile) -> JSON {
        .of(
            ("id", .string(profile.id.text)), ("name", .string(profile.name)), ("zone", .string(profile.zone)),
            ("default_assistant", .string(profile.defaultAssistant)), ("assistants", Written.texts(profile.assistants.keys.sorted())))
    }

    static let assistant = Schema.named(
        "Assistant",
        .object([
            .init("name", .text(0...200)), .init("display_name", .text(0...200), "as customers read it"),
            .init("is_default", .boolean), .init("collection", .text(0...200), "the documents it answers from"),
            .init("prompt", .text(0...200)), .init("rules_version", .text(0...100)),
            .init("threshold", .number(0...1), "the least effective confidence that answers"),
            .init("turn_cap", .count, "answers in a row before a person is called"), .init("tone", .lines(0...4000)),
            .init("language", .text(0...200)),
        ]))

    static func json(_ assistant: AssistantProfile, of profile: WorkspaceProfile) -> JSON {
        .of(
            ("name", .string(assistant.name)), ("display_name", .string(assistant.displayName)),
            ("is_default", .bool(assistant.name == profile.defaultAssistant)), ("collection", .string(assistant.collection.name)),
            ("prompt", .string(assistant.prompt)), ("rules_version", .string(assistant.rules.version)),
            ("threshold", Written.number(assistant.threshold)), ("turn_cap", Written.number(assistant.turnCap)),
            ("tone", .string(assistant.tone)), ("language", .string(assistant.language)))
    }

    static let site = Schema.named(
        "ConfiguredSite",
        .object([
            .init("key", .text(1...200), "public: it stands in the page's source"), .init("name", .text(0...200)),
            .init("assistant", .text(0...200)), .init("origins", .array(.text(0...2000), most: 1000), "pages that may embed the chat"),
            .init("greeting", .lines(0...4000)),
        ]))

    static func json(_ site: Site) -> JSON {
        .of(
            ("key", .string(site.key)), ("name", .string(site.name)), ("assistant", .string(site.assistant)),
            ("origins", Written.texts(site.origins)), ("greeting", .string(site.greeting)))
    }

    static let team = Schema.named(
        "Team",
        .object([
            .init("id", .identifier), .init("name", .text(0...200)), .init("is_default", .boolean),
            .init("members", .array(.identifier, most: 10_000)),
            .init(
                "hours",
                .object([
                    .init("zone", .text(1...100)),
                    .init(
                        "weekly",
                        .array(
                            .object([
                                .init("weekday", .integer(1...7), "1 is Monday"),
                                .init("opens", .integer(0...1439), "minutes since midnight"),
                                .init("closes", .integer(0...1440), "minutes since midnight; at or before `opens`: on the next day"),
                            ]), most: 70)),
                    .init("holidays", .array(.text(10...10), most: 1000)),
                ]), "absent: always open", required: false),
            .init("first_response_seconds", .count, "what it promises, in its opening hours", required: false),
            .init("next_response_seconds", .count, required: false), .init("resolution_seconds", .count, required: false),
        ]))

    static func json(_ team: Team) -> JSON {
        .of(
            ("id", .string(team.id.text)), ("name", .string(team.name)), ("is_default", .bool(team.isDefault)),
            ("members", Written.texts(team.members.map(\.text).sorted())), ("hours", team.hours.map(json)),
            ("first_response_seconds", promise(team.promises.firstResponse)),
            ("next_response_seconds", promise(team.promises.nextResponse)),
            ("resolution_seconds", promise(team.promises.resolution)))
    }

    private static func promise(_ milliseconds: Int64?) -> JSON? { milliseconds.map { Written.number($0 / 1000) } }

    private static func json(_ hours: OpeningHours) -> JSON {
        .of(
            ("zone", .string(hours.zone)),
            (
                "weekly",
                .array(
                    hours.weekly.map {
                        .of(
                            ("weekday", Written.number($0.weekday)), ("opens", Written.number($0.opens)),
                            ("closes", Written.number($0.closes)))
                    })
            ), ("holidays", Written.texts(hours.holidays.sorted())))
    }
}
