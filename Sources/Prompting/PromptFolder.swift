import Foundation

/// The files of a prompt folder as texts.
enum PromptFolder {
    /// Files in a folder, at most.
    private static let mostFiles = 500
    private static let fixtures = "fixtures"

    /// - Returns: the texts by path inside the folder, and what could not be read.
    static func read(_ folder: String) -> (texts: [String: String], faults: [PromptFault]) {
        var texts: [String: String] = [:]
        var faults: [PromptFault] = []
        do {
            let top = try names(in: folder)
            let below = top.contains(fixtures) ? try names(in: folder + "/" + fixtures).map { "\(fixtures)/\($0)" } : []
            let wanted = top.filter { $0.hasSuffix(".prompt") } + below.filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".prompt") }
            guard wanted.count <= mostFiles else {
                return ([:], [PromptFault(Place(file: ".", line: 1), "more than \(mostFiles) files; split the folder")])
            }
            for name in wanted {
                switch text(at: folder + "/" + name) {
                case .success(let text): texts[name] = text
                case .failure(let reason): faults.append(PromptFault(Place(file: name, line: 1), reason.what))
                }
            }
        } catch {
            faults.append(
                PromptFault(Place(file: ".", line: 1), "the folder '\(folder)' cannot be read; check the path and its permissions"))
        }
        return (texts, faults)
    }

    private struct Unreadable: Error { let what: String }

    /// Hidden entries are other programs' (editors, volume mounts).
    private static func names(in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).filter { !$0.hasPrefix(".") }.sorted()
    }

    /// Never reads more than one byte over the limit, however large the file is.
    private static func text(at path: String) -> Result<String, Unreadable> {
        do {
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            // A handle that cannot be closed has nothing left to tell.
            defer { try? handle.close() }
            let bytes = try handle.read(upToCount: PromptFile.largest + 1) ?? Data()
            guard bytes.count <= PromptFile.largest else {
                return .failure(
                    Unreadable(what: "the file is larger than \(PromptFile.largest / 1024) KiB; shorten it or move parts into partials"))
            }
            guard let text = String(validating: bytes, as: UTF8.self) else {
                return .failure(Unreadable(what: "the file is not UTF-8 text; save it as UTF-8"))
            }
            return .success(text)
        } catch {
            return .failure(Unreadable(what: "the file cannot be read; check its permissions"))
        }
    }
}
