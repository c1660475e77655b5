import Foundation
import Support

/// `BatonBench`: speed and memory of the product, each figure beside a yardstick that was measured in the same run on the same machine, so that what is compared is
/// the code and not the hardware. Nothing here is a test: no figure fails anything. Everything happens on 127.0.0.1 and in temporary folders.
///
/// The first argument may name a part that this program plays in a process of its own (`Part`); all others name groups.
@main
enum Bench {
    /// One group of figures.
    enum Group: String, CaseIterable {
        case search, ingest, turns, start, service, siege, inbox, secrets
    }

    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        do {
            if let part = arguments.first.flatMap(Part.init(rawValue:)) { return try await part.play(Array(arguments.dropFirst())) }
            guard let groups = groups(named: arguments) else { exit(64) }
            try await run(groups)
        } catch {
            say("bench: \(error)")
            exit(1)
        }
    }

    private static func groups(named names: [String]) -> [Group]? {
        let groups = names.map { Group(rawValue: $0) }
        let known = Group.allCases.map(\.rawValue).joined(separator: ", ")
        guard !groups.contains(where: { $0 == nil }) else {
            say("There are the groups \(known). Name some of them, or none for all.")
            return nil
        }
        return names.isEmpty ? Group.allCases : groups.compactMap(\.self)
    }

    private static func run(_ groups: [Group]) async throws {
        let table = Table()
        let began = Moment()
        table.head(try Machine.description())
        for group in groups {
            try await table.group(group.rawValue) {
                switch group {
                case .search: try await SearchFigures(table: table).measure()
                case .ingest: try await IngestFigures(table: table).measure()
                case .turns: try await TurnFigures(table: table).measure()
                case .start: try await StartFigures(table: table).measure()
                case .service: try await ServiceFigures(table: table).measure()
                case .siege: try await SiegeFigures(table: table).measure()
                case .inbox: try await InboxFigures(table: table).measure()
                case .secrets: try await SecretFigures(table: table).measure()
                }
            }
        }
        table.end(seconds: began.seconds)
    }

    /// Talk, beside the figures.
    static func say(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
}
