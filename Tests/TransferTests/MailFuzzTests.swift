import Foundation
import Support
import Testing

@testable import Transfer

/// What stands in a mail's head comes from outside, and must not end a line.
@Suite struct MailFuzzTests {
    @Test func `an address of any kind is a plain one or refused`() {
        Fuzzer(["mara@quayside.example", "a.b+c@sub.quayside.example", "\"a b\"@x.example", "a@[127.0.0.1]", "a@b\r\nBcc: c@d.example"])
            .runTexts { text in
                guard let address = try? MailAddress(text) else { return }
                #expect(address.text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "<") })
            }
    }

    @Test func `a subject of any kind stays within its header`() throws {
        let to = try MailAddress("mara@quayside.example")
        Fuzzer(["A customer asks for a person", "Ünïcode 日本 =?UTF-8?B?eA==?=", "x\r\nBcc: a@b.example\r\n\r\nbody"]).runTexts(share: 4) {
            text in
            let mail = Mail(to: [to], subject: MailLine(showing: text), text: text, id: "1")
            let bytes = MailText.bytes(of: mail, from: to, at: 0)
            let head = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n\r\n")[0].components(separatedBy: "\r\n")
            let names = head.filter { !$0.hasPrefix(" ") }.map { $0.prefix { $0 != ":" } }
            #expect(
                names == [
                    "Date", "From", "To", "Subject", "Message-ID", "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
                    "Auto-Submitted",
                    "X-Auto-Response-Suppress",
                ], "\(text)")
        }
    }
}
