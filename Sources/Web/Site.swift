/// One place where the chat is embedded, as the company has decided it: who answers, who may embed it, how it looks, what it asks of a customer.
package struct Site: Hashable, Sendable {
    /// Public, in the page's source; names the site.
    package let key: String
    /// For people: `Help centre`.
    package let name: String
    /// Which assistant answers there.
    package let assistant: String
    /// Origins of the pages that may embed it: `https://www.example.com`.
    package let origins: [String]
    /// The first words a customer reads.
    package let greeting: String
    /// Colour, corner and words of the launcher.
    package let looks: Looks
    /// What the widget's own words are written in.
    package let language: Language
    /// What the customer is asked about themselves; nil: nothing.
    package let leadForm: LeadForm?
    /// Whether a customer is asked how it went.
    package let asksForSatisfaction: Bool
    /// Whether a customer may send files.
    package let takesAttachments: Bool
    /// How the company tells who its customers are; nil: it does not.
    package let identity: SiteIdentity?

    /// Memberwise; what is left out is as the shipped widget has it.
    package init(
        key: String, name: String, assistant: String, origins: [String], greeting: String, looks: Looks = .init(),
        language: Language = .auto,
        leadForm: LeadForm? = nil, asksForSatisfaction: Bool = true, takesAttachments: Bool = true, identity: SiteIdentity? = nil
    ) {
        self.key = key
        self.name = name
        self.assistant = assistant
        self.origins = origins
        self.greeting = greeting
        self.looks = looks
        self.language = language
        self.leadForm = leadForm
        self.asksForSatisfaction = asksForSatisfaction
        self.takesAttachments = takesAttachments
        self.identity = identity
    }
}

extension Site {
    /// How the widget looks on the pages of the site.
    package struct Looks: Hashable, Sendable {
        /// Of the launcher and of what is pressed; checked by `Looks.fault` and `Looks.weakness`.
        package let colour: Colour
        /// Which bottom corner it sits in; `end` is right where text runs from left to right.
        package let position: Position
        /// The words on the launcher; nil: the widget's own.
        package let launcher: String?

        /// The shipped colour: 5.4 to white, 3.4 to a dark page.
        package static let shippedColour = Colour("#0f766e") ?? .ink

        /// Memberwise.
        package init(colour: Colour = Looks.shippedColour, position: Position = .end, launcher: String? = nil) {
            self.colour = colour
            self.position = position
            self.launcher = launcher
        }

        /// What text on the colour is written in: white or near-black, whichever is easier to read.
        package var textColour: Colour { colour.textOnIt }
    }

    /// A bottom corner, by the direction in which text runs.
    package enum Position: String, Hashable, Sendable, CaseIterable { case start, end }

    /// What the widget's own words are written in. What is said in a conversation is in the language of whoever says it.
    package enum Language: String, Hashable, Sendable, CaseIterable {
        /// As the customer's browser asks.
        case auto
        /// English.
        case en
        /// German.
        case de
        /// Spanish.
        case es
        /// Arabic, from right to left.
        case ar
    }
}

extension Site.Looks {
    /// WCAG 2.2, success criterion 1.4.3: text.
    package static let textContrast = 4.5
    /// WCAG 2.2, success criterion 1.4.11: what must be seen to be used.
    package static let shapeContrast = 3.0

    /// Why a colour cannot be used: neither white nor near-black text can be read on it.
    /// - Returns: nil where it can.
    package static func fault(in colour: Colour) -> String? {
        guard !isReadable(colour) else { return nil }
        return "text on \(colour.text) reaches \(ratio(colour.contrast(with: colour.textOnIt))) : 1 at best, and needs 4.5 : 1"
            + hint(colour.nearest(where: isReadable))
    }

    /// Why a launcher of that colour is hard to find on some pages. It has a border in its text's colour, so it can be used.
    /// - Returns: nil where it stands out from white and from dark pages.
    package static func weakness(of colour: Colour) -> String? {
        guard !standsOut(colour) else { return nil }
        let page = colour.contrast(with: .white) < shapeContrast ? Colour.white : .darkPage
        return
            "a launcher in \(colour.text) stands out \(ratio(colour.contrast(with: page))) : 1 from a \(page == .white ? "white" : "dark")"
            + " page, and should 3 : 1" + hint(colour.nearest { isReadable($0) && standsOut($0) })
    }

    private static func isReadable(_ colour: Colour) -> Bool { colour.contrast(with: colour.textOnIt) >= textContrast }

    private static func standsOut(_ colour: Colour) -> Bool {
        colour.contrast(with: .white) >= shapeContrast && colour.contrast(with: .darkPage) >= shapeContrast
    }

    private static func hint(_ colour: Colour?) -> String { colour.map { "; the nearest that does is \($0.text)" } ?? "" }

    /// Rounded down, so that 4.49 is not told as 4.5.
    private static func ratio(_ value: Double) -> String {
        let tenths = Int(value * 10)
        return "\(tenths / 10).\(tenths % 10)"
    }
}
