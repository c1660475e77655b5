/// The customer's message of an answer prompt, read back: the passages and the question as a program finds them.
///
/// The inverse of what the answer prompts render. The built-in responder answers from it, and the check of a prompt folder reads every answer prompt's
/// probe rendering back through it, so that a prompt it cannot read is never served. Format, line by line:
/// ```
/// DATA 1f2e3d4c
/// [fees::2] Withdrawal fees > Bank transfer
/// the passage, any number of lines
/// END 1f2e3d4c
/// Customer: the question, to the end of the message
/// ```
/// Further blocks (`NOTE 1f2e3d4c` ... `END 1f2e3d4c`) may stand between the two and are passed over.
package struct DataBlock: Sendable, Hashable {
    /// One passage of the block.
    package struct Passage: Sendable, Hashable {
        /// As the answer must cite it. Contains no `]`.
        package let id: String
        /// The rest of its first line: the title, and the headings where the prompt shows them.
        package let title: String
        /// Without blank lines around it.
        package let text: String

        /// - Parameters:
        ///   - id: without `]`.
        ///   - title: on one line.
        package init(id: String, title: String, text: String) {
            self.id = id
            self.title = title
            self.text = text
        }
    }

    /// The fence, 8 hexadecimal digits.
    package let boundary: String
    /// Best first, as sent; empty where nothing was found.
    package let passages: [Passage]
    /// The customer's last message.
    package let question: String

    /// Nil where the message does not hold a complete block and a question after it.
    package static func parse(_ userMessage: String) -> DataBlock? {
        let lines = userMessage.split(separator: "\n", omittingEmptySubsequences: false)
        guard let start = lines.firstIndex(where: { boundary(opening: "DATA ", $0) != nil }),
            let boundary = boundary(opening: "DATA ", lines[start])
        else { return nil }
        let after = lines[(start + 1)...]
        guard let end = after.firstIndex(where: { $0 == "END \(boundary)" }),
            let question = question(in: lines[(end + 1)...], boundary)
        else { return nil }
        return DataBlock(boundary: boundary, passages: passages(in: after[..<end]), question: question)
    }

    private static func boundary(opening word: String, _ line: Substring) -> String? {
        guard line.hasPrefix(word) else { return nil }
        let rest = line.dropFirst(word.count)
        return Boundary.isValid(rest) ? String(rest) : nil
    }

    private static func passages(in lines: ArraySlice<Substring>) -> [Passage] {
        var passages: [Passage] = []
        var open: (id: String, title: String, lines: [Substring])?
        func close() {
            guard let passage = open else { return }
            passages.append(Passage(id: passage.id, title: passage.title, text: joined(passage.lines)))
        }
        for line in lines {
            if let header = header(line) {
                close()
                open = (header.id, header.title, [])
            } else {
                open?.lines.append(DataLine.unstuffed(line))
            }
        }
        close()
        return passages
    }

    private static func header(_ line: Substring) -> (id: String, title: String)? {
        guard line.first == "[", let end = line.firstIndex(of: "]") else { return nil }
        let id = line[line.index(after: line.startIndex)..<end]
        guard !id.isEmpty else { return nil }
        return (String(id), line[line.index(after: end)...].trimmingBlanks())
    }

    private static func question(in lines: ArraySlice<Substring>, _ boundary: String) -> String? {
        var isInNote = false
        for (index, line) in zip(lines.indices, lines) {
            if isInNote {
                isInNote = line != "END \(boundary)"
            } else if line.hasSuffix(" \(boundary)") {
                isInNote = true
            } else if line.hasPrefix("Customer:") {
                let first = Substring(line.dropFirst("Customer:".count).trimmingBlanks())
                return joined([first] + lines[(index + 1)...].map { DataLine.unstuffed($0) })
            }
        }
        return nil
    }

    private static func joined(_ lines: [Substring]) -> String {
        let isBlank: (Substring) -> Bool = { $0.allSatisfy { $0 == " " || $0 == "\t" } }
        var rest = lines[...]
        while let last = rest.last, isBlank(last) { rest.removeLast() }
        return rest.drop(while: isBlank).joined(separator: "\n")
    }
}
