import Assistant
import Foundation
import Notation
import Web

/// The key `sites` of `workspace.yaml`.
enum SiteReader {
    /// - Throws: `NotationError`.
    static func sites(_ node: Node?, assistants: [String: AssistantProfile]) throws -> [Site] {
        guard let node else { return [] }
        let fields = try Fields(node, known: nil)
        return try fields.keys.map { key in
            let place = try fields.required(key)
            let isPlain = key.utf8.allSatisfy {
                (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-")
            }
            guard isPlain, (3...64).contains(key.utf8.count) else {
                throw place.error("a site's key has 3 to 64 of a-z, 0-9 and '-', because it stands in addresses")
            }
            let entry = try Fields(place, known: ["name", "assistant", "origins", "greeting"])
            let assistant = try entry.required("assistant")
            guard assistants[try assistant.string()] != nil else {
                throw assistant.error("there is no assistant of that name; known: \(assistants.keys.sorted().joined(separator: ", "))")
            }
            return Site(
                key: key, name: try entry.required("name").string(), assistant: try assistant.string(),
                origins: try entry["origins"].map { try $0.items().map(origin) } ?? [],
                greeting: try entry["greeting"]?.string() ?? "Hello, how can I help?")
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
