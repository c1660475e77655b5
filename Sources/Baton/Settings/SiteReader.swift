import Assistant
import Foundation
import Notation
import Web

/// The key `sites` of `workspace.yaml`.
enum SiteReader {
    /// What was read, and what could be better without being wrong.
    struct Result {
        var sites: [Site] = []
        var warnings: [NotationError] = []
    }

    private static let keys = [
        "name", "assistant", "origins", "greeting", "looks", "language", "lead_form", "satisfaction", "attachments", "identity",
    ]

    /// Unicode scalars of a greeting.
    private static let longestGreeting = 1_000

    /// - Parameter folder: what files are relative to.
    /// - Throws: `NotationError`, `CommandError`.
    static func read(_ node: Node?, assistants: [String: AssistantProfile], relativeTo folder: String) throws -> Result {
        guard let node else { return Result() }
        let fields = try Fields(node, known: nil)
        var result = Result()
        for key in fields.keys {
            let place = try fields.required(key)
            try checkKey(key, at: place)
            let entry = try Fields(place, known: keys)
            let assistant = try entry.required("assistant")
            guard assistants[try assistant.string()] != nil else {
                throw assistant.error("there is no assistant of that name; known: \(assistants.keys.sorted().joined(separator: ", "))")
            }
            result.sites.append(
                Site(
                    key: key, name: try entry.required("name").line(most: 200), assistant: try assistant.string(),
                    origins: try entry["origins"].map { try $0.items().map(origin) } ?? [],
                    greeting: try entry["greeting"]?.text(most: longestGreeting) ?? "Hello, how can I help?",
                    looks: try LooksReader.read(entry["looks"], warnings: &result.warnings),
                    language: try entry["language"]?.choice(Site.Language.self) ?? .auto,
                    leadForm: try LeadFormReader.read(entry["lead_form"]),
                    asksForSatisfaction: try entry["satisfaction"]?.boolean() ?? true,
                    takesAttachments: try entry["attachments"]?.boolean() ?? true,
                    identity: try IdentityReader.read(entry["identity"], relativeTo: folder)))
        }
        return result
    }

    private static func checkKey(_ key: String, at place: Node) throws {
        let isPlain = key.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-") }
        guard isPlain, (3...64).contains(key.utf8.count) else {
            throw place.error("a site's key has 3 to 64 of a-z, 0-9 and '-', because it stands in addresses")
        }
    }

    private static func origin(_ node: Node) throws -> String {
        let text = try node.string()
        guard let parts = URLComponents(string: text), ["http", "https"].contains(parts.scheme), let host = parts.host, !host.isEmpty,
            parts.path.isEmpty, parts.query == nil, parts.fragment == nil, parts.user == nil, host == host.lowercased()
        else { throw node.error("'\(text)' is no origin; write scheme and host in lower case: https://www.example.com") }
        return text
    }
}

/// `looks:` of a site.
enum LooksReader {
    /// Unicode scalars of the launcher's words: it is a button in a corner.
    private static let longestLauncher = 40

    static func read(_ node: Node?, warnings: inout [NotationError]) throws -> Site.Looks {
        guard let node else { return .init() }
        let fields = try Fields(node, known: ["colour", "position", "launcher"])
        return .init(
            colour: try fields["colour"].map { try colour($0, warnings: &warnings) } ?? Site.Looks.shippedColour,
            position: try fields["position"]?.choice(Site.Position.self) ?? .end,
            launcher: try fields["launcher"]?.line(most: longestLauncher))
    }

    private static func colour(_ node: Node, warnings: inout [NotationError]) throws -> Colour {
        let text = try node.string()
        guard let colour = Colour(text) else {
            throw node.error("'\(text)' is no colour; write \"#rrggbb\" in quotes, such as \"\(Site.Looks.shippedColour.text)\"")
        }
        if let fault = Site.Looks.fault(in: colour) { throw node.error(fault) }
        if let weakness = Site.Looks.weakness(of: colour) { warnings.append(node.error(weakness)) }
        return colour
    }
}

/// `lead_form:` of a site.
enum LeadFormReader {
    /// Fields of one form.
    private static let mostFields = 10
    /// Choices of one field.
    private static let mostChoices = 30
    /// Unicode scalars of a label, and of a choice.
    private static let longestLabel = 120
    /// Unicode scalars of what a customer agrees to.
    private static let longestConsent = 1_000

    static func read(_ node: Node?) throws -> LeadForm? {
        guard let node else { return nil }
        let fields = try Fields(node, known: ["when", "fields", "consent"])
        let names = try Fields(try fields.required("fields"), known: nil)
        guard (1...mostFields).contains(names.keys.count) else {
            throw names.node.error("a form has 1 to \(mostFields) fields; people leave a long one")
        }
        return LeadForm(
            moment: try fields.required("when").choice(LeadForm.Moment.self),
            fields: try names.keys.map { try field($0, names[$0], in: names.node) }, consent: try fields["consent"].map(consent))
    }

    private static func field(_ name: String, _ node: Node?, in form: Node) throws -> LeadForm.Field {
        let place = node ?? form
        let isPlain = name.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "_") }
        guard isPlain, (1...40).contains(name.utf8.count) else {
            throw place.error("'\(name.prefix(60))' cannot name a field; use up to 40 of a-z, 0-9 and '_'; what people read is its label")
        }
        // `name` and `email` may stand alone: the widget has words for them.
        let isOurs = name == "name" || name == "email"
        guard let node else {
            guard isOurs else { throw place.error("the field '\(name)' needs a label; write '\(name): { label: ... }'") }
            return .init(name: name)
        }
        let fields = try Fields(node, known: ["label", "required", "kind", "choices"])
        let label = try isOurs ? fields["label"]?.line(most: longestLabel) : fields.required("label").line(most: longestLabel)
        return .init(
            name: name, label: label, isRequired: try fields["required"]?.boolean() ?? false, kind: try kind(fields, isOurs: isOurs))
    }

    private enum Kind: String, CaseIterable { case text, choice }

    private static func kind(_ fields: Fields, isOurs: Bool) throws -> LeadForm.Kind {
        switch try fields["kind"]?.choice(Kind.self) ?? .text {
        case .text:
            if let choices = fields["choices"] { throw choices.error("choices are for 'kind: choice'") }
            return .text
        case .choice:
            if isOurs, let kind = fields["kind"] { throw kind.error("a name or an e-mail address is typed; leave 'kind' out") }
            let node = try fields.required("choices")
            let choices = try node.items().map { try $0.line(most: longestLabel) }
            guard (2...mostChoices).contains(choices.count), Set(choices).count == choices.count else {
                throw node.error("give 2 to \(mostChoices) choices, each once")
            }
            return .choice(choices)
        }
    }

    private static func consent(_ node: Node) throws -> LeadForm.Consent {
        let fields = try Fields(node, known: ["text", "link"])
        return .init(text: try fields.required("text").text(most: longestConsent), link: try fields["link"].map(link))
    }

    private static func link(_ node: Node) throws -> String {
        let text = try node.string()
        guard text.utf8.count <= 2_000, let parts = URLComponents(string: text), ["http", "https"].contains(parts.scheme ?? ""),
            !(parts.host ?? "").isEmpty, parts.user == nil
        else { throw node.error("'\(text.prefix(100))' is no address of a page; write https://...") }
        return text
    }
}

extension Node {
    /// Words that people read: not empty, at most so many Unicode scalars, no control characters but line ends.
    fileprivate func text(most: Int) throws -> String {
        let text = try string()
        guard text.contains(where: { !$0.isWhitespace }) else { throw error("the text is empty; write what the customer should read") }
        guard text.unicodeScalars.count <= most else { throw error("the text is longer than \(most) characters; shorten it") }
        guard text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control || $0 == "\n" }) else {
            throw error("the text holds a control character; write it anew")
        }
        return text
    }

    /// The same in one line.
    fileprivate func line(most: Int) throws -> String {
        let line = try text(most: most)
        guard !line.unicodeScalars.contains("\n") else { throw error("write it in one line") }
        return line
    }
}
