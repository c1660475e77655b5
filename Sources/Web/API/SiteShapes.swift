import Inbox
import Notation

/// The public part of a site: what a widget needs before the first word.
enum SiteShape {
    static let schema = Schema.named(
        "Site",
        .object([
            .init("key", .identifier), .init("name", .text(0...200)), .init("company", .text(0...200)),
            .init("assistant", .text(0...200), "as customers read its name"), .init("greeting", .lines(0...4000)),
            .init("language", .oneOf(Site.Language.allCases.map(\.rawValue)), "of the widget's own words; `auto`: as the browser asks"),
            .init(
                "looks",
                .object([
                    .init("colour", colour), .init("text_colour", colour, "readable on it, at least 4.5 : 1"),
                    .init("position", .oneOf(Site.Position.allCases.map(\.rawValue)), "bottom corner, by the direction of text"),
                    .init("launcher", .text(0...200), "words on the launcher; the widget's own where absent", required: false),
                ])),
            .init("lead_form", form, "what the customer is asked, and may skip; absent: nothing", required: false),
            .init("identity", .boolean, "whether signed-in customers can be told by a signed token"),
            .init("satisfaction", .boolean, "whether to ask how it went"),
            .init(
                "attachments",
                .object([
                    .init("most_bytes", .count, "of one file"), .init("media_types", .array(.text(1...100), most: 20), "by a file's bytes"),
                ]), "what files may be sent; absent: none", required: false),
        ]))

    private static let colour = Schema.string(.init(length: 7...7, pattern: "^#[0-9a-f]{6}$"))

    private static let form = Schema.named(
        "LeadForm",
        .object([
            .init("when", .oneOf(LeadForm.Moment.allCases.map(\.rawValue))),
            .init(
                "fields",
                .array(
                    .object([
                        .init("name", .identifier, "`name`, `email` or the company's own"),
                        .init("label", .text(0...200), "the widget's own words where absent", required: false),
                        .init("required", .boolean, "for those who send the form"),
                        .init("choices", .array(.text(1...200), most: 30), "where it is one of these", required: false),
                    ]), most: 10)),
            .init(
                "consent",
                .object([
                    .init("text", .lines(1...1000)), .init("link", .text(1...2000), required: false),
                    .init("version", .identifier, "of this wording; sent back by whoever agrees"),
                ]), required: false),
        ]))

    static func json(_ site: Site, company: String, assistant: String) -> JSON {
        .of(
            ("key", .string(site.key)), ("name", .string(site.name)), ("company", .string(company)), ("assistant", .string(assistant)),
            ("greeting", .string(site.greeting)), ("language", .string(site.language.rawValue)),
            (
                "looks",
                .of(
                    ("colour", .string(site.looks.colour.text)), ("text_colour", .string(site.looks.textColour.text)),
                    ("position", .string(site.looks.position.rawValue)), ("launcher", .text(site.looks.launcher)))
            ),
            ("lead_form", site.leadForm.map(json)), ("identity", .bool(site.identity != nil)),
            ("satisfaction", .bool(site.asksForSatisfaction)),
            (
                "attachments",
                site.takesAttachments
                    ? .of(
                        ("most_bytes", .of(AttachmentRoutes.largestFile)),
                        ("media_types", .array(FileKind.allCases.map { .string($0.rawValue) }))) : nil
            ))
    }

    private static func json(_ form: LeadForm) -> JSON {
        let fields = form.fields.map { field in
            let choices: JSON? = if case .choice(let choices) = field.kind { .array(choices.map(JSON.string)) } else { nil }
            return JSON.of(
                ("name", .string(field.name)), ("label", .text(field.label)), ("required", .bool(field.isRequired)), ("choices", choices))
        }
        let consent = form.consent.map {
            JSON.of(("text", .string($0.text)), ("link", .text($0.link)), ("version", .string($0.version)))
        }
        return .of(("when", .string(form.moment.rawValue)), ("fields", .array(fields)), ("consent", consent))
    }
}
