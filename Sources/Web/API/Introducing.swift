import Assistant
import Inbox
import Notation
import Storage

/// What a customer answered to a lead form, before it is known whether it fits one.
struct LeadAnswers: Sendable {
    var name: String?
    var email: String?
    /// The company's own fields.
    var fields: [String: String] = [:]
    /// The version of the wording that was agreed to.
    var consent: String?

    var isEmpty: Bool { name == nil && email == nil && fields.isEmpty && consent == nil }

    /// For idempotency keys.
    var parts: [String] { [name ?? "", email ?? "", consent ?? ""] + fields.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] } }

    /// Holds the answers against the forms that may have asked.
    /// - Parameter isWhole: whether they are a whole form, in which what is required must not be missing.
    /// - Throws: `LeadFault`.
    func introduction(for forms: [LeadForm], isWhole: Bool) throws(LeadFault) -> Introduction {
        let asked = forms.flatMap(\.fields)
        var introduction = Introduction()
        (introduction.name, introduction.email) = (name, email)
        for (name, value) in fields {
            let wanted = asked.filter { $0.name == name }
            guard !wanted.isEmpty else { throw .unknown(name) }
            guard value.isEmpty || wanted.contains(where: { $0.admits(value) }) else { throw .notAChoice(name) }
        }
        introduction.fields = fields.filter { !$0.value.isEmpty }
        if isWhole, let missing = asked.first(where: { $0.isRequired && isMissing($0.name) }) {
            throw .missing(missing.label ?? missing.name)
        }
        if let version = consent {
            guard let consent = forms.compactMap(\.consent).first(where: { $0.version == version }) else { throw .otherWording }
            introduction.consent = .init(text: consent.text, link: consent.link, version: consent.version)
        }
        return introduction
    }

    private func isMissing(_ field: String) -> Bool {
        let answer = field == "name" ? name : field == "email" ? email : fields[field]
        return answer?.allSatisfy(\.isWhitespace) ?? true
    }
}

/// Why answers do not fit the form.
enum LeadFault: Error, Hashable, CustomStringConvertible {
    case missing(String)
    case unknown(String)
    case notAChoice(String)
    case otherWording

    var description: String {
        switch self {
        case .missing(let label): "Please fill in: \(label). Or skip the form."
        case .unknown(let name): "No form asks for '\(name.prefix(64))'."
        case .notAChoice(let name): "The answer to '\(name)' is none of those that can be chosen."
        case .otherWording: "What is agreed to was changed meanwhile. Read it again."
        }
    }

    var problem: Problem {
        switch self {
        case .missing: Problem(.invalidInput, description)
        case .unknown(let name): .invalid("/fields/\(name.prefix(64))", "unknown", description)
        case .notAChoice(let name): .invalid("/fields/\(name)", "not_allowed", description)
        case .otherWording: .invalid("/consent/version", "changed", description)
        }
    }
}

extension LeadForm.Field {
    fileprivate func admits(_ value: String) -> Bool {
        switch kind {
        case .text: true
        case .choice(let choices): choices.contains(value)
        }
    }
}

extension Service {
    /// Names that customers of a workspace cannot take.
    /// - Throws: `DeskError`, `StorageError`.
    func reservedNames(of workspace: WorkspaceID, in querying: some Querying) throws -> ReservedNames {
        let profile = try desk.profile(workspace)
        let people = try inbox(of: workspace).teammates(in: querying).map(\.name)
        return ReservedNames([profile.name] + profile.assistants.values.map(\.displayName) + profile.teams.values + people)
    }

    /// The forms that customers of an assistant may have seen.
    func leadForms(of workspace: WorkspaceID, assistant: String) -> [LeadForm] {
        sites(of: workspace).filter { $0.assistant == assistant }.compactMap(\.leadForm)
    }

    /// Whether customers of an assistant may send files: where one of its sites takes them, or where it has none.
    func takesAttachments(of workspace: WorkspaceID, assistant: String) -> Bool {
        let own = sites(of: workspace).filter { $0.assistant == assistant }
        return own.isEmpty || own.contains(where: \.takesAttachments)
    }
}

extension LeadAnswers {
    /// Of a JSON body.
    init(_ call: Call) {
        name = call.text("name")
        email = call.text("email")
        fields = Dictionary((call.input["fields"]?.members ?? []).map { ($0.key, $0.value.text ?? "") }) { $1 }
        consent = call.input["consent"]?["version"]?.text
    }

    /// Of a form of the chat page: own fields begin with `field.`, and what is left empty was not said.
    init(form call: Call) {
        func said(_ field: String) -> String? { call.field(field).flatMap { $0.allSatisfy(\.isWhitespace) ? nil : $0 } }
        (name, email, consent) = (said("name"), said("email"), said("consent"))
        let own = call.form.filter { $0.name.hasPrefix(Self.prefix) && !$0.value.allSatisfy(\.isWhitespace) }
        fields = Dictionary(own.map { (String($0.name.dropFirst(Self.prefix.count)), $0.value) }) { $1 }
    }

    /// Before the names of the company's own fields in forms of the page.
    static let prefix = "field."

    /// In JSON.
    static let schema: [Schema.Field] = [
        .init("name", .text(1...200), required: false), .init("email", .text(1...200), required: false),
        .init("fields", .map(.text(0...1000), most: 10), "the site's own, by name, as its `lead_form` asks", required: false),
        .init(
            "consent", .object([.init("version", .identifier, "of the wording, as the site's `lead_form` has it")]),
            "what the customer agrees to; kept with its wording", required: false),
    ]
}
