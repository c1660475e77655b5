import Foundation
import Inbox
import Notation
import Storage

/// `macros.yaml`: the ready replies that a team begins with. Each is put in once; what the team makes of it in the inbox counts from then on, so a change in
/// the file changes nothing that is there. A workspace without the file begins with none.
enum MacroReader {
    private static let mostMacros = 200

    /// - Parameter teams: those that a line may pass a conversation to.
    /// - Throws: `NotationError`, `CommandError`.
    static func read(_ path: String, teams: Set<TeamID>) throws -> [(id: MacroID, draft: MacroDraft)] {
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        let node = try ConfigFile.read(path)
        let fields = try Fields(node, known: nil)
        guard fields.keys.count <= mostMacros else { throw node.error("more than \(mostMacros) ready replies; keep those that are used") }
        return try fields.keys.map { name in
            let entry = try Fields(
                try fields.required(name), known: ["name", "text", "tags", "resolve", "snooze", "team"])
            return (
                MacroID(name),
                MacroDraft(
                    name: try entry.required("name").string(), text: try entry["text"]?.string(), tags: try entry["tags"]?.strings() ?? [],
                    then: try then(entry, teams, try fields.required(name)))
            )
        }
    }

    private static func then(_ entry: Fields, _ teams: Set<TeamID>, _ node: Node) throws -> Macro.Then {
        var wanted: [Macro.Then] = []
        if try entry["resolve"]?.boolean() == true { wanted.append(.resolve) }
        if let snooze = entry["snooze"] {
            wanted.append(.snooze(minutes: Int(try snooze.milliseconds(in: 60_000...Int64(366 * 86_400_000)) / 60_000)))
        }
        if let place = entry["team"] {
            let team = TeamID(try place.string())
            guard teams.contains(team) else {
                throw place.error("there is no team '\(team)'; known: \(teams.map(\.text).sorted().joined(separator: ", "))")
            }
            wanted.append(.assign(team))
        }
        guard wanted.count <= 1 else { throw node.error("it may do one thing afterwards: resolve, snooze or team") }
        return wanted.first ?? .nothing
    }
}
