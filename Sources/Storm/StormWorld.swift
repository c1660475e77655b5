import Foundation

/// The company that a storm plays in: a configuration of its own, so that a storm is the same on every installation and no rule of a real company makes
/// half of its questions end with a person.
package enum StormWorld {
    /// The workspace, its one site and its assistant.
    package static let workspace = "storm"
    /// Who works there.
    package static let teammates = ["mara", "jonas", "edda", "lena", "nuno", "ines"]
    /// The charge of one response, in cents.
    package static let priceCents = 5
    /// The first credit, in cents: little, so that it runs out now and then.
    package static let grantCents = 200
    /// Stands as the model's key; must be seen nowhere.
    package static let canary = "sk-canary-8f1d2c6b5a"
    /// What customers ask; each has a document that answers it.
    package static let questions = [
        "How long does a bank withdrawal take to arrive?",
        "When are staking rewards paid out?",
        "How do I set a price alert with the bell beside the chart?",
        "What does the referral programme pay when I invite a friend?",
        "How do I open two-factor authentication in the settings?",
    ]
    /// How a customer asks for a person.
    package static let request = "I want to speak to a human"

    private static let documents = [
        "bank-withdrawals.md":
            "# Bank withdrawals\n\nA bank withdrawal arrives within two working days. It is sent at noon on the day it is confirmed.\n",
        "staking.md":
            "# Staking\n\nStaking rewards are paid out every Monday. Unstaking takes seven days, in which nothing is earned.\n",
        "price-alerts.md": "# Price alerts\n\nA price alert is set with the bell beside the chart. It reaches you by email.\n",
        "referrals.md":
            "# Referral programme\n\nWhoever invites a friend is paid when the friend has traded. The referral programme pays on the first of the month.\n",
        "two-factor.md":
            "# Two-factor authentication\n\nOpen Settings, then Security, and choose two-factor authentication. Scan the picture with the app.\n",
    ]

    /// Writes the configuration folder.
    /// - Parameters:
    ///   - folder: made.
    ///   - model: the base address of the scripted model, with `/v1`.
    ///   - turnDeadlineSeconds: until when a customer must have heard something.
    ///   - receiver: host and port of a webhook's receiver.
    /// - Throws: `StormError.folder`.
    package static func write(to folder: String, model: String, turnDeadlineSeconds: Int, receiver: String? = nil) throws(StormError) {
        let place = folder + "/" + workspace
        var files = [
            folder + "/baton.yaml": settings(model: model, turnDeadlineSeconds: turnDeadlineSeconds, receiver: receiver),
            folder + "/model-key": canary + "\n",
            place + "/workspace.yaml": company,
            place + "/rules.yaml": rules,
            place + "/messages.yaml": messages,
            place + "/prices.yaml": prices,
        ]
        for (name, text) in documents { files[place + "/documents/help/" + name] = text }
        for (path, text) in files {
            let above = (path as NSString).deletingLastPathComponent
            do {
                try FileManager.default.createDirectory(atPath: above, withIntermediateDirectories: true)
                try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            } catch { throw .folder("\(path): \(error)") }
        }
    }

    private static func settings(model: String, turnDeadlineSeconds: Int, receiver: String?) -> String {
        """
        turn_deadline: \(turnDeadlineSeconds) s
        sweep_every: 500 ms
        turns_at_once: 32
        private_receivers: [\(receiver.map { "\"\($0)\"" } ?? "")]
        serve: { rate_factor: 1000, connections_per_address: 1000 }
        endpoints:
          - name: scripted
            url: \(model)
            model: storm-model
            key_file: model-key
            retries: 1
            connect: 2 s
            first_byte: 2 s
            silence: 2 s
            total: 3 s

        """
    }

    private static let company = """
        name: Storm
        currency: USD
        zone: Europe/Lisbon
        credit: { grant: "\(grantCents / 100).00", expires_after: 90 d }
        assistants:
          help:
            name: Storm Assistant
            documents: help
            prompt: answer
            rules: rules.yaml
            threshold: 0.30
            turn_cap: 50
            tone: "Calm."
            language: English
        sites:
          \(workspace):
            name: Storm
            assistant: help
            origins: ["https://www.storm.example"]
            greeting: "Hello!"
        teams:
          frontline:
            name: Customer care
        teammates:
        \(teammates.map { "  \($0): { name: \($0.capitalized), email: \($0)@storm.example, teams: [frontline], capacity: 1000 }" }.joined(separator: "\n"))
        default_team: frontline

        """

    private static let rules = """
        version: 1
        rules:
          - id: asked-for-person
            says: The customer asks for a person.
            when: { words: ["speak to a human"] }
            then: hand_over
            reason: asked_for_person
            message: handoff_asked
            examples:
              fires: ["I want to speak to a human"]
              quiet: ["How long does a withdrawal take?"]

        """

    private static let messages = """
        handoff: "A colleague from {{team}} takes over."
        handoff_asked: "Of course. A colleague from {{team}} takes over."
        offer_person: "Would you like to talk to a person?"
        greeting: "Hello, how can I help?"
        thanks: "You are welcome."
        goodbye: "Goodbye."
        still_waiting: "{{team}} has your message."

        """

    private static let prices = """
        currency: USD
        sell:
          - { sku: ai-response, from: 2026-01-01, response: "0.0\(priceCents)" }
        cost:
          - model: storm-model
            from: 2026-01-01
            source: scripted
            per_million_tokens: { input: "1", input_cached: "1", input_cache_write: "1", output: "2", output_reasoning: "2" }

        """
}
