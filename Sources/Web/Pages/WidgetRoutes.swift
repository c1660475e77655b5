import HTTPTypes
import Notation

/// The script that puts the chat on a company's page: one file and one request, with the looks of the site in it. It may be fetched from everywhere; who may frame
/// the chat itself is said by the chat's own answers.
enum WidgetRoutes {
    /// Seconds for which a browser does not ask again; a change of looks is everywhere after that.
    private static let freshSeconds = 300

    static let all: [Route] = [
        Route(
            .get, "/widget.js", "widgetLoader", .pages, "The script for a company's pages; `site` is the site's key, `lang` a language",
            policy: .anyone,
            rate: .none, answers: [.init(200, "the script", type: "text/javascript")]
        ) { try reply($0) }
    ]

    private static func reply(_ call: Call) throws -> Reply {
        let key = call.query("site")
        let site = key.flatMap { call.service.site($0)?.1 }
        if key != nil, site == nil { throw Problem.notFound }
        let words = Wordbook.chosen(asked: call.query("lang"), site: site?.language ?? .auto, accepts: call.headers[.acceptLanguage])
        return Reply(status: 200, body: .bytes(script(site, words, asked: call.query("lang")), type: "text/javascript"))
            .with(.cacheControl, "public, max-age=\(freshSeconds)").with(.vary, "Accept-Language").with(.resourcePolicy, "cross-origin")
    }

    /// The loader, called with the looks. Pure ASCII, whatever the site is called.
    static func script(_ site: Site?, _ words: Wordbook, asked: String?) -> [UInt8] {
        let looks = site?.looks ?? .init()
        let values = JSON.of(
            ("site", .text(site?.key)), ("colour", .string(looks.colour.text)), ("on", .string(looks.textColour.text)),
            ("position", .string(looks.position.rawValue)), ("open", .string(looks.launcher ?? words[.open])),
            ("close", .string(words[.close])),
            ("unread", .string(words.text(.unread, ["count": "{count}"]))),
            ("title", .string(site.map { words.text(.frameTitle, ["site": $0.name]) } ?? words[.open])),
            ("dir", .string(words.direction.rawValue)),
            ("lang", Wordbook.all[asked ?? ""].map { .string($0.code) }))
        return PackageResources.loader_js + Array("(".utf8) + ascii(String(decoding: values.bytes, as: UTF8.self)) + Array(");\n".utf8)
    }

    /// JSON in which what is not ASCII is escaped, and `<` too, so that no reader takes it for markup.
    private static func ascii(_ json: String) -> [UInt8] {
        json.utf16.flatMap { unit -> [UInt8] in
            if unit < 0x80, unit != 0x3C, let byte = UInt8(exactly: unit) { return [byte] }
            let digits = String(unit, radix: 16)
            return Array(("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).utf8)
        }
    }
}
