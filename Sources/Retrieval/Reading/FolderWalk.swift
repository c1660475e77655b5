import Foundation

/// The files of a folder that can be read as documents, in stable order (by path, byte by byte). Hidden files and folders are passed over,
/// and so are links to folders and links that lead out of the root; devices, sockets and pipes are no documents.
struct FolderWalk {
    let root: String
    let filter: GlobFilter

    /// Paths below the root.
    /// - Throws: `RetrievalError.sourceUnreadable` where the root itself cannot be read.
    func files() throws -> [String] {
        var found: [String] = []
        let real = try Self.realPath(of: root)
        var folders = [""]
        while let folder = folders.popLast() {
            guard found.count < Self.mostFiles else { break }
            let path = folder.isEmpty ? root : root + "/" + folder
            let names: [String]
            do { names = try FileManager.default.contentsOfDirectory(atPath: path) } catch {
                // A folder inside that cannot be read has no documents for us; the root must be readable.
                if folder.isEmpty { throw RetrievalError.sourceUnreadable(path: root, why: "the folder cannot be read") }
                continue
            }
            for name in names where !name.hasPrefix(".") {
                let below = folder.isEmpty ? name : folder + "/" + name
                switch Self.kind(of: root + "/" + below, inside: real) {
                case .folder: if below.utf8.count < Self.longestPath { folders.append(below) }
                case .file: if SourceFile.kind(of: name) != nil, filter.wants(below) { found.append(below) }
                case .other: break
                }
            }
        }
        return found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    enum Kind { case folder, file, other }

    static func kind(of path: String, inside root: String) -> Kind {
        var status = stat()
        guard lstat(path, &status) == 0 else { return .other }
        switch status.st_mode & S_IFMT {
        case S_IFDIR: return .folder
        case S_IFREG: return .file
        case S_IFLNK:
            // A link that cannot be resolved leads nowhere.
            guard let target = try? realPath(of: path), target.hasPrefix(root + "/"), stat(target, &status) == 0 else { return .other }
            return status.st_mode & S_IFMT == S_IFREG ? .file : .other
        default: return .other
        }
    }

    static func realPath(of path: String) throws -> String {
        guard let resolved = realpath(path, nil) else {
            throw RetrievalError.sourceUnreadable(path: path, why: String(cString: strerror(errno)))
        }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// The most files of one folder tree.
    private static let mostFiles = 1_000_000
    /// Deeper folders are passed over, in bytes.
    private static let longestPath = 3_000
}
