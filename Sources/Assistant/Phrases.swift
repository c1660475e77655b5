import Foundation
package import Inbox

/// What the product itself says to customers: announcements, the offer of a person, greetings. Texts come from the workspace's `messages.yaml`; they are never
/// written by a model.
package struct Phrases: Sendable {
    /// One text, told by how reachable the team is.
    package struct Variants: Sendable {
        let online: String
        let busy: String
        let closed: String

        /// - Parameters:
        ///   - online: somebody is there.
        ///   - busy: within hours, but everybody is at capacity or away.
        ///   - closed: out of hours; may use `{{opens}}`.
        package init(online: String, busy: String, closed: String) {
            self.online = online
            self.busy = busy
            self.closed = closed
        }
    }

    /// The variables a text may use.
    package static let variables = ["customer", "team", "opens"]
    private let texts: [String: Variants]

    /// - Parameter texts: by key; `Phrases.requiredKeys` must be among them.
    package init(_ texts: [String: Variants]) { self.texts = texts }

    /// Keys that must exist: the product says these in every workspace.
    package static let requiredKeys = ["handoff", "offer_person", "greeting", "thanks", "goodbye", "still_waiting"]

    /// Whether there is a text of this key.
    package func has(_ key: String) -> Bool { texts[key] != nil }

    /// The text for a key; an unknown key falls back to `handoff`, so that an announcement is never empty.
    package func text(_ key: String, availability: Availability = .online, values: [String: String] = [:]) -> String {
        guard let variants = texts[key] ?? texts["handoff"] else { return "I'm connecting you with a specialist." }
        let template =
            switch availability {
            case .online: variants.online
            case .busy: variants.busy
            case .closed: variants.closed
            }
        return Self.fill(template, values)
    }

    /// The names inside `{{...}}` of a text, for checking at start.
    package static func names(in template: String) -> [String] {
        template.split(separator: "{{", omittingEmptySubsequences: false).dropFirst().map { part in
            String(part.prefix { $0 != "}" }).trimmingCharacters(in: .whitespaces)
        }
    }

    /// One pass from left to right, so that a value that looks like a variable stays what it is.
    private static func fill(_ template: String, _ values: [String: String]) -> String {
        var result = ""
        for (number, part) in template.split(separator: "{{", omittingEmptySubsequences: false).enumerated() {
            guard number > 0, let end = part.range(of: "}}") else {
                result += (number > 0 ? "{{" : "") + part
                continue
            }
            let name = part[..<end.lowerBound].trimmingCharacters(in: .whitespaces)
            result += (values[name] ?? "") + part[end.upperBound...]
        }
        return result
    }
}
