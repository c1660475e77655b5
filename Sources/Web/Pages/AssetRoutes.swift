import Foundation
import HTTPTypes
import Storage

/// Style sheet, scripts and the mark of the pages: files of `Assets`, built into the program. A browser asks again each time and gets 304 for what it has, so a
/// page never meets the style or script of another version.
enum AssetRoutes {
    static let all: [Route] = [
        Route(
            .get, "/assets/{name}", "asset", .pages, "A file that the pages refer to", policy: .anyone, rate: .none,
            answers: [.init(200, "the file", type: "*/*"), .init(304, "the browser has it")]
        ) { try reply($0) }
    ]

    private struct Asset: Sendable {
        let bytes: [UInt8]
        let type: String
        let tag: String

        init(_ bytes: [UInt8], _ type: String) {
            self.bytes = bytes
            self.type = type
            tag = Fingerprint.of([String(decoding: bytes, as: UTF8.self)])
        }
    }

    private static let assets: [String: Asset] = [
        "case.css": Asset(PackageResources.case_css, "text/css"), "composer.js": Asset(PackageResources.composer_js, "text/javascript"),
        "dialogs.css": Asset(PackageResources.dialogs_css, "text/css"), "drafts.js": Asset(PackageResources.drafts_js, "text/javascript"),
        "inbox.css": Asset(PackageResources.inbox_css, "text/css"), "keys.js": Asset(PackageResources.keys_js, "text/javascript"),
        "leader.js": Asset(PackageResources.leader_js, "text/javascript"),
        "notify.js": Asset(PackageResources.notify_js, "text/javascript"),
        "pages.js": Asset(PackageResources.pages_js, "text/javascript"),
        "palette.js": Asset(PackageResources.palette_js, "text/javascript"),
        "thread.js": Asset(PackageResources.thread_js, "text/javascript"), "times.js": Asset(PackageResources.times_js, "text/javascript"),
        "toasts.js": Asset(PackageResources.toasts_js, "text/javascript"),
        "presence.js": Asset(PackageResources.presence_js, "text/javascript"),
        "baton.css": Asset(PackageResources.baton_css, "text/css"),
        "baton.svg": Asset(PackageResources.baton_svg, "image/svg+xml"),
        "chat.js": Asset(PackageResources.chat_js, "text/javascript"),
        "demo.css": Asset(PackageResources.demo_css, "text/css"),
        "inbox.js": Asset(PackageResources.inbox_js, "text/javascript"),
        "invitation.js": Asset(PackageResources.invitation_js, "text/javascript"),
        "live.js": Asset(PackageResources.live_js, "text/javascript"),
        "plain.js": Asset(PackageResources.plain_js, "text/javascript"),
        "usage.css": Asset(PackageResources.usage_css, "text/css"),
    ]

    private static func reply(_ call: Call) throws -> Reply {
        guard let asset = assets[call.place("name")] else { throw Problem.notFound }
        return reply(asset, call)
    }

    /// The chat's style sheet with the site's colour: a policy without inline styles leaves no other place for it.
    static func chatStyle(_ site: Site, _ call: Call) -> Reply {
        let colours = ":root { --brand: \(site.looks.colour.text); --on-brand: \(site.looks.textColour.text); }\n"
        return reply(Asset(PackageResources.widget_css + Array(colours.utf8), "text/css"), call)
    }

    private static func reply(_ asset: Asset, _ call: Call) -> Reply {
        let known = (call.headers[.ifNoneMatch] ?? "").split(separator: ",").map { tag in
            // RFC 9110, section 13.1.2: compared weakly.
            let tag = tag.trimmingPrefix { $0 == " " }
            return tag.hasPrefix("W/") ? tag.dropFirst(2) : tag
        }
        let isKnown = known.contains { $0 == "\"\(asset.tag)\"" || $0 == "*" }
        let reply = Reply(status: isKnown ? 304 : 200, body: isKnown ? .none : .bytes(asset.bytes, type: asset.type))
        return reply.tagged(asset.tag).with(.cacheControl, "no-cache")
    }
}
