import Notation

/// Cuts the body of a file into its messages at the role lines (`system:`, `history:`, `user:`, `assistant:` alone on a line).
struct BodySplitter {
    private let file: String
    private let isPartial: Bool
    private var faults: FaultList
    private var parts: [BodyPart] = []
    private var open: (kind: BodyPart.Kind, place: Place, lines: [Substring])

    static let roles = ["system", "history", "user", "assistant"]
    /// Roles of other tools, which would become part of the message before.
    private static let foreign = ["developer", "tool", "function", "human", "model", "ai", "bot"]

    static func split(_ lines: ArraySlice<Substring>, firstLine: Int, file: String, isPartial: Bool, faults: inout FaultList) -> [BodyPart]
    {
        var splitter = BodySplitter(file: file, isPartial: isPartial, firstLine: firstLine, faults: faults)
        for (offset, line) in lines.enumerated() { splitter.take(line, line: firstLine + offset) }
        splitter.close()
        if !isPartial { splitter.checkOrder(firstLine: firstLine) }
        faults = splitter.faults
        return splitter.parts
    }

    private init(file: String, isPartial: Bool, firstLine: Int, faults: FaultList) {
        self.file = file
        self.isPartial = isPartial
        self.faults = faults
        open = (.partial, Place(file: file, line: firstLine), [])
    }

    private mutating func take(_ line: Substring, line number: Int) {
        let place = Place(file: file, line: number)
        let word = line.trimmingBlanks()
        guard word.hasSuffix(":"), !word.contains(" ") else { return open.lines.append(line) }
        let role = String(word.dropLast())
        if Self.roles.contains(role), line.first != " ", line.first != "\t" {
            if isPartial {
                return faults.report(
                    place, "a partial is a piece of a message and has no role lines; move '\(role):' to the prompt that uses it")
            }
            close()
            let kind: BodyPart.Kind = ChatMessage.Role(rawValue: role).map { .message($0) } ?? .history
            open = (kind, place, [])
            return
        }
        suspect(role, place)
        open.lines.append(line)
    }

    /// A line that looks like a role line and is none would silently become text of the message before it.
    private mutating func suspect(_ role: String, _ place: Place) {
        if Self.roles.contains(role.lowercased()) {
            faults.report(
                place,
                "role lines begin at the margin and are lower case: write '\(role.lowercased()):'; if it is text, put words before it")
        } else if Self.foreign.contains(role.lowercased()) {
            faults.report(
                place,
                "'\(role):' is not a role here; write one of system:, history:, user:, assistant:. If it is text, put words before it")
        } else if let near = Suggestion.nearest(to: role, among: Self.roles), role == role.lowercased() {
            faults.report(
                place, "'\(role):' alone on a line looks like the role '\(near):'; write that, or put words before it if it is text")
        }
    }

    private mutating func close() {
        let text = open.lines.joined(separator: "\n")
        let isEmpty = open.lines.allSatisfy { $0.trimmingBlanks().isEmpty }
        if open.kind == .partial, !isPartial {
            if !isEmpty {
                faults.report(open.place, "text before the first role line belongs to no message; begin the body with 'system:' or 'user:'")
            }
            return
        }
        if open.kind == .history {
            if !isEmpty {
                faults.report(
                    open.place, "'history:' stands alone: the conversation so far goes there. Begin the next message with its own role line"
                )
            }
        } else if isEmpty {
            faults.report(open.place, "this message is empty; write it or remove its role line")
        }
        let parsed = TemplateParser.parse(text, file: file, firstLine: isPartial ? open.place.line : open.place.line + 1)
        faults.add(parsed.faults)
        parts.append(BodyPart(kind: open.kind, place: open.place, nodes: parsed.nodes, text: text))
    }

    private mutating func checkOrder(firstLine: Int) {
        let place = Place(file: file, line: firstLine)
        for (index, part) in parts.enumerated() where part.kind == .message(.system) && index > 0 {
            faults.report(
                part.place, "'system:' must be the first message and stand once; many endpoints refuse it elsewhere. Move the text up")
        }
        let histories = parts.indices.filter { parts[$0].kind == .history }
        if histories.count > 1 { faults.report(parts[histories[1]].place, "'history:' stands here a second time; keep one") }
        if parts.last?.kind != .message(.user) {
            faults.report(parts.last?.place ?? place, "the last message must be 'user:', which the model then answers; add it at the end")
        }
    }
}
