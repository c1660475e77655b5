import Notation

/// The members of an object by the contract's names, however the model spelt them: `needsHuman`, `needs-human` and `Needs_Human` are one.
struct ContractFields {
    enum Name: String, CaseIterable {
        case plan, support, citations, answer, missing, followUps, intent, sentiment, captured, needsHuman, reason, summary, confidence
    }

    private var values: [Name: JSON] = [:]
    private var standIn: JSON?
    private(set) var hasAnswer = false
    /// Nil also where the object states two that differ.
    private(set) var confidence: Int?
    /// The only object inside, where this one is a mere wrapper around the contract.
    private(set) var inner: JSON?

    init(_ members: [JSON.Member]) {
        var confidences: Set<Int?> = []
        for member in members {
            let spelling = Self.spelling(member.key)
            if let name = Self.names[spelling] {
                values[name] = member.value
                if name == .confidence { confidences.insert(Coercion.confidence(member.value)) }
            } else if standIn == nil, Self.standIns.contains(spelling) {
                standIn = member.value
            }
        }
        hasAnswer = values[.answer] != nil || standIn != nil
        confidence = confidences.count == 1 ? confidences.first ?? nil : nil
        if values[.answer] == nil { inner = members.first { Self.isEnvelope($0.value) }?.value }
    }

    subscript(_ name: Name) -> JSON? { values[name] }

    /// How many of the contract's fields there are.
    var count: Int { values.count }

    /// The answer as text: a list of lines is joined, an object gives its text.
    var answer: String { Self.text(values[.answer] ?? standIn ?? .null) }

    private static func text(_ value: JSON) -> String {
        switch value {
        case .string(let text): text
        case .number(let digits): digits
        case .array(let items): items.prefix(200).compactMap(\.text).joined(separator: "\n")
        case .object: (value["text"] ?? value["content"] ?? value["answer"] ?? value["value"])?.text ?? ""
        case .null, .bool: ""
        }
    }

    private static func isEnvelope(_ value: JSON) -> Bool {
        value.members?.contains { names[spelling($0.key)] == .answer } ?? false
    }

    /// The contract's name for a key as written, nil for any other key.
    static func name(_ key: String) -> Name? { names[spelling(key)] }

    /// Lower case letters and digits only.
    private static func spelling(_ key: String) -> String {
        let bytes = key.utf8.prefix(40).compactMap { byte -> UInt8? in
            switch byte {
            case 0x30...0x39, 0x61...0x7A: byte
            case 0x41...0x5A: byte + 0x20
            default: nil
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static let names: [String: Name] = {
        var names: [String: Name] = [:]
        for name in Name.allCases { names[spelling(name.rawValue)] = name }
        for (word, name) in [("escalate", Name.needsHuman), ("handoff", .needsHuman), ("sources", .citations), ("finalanswer", .answer)] {
            names[word] = name
        }
        return names
    }()

    /// What models call the answer when they forget its name.
    private static let standIns: Set<String> = ["response", "reply", "text", "message", "content", "output"]
}
