import Foundation

/// Reads one file as far as its size allows.
enum SourceFile {
    enum Kind: Hashable {
        case document(SourceDocument.Format)
        case lines
    }

    /// The largest file taken as one document, and the longest JSONL line, in bytes.
    static let largest = 10 << 20

    /// By the name's ending; nil for files that are no documents.
    static func kind(of name: String) -> Kind? {
        guard let dot = name.lastIndex(of: ".") else { return nil }
        return switch name[name.index(after: dot)...].lowercased() {
        case "md", "markdown", "mdx": .document(.markdown)
        case "html", "htm", "xhtml": .document(.html)
        case "txt", "text": .document(.plain)
        case "rst": .document(.restructured)
        case "jsonl", "ndjson": .lines
        default: nil
        }
    }

    /// The text of a file, decoded.
    static func read(_ path: String) -> TextDecoding.Outcome {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { return .refused(why: String(cString: strerror(errno))) }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return .refused(why: "it is not a file") }
        guard status.st_size <= largest else { return .refused(why: "it is larger than \(largest >> 20) MiB; split it") }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Foundation.read(file, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return .refused(why: String(cString: strerror(errno))) }
            if count == 0 { break }
            bytes.append(contentsOf: buffer[..<count])
            // It may have grown since.
            guard bytes.count <= largest else { return .refused(why: "it is larger than \(largest >> 20) MiB; split it") }
        }
        return TextDecoding.decode(bytes)
    }
}
