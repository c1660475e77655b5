import Foundation

/// Reads a JSONL file line by line: `{"id": ..., "title": ..., "text": ...}`. A line that cannot be read is refused by number, the others
/// go in.
final class JSONLines {
    enum Item {
        case document(SourceDocument)
        case refused(line: Int, id: String?, why: String)
    }

    private let file: Int32
    private var buffer: [UInt8] = []
    private var start = 0
    private var isAtEnd = false
    private var line = 0
    /// Bytes handed out so far, and in all.
    private(set) var done = 0
    let size: Int

    /// - Throws: `RetrievalError.sourceUnreadable`.
    init(path: String) throws {
        file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw RetrievalError.sourceUnreadable(path: path, why: String(cString: strerror(errno))) }
        var status = stat()
        size = fstat(file, &status) == 0 ? Int(status.st_size) : 0
    }

    deinit { close(file) }

    /// The next line that is not empty; nil at the end.
    func next() -> Item? {
        while let bytes = nextLine() {
            line += 1
            guard let bytes else { return .refused(line: line, id: nil, why: "the line is longer than \(SourceFile.largest >> 20) MiB") }
            if bytes.allSatisfy({ $0 == 32 || $0 == 9 || $0 == 13 }) { continue }
            return item(bytes)
        }
        return nil
    }

    private struct Entry: Decodable {
        let id: String
        let title: String?
        let text: String?

        enum Keys: String, CodingKey { case id, title, text }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Keys.self)
            // An id may be written as a number.
            if let number = try? container.decode(Int64.self, forKey: .id) {
                id = String(number)
            } else {
                id = try container.decode(String.self, forKey: .id)
            }
            title = try container.decodeIfPresent(String.self, forKey: .title)
            text = try container.decodeIfPresent(String.self, forKey: .text)
        }
    }

    private func item(_ bytes: ArraySlice<UInt8>) -> Item {
        guard case .text(let text, _) = TextDecoding.decode(Array(bytes)) else {
            return .refused(line: line, id: nil, why: "it is not UTF-8")
        }
        do {
            let entry = try JSONDecoder().decode(Entry.self, from: Data(text.utf8))
            return .document(SourceDocument(id: entry.id, title: entry.title ?? "", text: entry.text ?? "", format: .plain))
        } catch {
            return .refused(line: line, id: nil, why: "it is not a JSON object with 'id' and 'text' as strings")
        }
    }

    /// The bytes up to the next newline; an inner nil is a line that is too long.
    private func nextLine() -> ArraySlice<UInt8>?? {
        var searched = start
        var isTooLong = false
        while true {
            if let end = buffer[searched...].firstIndex(of: 10) {
                defer { start = end + 1 }
                done += end + 1 - start
                return .some(isTooLong ? nil : buffer[start..<end])
            }
            if isAtEnd {
                guard start < buffer.count || isTooLong else { return nil }
                defer { start = buffer.count }
                done += buffer.count - start
                return .some(isTooLong ? nil : buffer[start...])
            }
            buffer.removeFirst(start)
            start = 0
            if buffer.count > SourceFile.largest {
                isTooLong = true
                done += buffer.count
                buffer = []
            }
            searched = buffer.count
            fill()
        }
    }

    private func fill() {
        var more = [UInt8](repeating: 0, count: 1 << 18)
        var count = read(file, &more, more.count)
        while count < 0, errno == EINTR { count = read(file, &more, more.count) }
        if count <= 0 { isAtEnd = true } else { buffer.append(contentsOf: more[..<count]) }
    }
}
