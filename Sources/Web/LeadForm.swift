import Storage

/// What a customer is asked about themselves. It can always be skipped; what is required is so only for those who send it.
package struct LeadForm: Hashable, Sendable {
    /// When it is shown.
    package let moment: Moment
    /// In the order of the file.
    package let fields: [Field]
    /// What the customer agrees to by ticking a box; nil: no box.
    package let consent: Consent?

    /// Memberwise.
    package init(moment: Moment, fields: [Field], consent: Consent? = nil) {
        self.moment = moment
        self.fields = fields
        self.consent = consent
    }

    /// When a form is shown.
    package enum Moment: String, Hashable, Sendable, CaseIterable {
        /// Beside the first message.
        case before
        /// When a person was asked to come.
        case afterHandoff = "after_handoff"
        /// Not at all.
        case never
    }

    /// One question.
    package struct Field: Hashable, Sendable {
        /// `name`, `email`, or a name of the company's own; under that name teammates see it among the details.
        package let name: String
        /// What stands beside it; nil for `name` and `email`: the widget's own words.
        package let label: String?
        /// Whether the form cannot be sent without it.
        package let isRequired: Bool
        /// What can be entered.
        package let kind: Kind

        /// Memberwise.
        package init(name: String, label: String? = nil, isRequired: Bool = false, kind: Kind = .text) {
            self.name = name
            self.label = label
            self.isRequired = isRequired
            self.kind = kind
        }
    }

    /// What can be entered into a field.
    package enum Kind: Hashable, Sendable {
        /// One line.
        case text
        /// One of these.
        case choice([String])
    }

    /// What a customer agrees to.
    package struct Consent: Hashable, Sendable {
        /// The sentence beside the box.
        package let text: String
        /// Where it can be read in full.
        package let link: String?

        /// Memberwise.
        package init(text: String, link: String?) {
            self.text = text
            self.link = link
        }

        /// Stands for exactly this wording: 16 hexadecimal digits. Whoever agrees sends it back, so that nobody agrees to words that were changed meanwhile.
        package var version: String { String(Fingerprint.of([text, link ?? ""]).prefix(16)) }
    }
}
