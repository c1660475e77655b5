import Notation

/// Reads a rules file into rules. Faults are collected rule by rule, so that one mistake does not hide the next.
struct RuleSetReader {
    let file: String
    private(set) var faults: [NotationError] = []
    private(set) var rules: [Rule] = []
    private(set) var topics: [Topic] = []
    var lexicon = Lexicon()
    private var lists: [String: [String]] = [:]
    private var wordBudget = 50_000

    /// Rules of one file.
    private static let mostRules = 1_000
    /// Topics of one file.
    private static let mostTopics = 200

    init(file: String) { self.file = file }

    /// - Throws: `NotationError` where the file is not one of rules at all.
    mutating func read(_ root: Node) throws {
        let fields = try Fields(root, known: ["version", "correct_words", "lists", "topics", "rules"])
        _ = try fields.required("version").integer(in: 1...1)
        try lexicon.add(correctWords: fields["correct_words"]?.strings() ?? [])
        readLists(fields["lists"])
        let topicNodes = fields["topics"]?.items() ?? []
        let ruleNodes = fields["rules"]?.items() ?? []
        guard topicNodes.count <= Self.mostTopics, ruleNodes.count <= Self.mostRules else {
            throw root.error("at most \(Self.mostTopics) topics and \(Self.mostRules) rules; join those that do the same")
        }
        for node in topicNodes { collect { try $0.topics.append($0.topic(node)) } }
        for node in ruleNodes { collect { try $0.rules.append($0.rule(node)) } }
    }

    private mutating func collect(_ work: (inout RuleSetReader) throws -> Void) {
        do {
            try work(&self)
        } catch let error as NotationError {
            faults.append(error)
        } catch {
            faults.append(NotationError(file: file, line: 1, "\(error)"))
        }
    }

    private mutating func readLists(_ node: Node?) {
        guard let node else { return }
        collect { reader in
            let fields = try Fields(node, known: nil)
            for name in fields.keys {
                reader.collect { reader in
                    guard let value = fields[name] else { throw node.error("the list '\(name)' is empty; give it words or take it away") }
                    reader.lists[name] = try reader.words(value)
                }
            }
        }
    }

    private mutating func topic(_ node: Node) throws -> Topic {
        let fields = try Fields(node, known: ["name", "says", "when", "sentences", "similar", "examples"])
        let name = try identifier(fields.required("name"))
        guard !topics.contains(where: { $0.name == name }) else { throw node.error("the topic '\(name)' stands here twice; join the two") }
        let condition = try fields["when"].map { try self.condition($0) }
        if let wrong = condition?.flattened.first(where: Self.isNotForTopics) {
            throw node.error("a topic is about words alone; '\(wrong.kind)' belongs into a rule")
        }
        let sentences = try fields["sentences"]?.strings() ?? []
        guard condition != nil || !sentences.isEmpty else { throw node.error("a topic needs 'when:' or 'sentences:'") }
        return Topic(
            name: name, says: try fields.required("says").string(), line: node.line, condition: condition, sentences: sentences,
            similar: try fields["similar"]?.number(in: 0.3...1) ?? 0.75, examples: try examples(fields["examples"]))
    }

    private static func isNotForTopics(_ condition: Condition) -> Bool {
        switch condition {
        case .all, .any, .not, .words, .phrase, .pattern, .amount: false
        default: true
        }
    }

    private mutating func rule(_ node: Node) throws -> Rule {
        let fields = try Fields(node, known: ["id", "says", "when", "then", "reason", "route", "message", "before", "mode", "examples"])
        let id = try identifier(fields.required("id"))
        guard !rules.contains(where: { $0.id == id }) else { throw node.error("the id '\(id)' stands here twice; ids name rules for ever") }
        let action = try fields.required("then").choice(Rule.Action.self)
        let condition = try self.condition(fields.required("when"))
        let reason = try fields["reason"]?.choice(Reason.self)
        let message = try fields["message"].map { try identifier($0) }
        try check(action, condition: condition, reason: reason, message: message, at: node)
        return Rule(
            id: id, says: try fields.required("says").string(), line: node.line, action: action,
            reason: reason ?? (action.verdict > .answer ? .ruleOther : nil), mode: try fields["mode"]?.choice(Mode.self) ?? .enforce,
            condition: condition,
            consequence: Rule.Consequence(
                route: try route(fields["route"]), message: message, before: try fields["before"].map { try identifier($0) },
                isCanned: action == .canned),
            examples: try examples(fields["examples"]))
    }

    private func check(_ action: Rule.Action, condition: Condition, reason: Reason?, message: String?, at node: Node) throws {
        if action.verdict == .answer, reason != nil { throw node.error("'\(action.rawValue)' needs no reason; take the line away") }
        guard action == .canned else { return }
        guard message != nil else { throw node.error("a canned reply needs 'message:', the key of its text") }
        guard condition.isWholeMessage else {
            throw node.error("a canned reply may only follow from the whole message: use 'words:' with 'whole: true'")
        }
    }

    private func route(_ node: Node?) throws -> Route {
        guard let node else { return Route() }
        let fields = try Fields(node, known: ["team", "skills", "tags", "priority"])
        return Route(
            team: try fields["team"].map { try identifier($0) }, skills: try fields["skills"]?.items().map { try identifier($0) } ?? [],
            tags: try fields["tags"]?.items().map { try identifier($0) } ?? [], priority: try fields["priority"]?.choice(Priority.self))
    }

    /// A name that stands in databases, addresses and statistics.
    func identifier(_ node: Node) throws -> String {
        let text = try node.string()
        let isGood = text.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D || $0 == 0x5F }
        guard isGood, (1...64).contains(text.utf8.count) else {
            throw node.error("'\(text.prefix(64))' cannot be a name: 1 to 64 small letters, digits, '-' and '_'")
        }
        return text
    }

    /// Texts, with `$name` replaced by the words of that list (which stands further up).
    mutating func words(_ node: Node) throws -> [String] {
        var found: [String] = []
        for item in node.items() {
            let text = try item.string()
            guard text.hasPrefix("$") else {
                found.append(try checkedWord(text, at: item))
                continue
            }
            let name = String(text.dropFirst())
            guard let list = lists[name] else {
                let hint =
                    Suggestion.nearest(to: name, among: lists.keys.sorted()).map { "Did you mean '$\($0)'?" } ?? "Add it under 'lists:'."
                throw item.error("there is no list '\(name)' above this line. \(hint)")
            }
            found += list
        }
        wordBudget -= found.count
        guard !found.isEmpty else { throw node.error("an empty list matches nothing; give it words or take it away") }
        guard wordBudget >= 0 else { throw node.error("more than 50000 words in all; take some away") }
        return found
    }

    private func checkedWord(_ text: String, at node: Node) throws -> String {
        let words = Words.split(text)
        guard !words.isEmpty else { throw node.error("'\(text.prefix(40))' has no letters or digits and can never match") }
        guard words.count <= 16, text.utf8.count <= 200 else { throw node.error("a phrase has at most 16 words and 200 bytes") }
        return text
    }

    /// The number of a group of words.
    mutating func group(_ node: Node) throws -> Int {
        guard let group = lexicon.group(of: try words(node)) else { throw node.error("'*' must follow the beginning of a word") }
        return group
    }

    /// - Throws: `NotationError` where a name is not that of a topic above.
    func topicNames(_ node: Node) throws -> [String] {
        try node.items().map { item in
            let name = try item.string()
            let known = topics.map(\.name)
            guard known.contains(name) else {
                let hint = Suggestion.nearest(to: name, among: known).map { "Did you mean '\($0)'?" } ?? "Add it under 'topics:'."
                throw item.error("there is no topic '\(name)'. \(hint)")
            }
            return name
        }
    }
}
