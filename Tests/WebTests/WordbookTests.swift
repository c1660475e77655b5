import Foundation
import Inbox
import Storage
import Testing

@testable import Web

/// The chat in every language, and the script that brings it to a company's page.
@Suite struct WordbookTests {
    private static let site = Site(key: "site-quayside", name: "Hafen <b>“Süd”</b>", assistant: "help", origins: [], greeting: "1")

    @Test func `every language says everything, with the same places`() throws {
        try Wordbook.check()
        #expect(Set(Wordbook.all.keys) == ["en", "de", "es", "ar", "en-XA", "ar-XB"])
        for (code, book) in Wordbook.all {
            for wording in Wording.allCases where wording != .before {
                #expect(!book[wording].isEmpty, "\(code): \(wording)")
                #expect(book.places(of: wording) == Wordbook.english.places(of: wording), "\(code): \(wording)")
            }
            for count in [0, 1, 2, 3, 11, 100] { #expect(!book.text(.before, count: count).isEmpty, "\(code): \(count)") }
            #expect((book.direction == .rtl) == code.hasPrefix("ar"))
        }
    }

    @Test func `a file that lacks a text, has one too many, or a form too few is refused`() throws {
        let english = String(decoding: PackageResources.en_json, as: UTF8.self)
        for (from, to) in [
            ("\"send\":", "\"sned\":"), ("\"one\":", "\"two\":"), ("\"direction\": \"ltr\"", "\"direction\": \"up\""),
        ] {
            let changed = english.replacingOccurrences(of: from, with: to)
            #expect(changed != english)
            #expect(throws: Wordbook.Fault.self) { try Wordbook("en", Array(changed.utf8)) }
        }
    }

    @Test func `a number has the form that the language has for it`() {
        #expect(Wordbook.english.text(.before, count: 1) == "1 before you.")
        #expect(Wordbook.all["de"]?.text(.before, count: 1) == "1 Person vor Ihnen.")
        #expect(Wordbook.all["de"]?.text(.before, count: 2) == "2 Personen vor Ihnen.")
        let forms = [0, 1, 2, 3, 11, 100, 103, 111].map { Plural.form(of: $0, in: "ar") }
        #expect(forms == ["zero", "one", "two", "few", "many", "other", "few", "many"])
    }

    @Test(arguments: [
        (String?.none, Site.Language.auto, String?.none, "en"), (nil, .auto, "fr, de-AT;q=0.8, es;q=0.3", "de"), (nil, .auto, "fr", "en"),
        (nil, .auto, "de;q=0", "en"), (nil, .es, "de", "es"), ("ar", .es, "de", "ar"), ("fr", .auto, "es", "es"),
        ("../../etc", .auto, nil, "en"),
    ])
    func `the language is the one asked for, the site's, the browser's, English`(
        _ asked: String?, _ site: Site.Language, _ accepts: String?, _ code: String
    ) {
        #expect(Wordbook.chosen(asked: asked, site: site, accepts: accepts).code == code)
    }

    @Test(arguments: ["en", "de", "es", "ar", "en-XA", "ar-XB"])
    func `the loader is ASCII and holds no markup, whatever the site is called`(_ code: String) throws {
        let script = WidgetRoutes.script(Self.site, try #require(Wordbook.all[code]), asked: code)
        #expect(script.allSatisfy { $0 < 0x80 })
        let text = String(decoding: script, as: UTF8.self)
        #expect(text.contains("\\u003cb>\\u201cS\\u00fcd") && !text.contains("<b>"))
        #expect(text.hasSuffix("});\n") && text.contains("\"lang\":\"\(code)\""))
        // Nothing of it makes markup from text, keeps something, or speaks to whoever listens.
        for word in [
            "innerHTML", "insertAdjacent", "document.write", "localStorage", "sessionStorage", "cookie", "fetch(", "\"*\"", "eval(",
        ] {
            #expect(!text.contains(word), "\(word)")
        }
    }
}
