import Foundation

/// `multipart/form-data` as browsers send a form with a file (RFC 7578; the exact bytes are in
/// https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data). Only that is read: no preamble, no nested parts, no encodings,
/// at most one file, every field once.
struct MultipartReader {
    /// A file that a form brings.
    struct File: Hashable, Sendable {
        /// The field's name.
        let field: String
        /// As its sender calls it: anything.
        let name: String
        let bytes: [UInt8]
    }

    private(set) var fields: [Percent.Item] = []
    /// Nil where none was chosen.
    private(set) var file: File?

    /// Parts of a form.
    static let mostParts = 32
    /// Bytes of one part's head.
    static let largestHead = 4 << 10
    /// Characters of a boundary (RFC 2046, section 5.1.1).
    static let longestBoundary = 70

    /// The boundary that a Content-Type names; nil for any other type, and for a boundary that is none.
    static func boundary(of contentType: String) -> String? {
        let parts = contentType.split(separator: ";").map { trimmed($0) }
        guard parts.first?.lowercased() == "multipart/form-data",
            let parameter = parts.dropFirst().first(where: { $0.lowercased().hasPrefix("boundary=") })
        else { return nil }
        var text = parameter.dropFirst("boundary=".count)
        if text.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") { text = text.dropFirst().dropLast() }
        let isPlain = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") }
        return isPlain && (1...longestBoundary).contains(text.utf8.count) ? String(text) : nil
    }

    /// - Returns: nil for what no browser sends.
    init?(_ bytes: [UInt8], boundary: String) {
        let opening = Array("--\(boundary)".utf8)
        let closing = [0x0D, 0x0A] + opening
        guard bytes.starts(with: opening) else { return nil }
        var at = opening.count
        for _ in 0..<Self.mostParts {
            if Self.has(bytes, "--", at: at) {
                // After the end there is a line end at most.
                let rest = bytes[(at + 2)...]
                guard rest.isEmpty || rest.elementsEqual([0x0D, 0x0A]) else { return nil }
                return
            }
            guard Self.has(bytes, "\r\n", at: at),
                let head = Self.find([0x0D, 0x0A, 0x0D, 0x0A], in: bytes, from: at, most: Self.largestHead),
                let end = Self.find(closing, in: bytes, from: head + 2, most: bytes.count),
                add(bytes[min(at + 2, head)..<head], bytes[min(head + 4, end)..<end])
            else { return nil }
            at = end + closing.count
        }
        return nil
    }

    /// Takes in one part.
    /// - Returns: whether it is one.
    private mutating func add(_ head: ArraySlice<UInt8>, _ content: ArraySlice<UInt8>) -> Bool {
        guard let text = String(validating: head, as: UTF8.self) else { return false }
        let lines = text.split(separator: "\r\n")
        let dispositions = lines.filter { $0.lowercased().hasPrefix("content-disposition:") }
        guard dispositions.count == 1, let line = dispositions.first,
            !lines.contains(where: { $0.lowercased().hasPrefix("content-transfer-encoding:") })
        else { return false }
        let value = Self.trimmed(line.dropFirst("content-disposition:".count))
        guard value.lowercased().hasPrefix("form-data;"), let name = Self.parameter("name", of: value), !name.isEmpty else { return false }
        if let fileName = Self.parameter("filename", of: value) {
            // A file field in which nothing was chosen.
            if fileName.isEmpty, content.isEmpty { return true }
            guard file == nil else { return false }
            file = File(field: name, name: fileName, bytes: Array(content))
            return true
        }
        guard let value = String(validating: content, as: UTF8.self), !value.utf8.contains(0), !fields.contains(where: { $0.name == name })
        else { return false }
        fields.append(.init(name: name, value: value))
        return true
    }

    /// A quoted parameter. Browsers escape three characters of it, and nothing else.
    private static func parameter(_ name: String, of value: String) -> String? {
        for marker in ["; \(name)=\"", ";\(name)=\""] {
            guard let found = value.range(of: marker) else { continue }
            let rest = value[found.upperBound...]
            guard let end = rest.firstIndex(of: "\"") else { return nil }
            return String(rest[..<end]).replacing("%22", with: "\"").replacing("%0D", with: "\r").replacing("%0A", with: "\n")
        }
        return nil
    }

    private static func has(_ bytes: [UInt8], _ text: StaticString, at place: Int) -> Bool {
        let wanted = Array(text.description.utf8)
        return place + wanted.count <= bytes.count && bytes[place..<(place + wanted.count)].elementsEqual(wanted)
    }

    /// Where some bytes begin next, looking at most so far.
    private static func find(_ wanted: [UInt8], in bytes: [UInt8], from start: Int, most: Int) -> Int? {
        bytes.withUnsafeBufferPointer { all in
            wanted.withUnsafeBufferPointer { wanted in
                let last = min(all.count - wanted.count, start.addingReportingOverflow(most).partialValue)
                var at = start
                while at <= last {
                    var same = 0
                    while same < wanted.count, all[at + same] == wanted[same] { same += 1 }
                    if same == wanted.count { return at }
                    at += 1
                }
                return nil
            }
        }
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        String(text.drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    }
}
