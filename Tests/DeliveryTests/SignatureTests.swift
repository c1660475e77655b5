import Support
import Testing

@testable import Delivery

/// Standard Webhooks 1.0.0.
struct SignatureTests {
    /// The example of the specification's own libraries.
    private let body = Array(#"{"test": 2432232314}"#.utf8)
    private let id = "msg_p5jXN8AQM9LWM0D4loKWxJek"
    private let seconds: Int64 = 1_614_265_330

    @Test func `the published example is signed as published`() throws {
        let secret = try #require(WebhookSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
        let signature = WebhookSignature.sign(body, id: id, seconds: seconds, secrets: [secret])
        #expect(signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
        #expect(WebhookSignature.isValid(signature, body, id: id, seconds: seconds, secret: secret))
    }

    @Test func `a signature holds for this body, id, time and secret only`() {
        let (secret, other) = (WebhookSecret.new(), WebhookSecret.new())
        let signature = WebhookSignature.sign(body, id: id, seconds: seconds, secrets: [secret])
        #expect(!WebhookSignature.isValid(signature, body + [32], id: id, seconds: seconds, secret: secret))
        #expect(!WebhookSignature.isValid(signature, body, id: id + "x", seconds: seconds, secret: secret))
        #expect(!WebhookSignature.isValid(signature, body, id: id, seconds: seconds + 1, secret: secret))
        #expect(!WebhookSignature.isValid(signature, body, id: id, seconds: seconds, secret: other))
        for broken in ["", "v1,", "v1,AAAA", "v2" + signature.dropFirst(2), String(signature.dropFirst(3))] {
            #expect(!WebhookSignature.isValid(broken, body, id: id, seconds: seconds, secret: secret))
        }
    }

    @Test func `with two secrets both receivers are content`() {
        let (new, old) = (WebhookSecret.new(), WebhookSecret.new())
        let signature = WebhookSignature.sign(body, id: id, seconds: seconds, secrets: [new, old])
        #expect(signature.split(separator: " ").count == 2)
        for secret in [new, old] { #expect(WebhookSignature.isValid(signature, body, id: id, seconds: seconds, secret: secret)) }
    }

    @Test func `a secret is read back as it was shown, and prints as a mask`() {
        let secret = WebhookSecret.new()
        #expect(secret.bytes.count == 32 && WebhookSecret(secret.reveal()) == secret)
        #expect("\(secret)" == "whsec_•••" && String(reflecting: secret) == "whsec_•••")
        #expect(WebhookSecret("whsec_AAAA") == nil && WebhookSecret("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw") == nil && WebhookSecret("") == nil)
        let chat = ChatAddress("https://hooks.example/canary")
        #expect(
            !"\(chat)".contains("canary") && !String(reflecting: chat).contains("canary")
                && !"\(Letter.chat(to: chat, text: "", line: ""))".contains("canary"))
    }
}
