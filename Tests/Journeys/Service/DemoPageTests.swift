import Foundation
import Storage
import Support
import Testing
import Transfer

@testable import Web

/// The example company's page: what a host must allow, and nothing more.
@Suite struct DemoPageTests {
    @Test func `the page holds one script tag and no style or script of its own, under a policy that allows no more`() {
        let page = DemoPage.page("Quayside", ServedSites.quayside, service: "https://support.example.com").text
        #expect(page.components(separatedBy: "<script").count == 2)
        #expect(page.contains(#"<script async src="https://support.example.com/widget.js?site=site-quayside"></script>"#))
        #expect(page.contains(#"href="https://support.example.com/chat/site-quayside""#))
        for inline in ["<style", " style=", " onclick", "javascript:", "http://"] { #expect(!page.contains(inline), "\(inline)") }
        let policy = DemoPage.policy(of: "https://support.example.com")
        #expect(policy.hasPrefix("default-src 'none'; "))
        for looseness in ["unsafe", "*", "data:", "blob:"] { #expect(!policy.contains(looseness)) }
        for source in ["script-src", "frame-src", "connect-src"] { #expect(policy.contains("\(source) https://support.example.com; ")) }
    }

    @Test func `a company's name is text on it`() {
        let page = DemoPage.page("<img src=x>", ServedSites.quayside).text
        #expect(!page.contains("<img") && page.contains("&lt;img"))
    }

    @Test func `where several companies live it belongs to none of them`() async throws {
        try await Served.run { served in
            let answer = try await served.send("GET", "/demo")
            #expect(answer.status == 404)
        }
    }
}
