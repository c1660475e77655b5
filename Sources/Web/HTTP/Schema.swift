import Notation

/// The shape of a JSON value: what OpenAPI shows of it, and what is checked of it. One description serves both, so the document cannot promise what the
/// service does not keep. Requests are checked before a handler sees them; the tests check replies.
indirect enum Schema: Sendable {
    /// Lengths in Unicode scalars, as JSON Schema counts them.
    case string(Text)
    case integer(ClosedRange<Int>)
    /// 64-bit floating point.
    case number(ClosedRange<Double>)
    case boolean
    case array(Schema, most: Int)
    case object([Field])
    /// Any keys, values of one kind: details of a case, tokens by kind.
    case map(Schema, most: Int)
    /// A shape with a name of its own, shown once under `components`.
    case named(String, Schema)
    /// Anything; only for what is passed on as it was stored.
    case anything

    struct Text: Sendable {
        var length: ClosedRange<Int> = 0...Schema.longestText
        /// The allowed values; empty: any.
        var values: [String] = []
        /// `date-time`, `uri`, `email`: shown, and checked by whoever reads it.
        var format: String?
        /// Whether line ends and tabs may stand in it; other control characters never may.
        var isMultiline = false
        /// A regular expression for readers of the document; checked where the value is used.
        var pattern: String?
    }

    struct Field: Sendable {
        let name: String
        let schema: Schema
        let isRequired: Bool
        let says: String

        init(_ name: String, _ schema: Schema, _ says: String = "", required: Bool = true) {
            self.name = name
            self.schema = schema
            self.isRequired = required
            self.says = says
        }
    }

    /// Unicode scalars of a text for which nothing else is said.
    static let longestText = 100_000
}

extension Schema {
    static func text(_ length: ClosedRange<Int> = 0...longestText) -> Schema { .string(Text(length: length)) }
    static func lines(_ length: ClosedRange<Int>) -> Schema { .string(Text(length: length, isMultiline: true)) }
    static func oneOf(_ values: [String]) -> Schema { .string(Text(values: values)) }
    static let time = Schema.string(Text(length: 20...30, format: "date-time"))
    /// Names one of our things.
    static let identifier = Schema.string(Text(length: 1...100))
    static let count = Schema.integer(0...Int(Int32.max))
    /// An exact decimal number of a currency's major unit, with its currency.
    static let money = Schema.named(
        "Money",
        .object([
            .init("amount", .string(Text(length: 1...40, pattern: #"^-?[0-9]+(\.[0-9]+)?$"#)), "exact decimal, never rounded"),
            .init("currency", .text(3...3), "ISO 4217"),
        ]))

    /// A page of a list: `data`, and the cursor of the next page or null.
    static func page(of item: Schema) -> Schema {
        .object([
            .init("data", .array(item, most: 1000)),
            .init("next", .text(0...1000), "give it as `after` for the next page; absent on the last one", required: false),
        ])
    }
}

/// What is wrong with a value, and where: an RFC 6901 pointer.
struct Mismatch: Hashable, Sendable {
    let pointer: String
    let code: String
    let detail: String
}

extension Schema {
    /// Everything that is wrong with a value, in its order; at most `most`.
    func mismatches(_ value: JSON, at pointer: String = "", most: Int = 20) -> [Mismatch] {
        var found: [Mismatch] = []
        check(value, pointer, &found, most)
        return found
    }

    private func check(_ value: JSON, _ pointer: String, _ found: inout [Mismatch], _ most: Int) {
        guard found.count < most else { return }
        func note(_ code: String, _ detail: String) { found.append(Mismatch(pointer: pointer, code: code, detail: detail)) }
        switch self {
        case .anything: break
        case .named(_, let schema): schema.check(value, pointer, &found, most)
        case .boolean:
            guard case .bool = value else { return note("wrong_type", "must be true or false") }
        case .integer(let range):
            guard case .number(let digits) = value, let number = Int(digits) ?? Self.whole(digits) else {
                return note("wrong_type", "must be a whole number")
            }
            if !range.contains(number) { note("out_of_range", "must be from \(range.lowerBound) to \(range.upperBound)") }
        case .number(let range):
            guard case .number(let digits) = value, let number = Double(digits), number.isFinite else {
                return note("wrong_type", "must be a number")
            }
            if !range.contains(number) { note("out_of_range", "must be from \(range.lowerBound) to \(range.upperBound)") }
        case .string(let text):
            guard case .string(let content) = value else { return note("wrong_type", "must be text") }
            if let (code, detail) = text.fault(in: content) { note(code, detail) }
        case .array(let schema, let count):
            guard let items = value.items else { return note("wrong_type", "must be a list") }
            if items.count > count { return note("too_many", "must have at most \(count) items") }
            for (index, item) in items.enumerated() { schema.check(item, "\(pointer)/\(index)", &found, most) }
        case .map(let schema, let count):
            guard let members = value.members else { return note("wrong_type", "must be an object") }
            if members.count > count { return note("too_many", "must have at most \(count) keys") }
            Self.noteRepeated(members, pointer, &found)
            for member in members { schema.check(member.value, pointer + "/" + Self.escaped(member.key), &found, most) }
        case .object(let fields): checkObject(fields, value, pointer, &found, most)
        }
    }

    private func checkObject(_ fields: [Field], _ value: JSON, _ pointer: String, _ found: inout [Mismatch], _ most: Int) {
        guard let members = value.members else {
            return found.append(Mismatch(pointer: pointer, code: "wrong_type", detail: "must be an object"))
        }
        Self.noteRepeated(members, pointer, &found)
        var seen: Set<String> = []
        for member in members where found.count < most {
            let place = pointer + "/" + Self.escaped(member.key)
            guard let field = fields.first(where: { $0.name == member.key }) else {
                let known = fields.isEmpty ? "nothing" : fields.map(\.name).joined(separator: ", ")
                found.append(Mismatch(pointer: place, code: "unknown_field", detail: "is not known; known: \(known)"))
                continue
            }
            if member.value == .null, !field.isRequired { continue }
            seen.insert(field.name)
            field.schema.check(member.value, place, &found, most)
        }
        for field in fields
        where field.isRequired && !seen.contains(field.name) && found.count < most
            && !members.contains(where: { $0.key == field.name })
        {
            found.append(Mismatch(pointer: "\(pointer)/\(field.name)", code: "missing", detail: "is required"))
        }
    }

    private static func noteRepeated(_ members: [JSON.Member], _ pointer: String, _ found: inout [Mismatch]) {
        guard Set(members.map(\.key)).count != members.count else { return }
        found.append(Mismatch(pointer: pointer, code: "repeated_key", detail: "names a key more than once"))
    }

    private static func escaped(_ key: String) -> String {
        // Keys of a hostile request may be anything and any length; the pointer is for a person.
        String(key.prefix(64)).replacing("~", with: "~0").replacing("/", with: "~1")
    }

    /// `12.0` and `1e2` are whole numbers, too (JSON Schema, section 6.1.1).
    private static func whole(_ digits: String) -> Int? {
        guard let number = Double(digits), number == number.rounded(), abs(number) < 9e15 else { return nil }
        return Int(exactly: number)
    }
}

extension Schema.Text {
    /// What is wrong with a text, if anything: code and words.
    func fault(in content: String) -> (String, String)? {
        if !values.isEmpty { return values.contains(content) ? nil : ("not_allowed", "must be one of: \(values.joined(separator: ", "))") }
        let count = content.unicodeScalars.count
        if count < length.lowerBound {
            return ("too_short", length.lowerBound == 1 ? "must not be empty" : "must have at least \(length.lowerBound) characters")
        }
        if count > length.upperBound { return ("too_long", "has \(count) characters; at most \(length.upperBound) are allowed") }
        let isClean = content.unicodeScalars.allSatisfy { scalar in
            switch scalar.value {
            case 0x09, 0x0A, 0x0D: isMultiline
            case 0..<0x20, 0x7F, 0x80..<0xA0: false
            case 0x2028, 0x2029: isMultiline
            default: true
            }
        }
        return isClean ? nil : ("control_character", "must not contain control characters")
    }
}

extension Schema {
    /// The shape as JSON Schema 2020-12, as OpenAPI 3.1 wants it. Named shapes are noted in `components` and referred to.
    func document(_ components: inout [String: JSON]) -> JSON {
        switch self {
        case .anything: return .object([])
        case .boolean: return .of(("type", "boolean"))
        case .integer(let range):
            return .of(
                ("type", "integer"), ("minimum", .number("\(range.lowerBound)")), ("maximum", .number("\(range.upperBound)")))
        case .number(let range):
            return .of(("type", "number"), ("minimum", .number("\(range.lowerBound)")), ("maximum", .number("\(range.upperBound)")))
        case .string(let text):
            if !text.values.isEmpty { return .of(("type", "string"), ("enum", .array(text.values.map(JSON.string)))) }
            return .of(
                ("type", "string"), ("minLength", .number("\(text.length.lowerBound)")),
                ("maxLength", .number("\(text.length.upperBound)")),
                ("format", text.format.map(JSON.string)), ("pattern", text.pattern.map(JSON.string)))
        case .array(let item, let most):
            return .of(("type", "array"), ("items", item.document(&components)), ("maxItems", .number("\(most)")))
        case .map(let item, let most):
            return .of(
                ("type", "object"), ("additionalProperties", item.document(&components)), ("maxProperties", .number("\(most)")))
        case .named(let name, let schema):
            if components[name] == nil {
                components[name] = .null
                components[name] = schema.document(&components)
            }
            return .of(("$ref", .string("#/components/schemas/\(name)")))
        case .object(let fields): return Self.document(of: fields, &components)
        }
    }

    private static func document(of fields: [Field], _ components: inout [String: JSON]) -> JSON {
        var properties: [JSON.Member] = []
        for field in fields {
            var shape = field.schema.document(&components)
            // A field that may be absent may be null as well: many clients write it so.
            if !field.isRequired { shape = .of(("anyOf", .array([shape, .of(("type", "null"))]))) }
            if !field.says.isEmpty, case .object(let members) = shape {
                shape = .object(members + [.init(key: "description", value: .string(field.says))])
            }
            properties.append(.init(key: field.name, value: shape))
        }
        let required = fields.filter(\.isRequired).map { JSON.string($0.name) }
        return .of(
            ("type", "object"), ("properties", .object(properties)), ("required", required.isEmpty ? nil : .array(required)),
            ("additionalProperties", false))
    }
}
