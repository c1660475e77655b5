import Foundation
import Support
import Testing

/// The map in ARCHITECTURE.md and the house must be the same: whoever changes one is told about the other.
struct HouseTests {
    private let root = Project.root

    private func text(_ path: String) throws -> String { try String(contentsOfFile: root + "/" + path, encoding: .utf8) }

    private func swiftFiles(in folder: String) throws -> [String] {
        let all = FileManager.default.enumerator(atPath: root + "/" + folder)?.allObjects as? [String] ?? []
        return all.filter { $0.hasSuffix(".swift") }.sorted().map { folder + "/" + $0 }
    }

    /// The cells of the table under a heading of ARCHITECTURE.md, without its head.
    private func table(under heading: String, in file: String = "ARCHITECTURE.md") throws -> [[String]] {
        let lines = try text(file).components(separatedBy: "\n")
        let start = try #require(lines.firstIndex { $0.hasPrefix("#") && $0.contains(heading) }, "no heading '\(heading)' in \(file)")
        let section = lines[(start + 1)...].prefix { !$0.hasPrefix("## ") }
        let rows = section.filter { $0.hasPrefix("|") }.map { line in
            line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast().map {
                $0.trimmingCharacters(in: .whitespaces)
            }
        }
        return Array(rows.dropFirst(2))
    }

    private func names(in cell: String) -> Set<String> {
        let parts = cell.components(separatedBy: "`")
        return Set(parts.indices.filter { $0 % 2 == 1 }.map { parts[$0] })
    }

    @Test func `every room is on the map, with its real neighbours`() throws {
        let rows = try table(under: "Rooms")
        let onTheMap = Dictionary(uniqueKeysWithValues: try rows.map { row in (try #require(names(in: row[0]).first), names(in: row[2])) })
        let folders = try FileManager.default.contentsOfDirectory(atPath: root + "/Sources")
        #expect(Set(onTheMap.keys) == Set(folders))
        let rooms = Set(folders)
        for room in folders {
            let allowed = try #require(onTheMap[room])
            for file in try swiftFiles(in: "Sources/" + room) {
                let imported = try text(file).components(separatedBy: "\n").compactMap { line -> String? in
                    var words = line.split(separator: " ").map(String.init)
                    while let first = words.first, ["package", "internal", "private", "@preconcurrency"].contains(first) {
                        words.removeFirst()
                    }
                    return words.first == "import" ? words.last : nil
                }
                let neighbours = Set(imported).intersection(rooms)
                #expect(
                    neighbours.isSubset(of: allowed), "\(file) imports \(neighbours.subtracting(allowed)), which the map does not allow")
            }
        }
    }

    @Test
    func
        `only Baton reads the environment, only Completion speaks to a model, only Retrieval, Inbox, Metering, Access, Delivery and Storage write SQL`()
        throws
    {
        for file in try swiftFiles(in: "Sources") {
            let source = try text(file)
            if !file.hasPrefix("Sources/Baton/") {
                #expect(
                    !source.contains("ProcessInfo.processInfo.environment") && !source.contains("getenv("), "\(file) reads the environment")
            }
            if !["Storage", "Retrieval", "Inbox", "Metering", "Access", "Delivery"].contains(where: { file.hasPrefix("Sources/\($0)/") }) {
                for word in ["INSERT INTO", "UPDATE ", "DELETE FROM", "SELECT "] {
                    #expect(!source.contains("\"" + word) && !source.contains("    " + word), "\(file) contains SQL")
                }
            }
            if !file.hasPrefix("Sources/Completion/") && !file.hasPrefix("Sources/Baton/Responder/") {
                #expect(!source.contains("/chat/completions"), "\(file) speaks to a model")
            }
        }
    }

    @Test func `no room holds a trap that the outside could reach`() throws {
        for file in try swiftFiles(in: "Sources") {
            for (number, line) in try text(file).components(separatedBy: "\n").enumerated()
            where !line.trimmingCharacters(in: .whitespaces).hasPrefix("//") {
                for trap in ["fatalError(", "try!", " as! ", "preconditionFailure(", "unowned "] {
                    #expect(!line.contains(trap), "\(file):\(number + 1) holds \(trap)")
                }
            }
        }
    }

    @Test func `every package declaration explains itself`() throws {
        let kinds = [
            "func", "struct", "enum", "class", "actor", "protocol", "let", "var", "init", "typealias", "subscript", "static", "final",
            "indirect",
        ]
        for file in try swiftFiles(in: "Sources") {
            var before = ""
            for (number, line) in try text(file).components(separatedBy: "\n").enumerated() {
                let words = line.trimmingCharacters(in: .whitespaces).split { " (<[".contains($0) }.map(String.init)
                let isDeclaration = words.first == "package" && words.count > 1 && kinds.contains(words[1])
                if isDeclaration, !before.hasPrefix("///"), !before.hasPrefix("@") {
                    // What a protocol of the language or the standard library asks for is explained there.
                    let known = [
                        "description", "hash", "encode", "init", "==", "<", "sqlValue", "read", "rows", "row", "eachRow", "prefix", "next",
                        "makeAsyncIterator", "Element", "rawValue", "errorDescription",
                    ]
                    let isConformance =
                        known.contains { name in words.contains { $0 == name || $0.hasPrefix(name + ":") } }
                        || line.contains("static func < (")
                    #expect(isConformance, "\(file):\(number + 1) has no doc comment: \(line.trimmingCharacters(in: .whitespaces))")
                }
                if !line.trimmingCharacters(in: .whitespaces).isEmpty { before = line.trimmingCharacters(in: .whitespaces) }
            }
        }
    }

    /// The names of limits in a file: constants that begin with largest, longest, most or deepest, and the fields of the types that hold limits.
    private func limits(in file: String) throws -> [String] {
        let parts = file.split(separator: "/")
        let room = String(parts[1])
        let base = String(parts[parts.count - 1].dropLast(".swift".count))
        let fields = ["Inbox": "package var ", "HTTPClientSettings": "package var ", "Desk": "let turn"]
        return try text(file).components(separatedBy: "\n").compactMap { line in
            let code = line.trimmingCharacters(in: .whitespaces)
            guard !code.hasPrefix("//"), code.contains(" = ") || base == "Desk" else { return nil }
            if let range = code.range(of: "static let ") {
                let name = String(code[range.upperBound...].prefix { $0.isLetter || $0.isNumber })
                let isLimit = ["largest", "longest", "most", "deepest", "sweepLimit"].contains { name.hasPrefix($0) }
                return isLimit ? "\(room)/\(base).\(name)" : nil
            }
            guard let field = fields[base], code.hasPrefix(field) else { return nil }
            let name = String(code.dropFirst(field == "let turn" ? 4 : field.count).prefix { $0.isLetter || $0.isNumber })
            let isNumber =
                base == "Desk" ? code.contains(": Int") : code.split(separator: "=").last.map { $0.contains { $0.isNumber } } ?? false
            return isNumber ? "\(room)/\(base).\(name)" : nil
        }
    }

    @Test func `every limit has a row in the table, and every row a limit`() throws {
        let inSources = Set(try swiftFiles(in: "Sources").flatMap { try limits(in: $0) })
        let inTable = Set(try table(under: "Limits").flatMap { names(in: $0[0]) })
        #expect(inSources.count > 50)
        #expect(
            inSources == inTable, "only in sources: \(inSources.subtracting(inTable)); only in the table: \(inTable.subtracting(inSources))"
        )
    }

    @Test func `every setting, variable and command is in the documentation`() throws {
        let architecture = try text("README.md") + text("ARCHITECTURE.md") + text("Config/baton.yaml")
        let settings = try text("Sources/Baton/Settings/Settings.swift")
        let variables = Set(settings.components(separatedBy: "\"").filter { $0.hasPrefix("BATON_") && !$0.contains(" ") })
        #expect(variables.count > 5)
        for variable in variables { #expect(architecture.contains(variable), "\(variable) is not documented") }
        var commands: Set<String> = []
        for file in try swiftFiles(in: "Sources/Baton/Commands") {
            let parts = try text(file).components(separatedBy: "commandName: \"")
            for part in parts.dropFirst() { commands.insert(String(part.prefix { $0 != "\"" })) }
        }
        #expect(commands.count > 10)
        let readme = try text("README.md")
        for command in commands { #expect(readme.contains(command), "the command '\(command)' is not in the README") }
    }

    @Test func `the three upcoming features, Swift 6 and warnings as errors hold for every target`() throws {
        let manifest = try text("Package.swift")
        for setting in [
            "ExistentialAny", "InternalImportsByDefault", "MemberImportVisibility", ".swiftLanguageMode(.v6)",
            ".treatAllWarnings(as: .error)",
        ] {
            #expect(manifest.contains(setting))
        }
        for line in manifest.components(separatedBy: "\n") where line.contains("unsafeFlags") { Issue.record("unsafe flags: \(line)") }
    }
}
