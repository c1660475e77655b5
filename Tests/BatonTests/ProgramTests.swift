import Foundation
import Storage
import Support
import Testing

@testable import Baton

/// The program as scripts and people run it.
struct ProgramTests {
    /// Runs the program on a data directory of its own.
    private static func baton(
        _ arguments: [String], in folder: TemporaryFolder, environment: [String: String] = [:], input: String? = nil
    ) async throws -> Program.Run {
        let variables = [
            "BATON_DATA": folder.file("data"), "BATON_CONFIG": Project.path("Config"), "BATON_PROMPTS": Project.path("Prompts"),
        ].merging(environment) { $1 }
        return try await Program("baton", environment: variables).run(arguments, input: input)
    }

    private func object(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> Any {
        do { return try JSONSerialization.jsonObject(with: Data(text.utf8)) } catch {
            Issue.record("no JSON: \(text.prefix(300))", sourceLocation: sourceLocation)
            throw error
        }
    }

    @Test func `the twenty demo questions end as they should, with the built-in responder`() async throws {
        let folder = try TemporaryFolder()
        let run = try await Self.baton(["demo"], in: folder)
        #expect(run.status == 0, "\(run.output)\n\(run.talk)")
        #expect(run.output.contains("20 of 20 as expected"))
        #expect(!run.output.contains("\u{1B}"))

        // The same directory afterwards: the books, the inbox, usage, credit, each as JSON.
        let verify = try await Self.baton(["ledger", "verify", "--json"], in: folder)
        #expect(verify.status == 0)
        _ = try object(verify.output)
        let inbox = try await Self.baton(["inbox", "list", "--json"], in: folder)
        let lists = try #require(try object(inbox.output) as? [String: Any])
        #expect((lists["rows"] as? [Any])?.count == 8 && (lists["counts"] as? [String: Int])?["person"] == 8)
        let usage = try await Self.baton(["usage", "--json"], in: folder)
        let report = try #require(try object(usage.output) as? [String: Any])
        #expect((report["totals"] as? [String: Any])?["billedResponses"] as? Int == 12)
        let credit = try await Self.baton(["credit", "--json"], in: folder)
        _ = try object(credit.output)
        let csv = try await Self.baton(["usage", "--csv"], in: folder)
        let lines = csv.output.split(whereSeparator: \.isNewline)
        #expect(lines.count == 13 && lines[0].contains("response"))
        #expect(!csv.output.contains("\r\n\n") && !csv.output.contains("\u{1B}"))
        folder.close()
    }

    @Test func `one question through the program: text for people, JSON for programs`() async throws {
        let folder = try TemporaryFolder()
        let read = try await Self.baton(["ingest", "--json"], in: folder)
        #expect(read.status == 0, "\(read.talk)")
        _ = try object(read.output)
        let text = try await Self.baton(["ask", "Is a phone bill accepted as proof of address?"], in: folder)
        #expect(text.status == 0 && text.output.contains("source: ") && !text.output.contains("\u{1B}"), "\(text)")
        let asked = try await Self.baton(["ask", "--json", "Is a phone bill accepted as proof of address?"], in: folder)
        let report = try #require(try object(asked.output) as? [String: Any])
        #expect(report["outcome"] as? String == "answered")
        #expect((report["usage"] as? [String: Any])?["charged"] as? String == "0.05" || report["usage"] != nil)
        let id = try #require(report["conversation"] as? String)
        let show = try await Self.baton(["inbox", "show", id, "--json"], in: folder)
        let sheet = try #require(try object(show.output) as? [String: Any])
        #expect((sheet["messages"] as? [Any])?.count == 2)
        // The same question with the same key in the same conversation is one message.
        for _ in 0..<2 {
            let again = try await Self.baton(
                ["ask", "--conversation", id, "--key", "k1", "what day are staking rewards paid out?"], in: folder)
            #expect(again.status == 0, "\(again)")
        }
        let after = try #require(try object(try await Self.baton(["inbox", "show", id, "--json"], in: folder).output) as? [String: Any])
        #expect((after["messages"] as? [Any])?.count == 4)

        // The teammate's side.
        let claim = try await Self.baton(["inbox", "claim", id, "--as", "mara"], in: folder)
        #expect(claim.status == 0, "\(claim)")
        let taken = try await Self.baton(["inbox", "claim", id, "--as", "jonas"], in: folder)
        #expect(taken.status == Exit.conflict.rawValue && taken.talk.contains("mara"))
        #expect(try await Self.baton(["inbox", "reply", id, "Hello.", "--as", "mara"], in: folder).status == 0)
        #expect(try await Self.baton(["inbox", "note", id, "A note.", "--as", "mara"], in: folder).status == 0)
        #expect(try await Self.baton(["inbox", "handback", id, "--as", "mara"], in: folder).status == 0)
        #expect(try await Self.baton(["inbox", "resolve", id, "--as", "mara"], in: folder).status == 0)

        let trec = try await Self.baton(["search", "withdrawal limit level 2", "--top", "3", "--format", "trec"], in: folder)
        let rows = trec.output.split(separator: "\n").map { $0.split(separator: " ") }
        #expect(rows.count == 3 && rows.allSatisfy { $0.count == 6 && $0[1] == "Q0" && $0[5] == "baton" })
        #expect(rows.map { $0[3] } == ["1", "2", "3"])
        let queries = try folder.write("{\"id\": 7, \"text\": \"fees\"}\n\n{\"id\": \"q2\", \"text\": \"staking\"}\n", to: "queries.jsonl")
        let many = try await Self.baton(["search", "--queries", queries, "--top", "1", "--format", "trec"], in: folder)
        #expect(many.output.split(separator: "\n").map { $0.prefix(2) } == ["7 ", "q2"])
        _ = try object(try await Self.baton(["search", "fees", "--json"], in: folder).output)
        let explained = try await Self.baton(["search", "fees", "--explain"], in: folder)
        #expect(explained.output.contains("sum"))
        folder.close()
    }

    @Test func `a second process on the same directory is told so, with status 7`() async throws {
        let folder = try TemporaryFolder()
        let store = try Store(folder: folder.file("data"), migrations: Installation.migrations)
        let run = try await Self.baton(["credit"], in: folder)
        #expect(run.status == 7 && run.output.isEmpty)
        #expect(run.talk.contains(folder.file("data")) || run.talk.lowercased().contains("use"))
        await store.close()
        #expect(try await Self.baton(["credit"], in: folder).status == 0)
        folder.close()
    }

    @Test func `what is wrong with a command line, a file or a name ends in its own status and on standard error`() async throws {
        let folder = try TemporaryFolder()
        for (arguments, status) in [
            (["aks"], Exit.usage), (["ask"], .usage), (["ask", "x", "--key", "k"], .usage), (["search"], .usage),
            (["search", "x", "--top", "0"], .usage), (["ask", "x", "--workspace", "nowhere"], .notFound),
            (["inbox", "show", "conv_nowhere"], .notFound), (["inbox", "claim", "conv_x", "--as", "nobody"], .notFound),
            (["usage", "--response", "turn_nowhere"], .notFound), (["ingest", "/nowhere/at/all"], .notFound),
            (["ask", "x", "--assistant", "nobody"], .notFound), (["prompts", "render", "nothing"], .notFound),
        ] {
            let run = try await Self.baton(arguments, in: folder)
            #expect(run.status == status.rawValue, "\(arguments): \(run.status) \(run.talk)")
            #expect(run.output.isEmpty && !run.talk.isEmpty, "\(arguments): \(run.output)")
            #expect(!run.wasKilled)
        }
        try folder.write("data: x\nturn_dedline: 3 s\n", to: "config/baton.yaml")
        let wrong = try await Self.baton(["check", "--config", folder.file("config")], in: folder)
        #expect(wrong.status == Exit.configuration.rawValue && wrong.talk.contains("baton.yaml:2") && wrong.talk.contains("turn_deadline"))
        folder.close()
    }

    @Test func `check shows every setting with its origin`() async throws {
        let folder = try TemporaryFolder()
        let run = try await Self.baton(["check", "--json"], in: folder, environment: ["BATON_TURN_DEADLINE": "30 s"])
        #expect(run.status == 0, "\(run.talk)")
        let lines = try #require(try object(run.output) as? [[String: String]])
        #expect(lines.first { $0["setting"] == "data" }?["origin"] == "environment")
        #expect(
            lines.first { $0["setting"] == "turn_deadline" } == ["setting": "turn_deadline", "value": "30 s", "origin": "environment"])
        let text = try await Self.baton(["check"], in: folder, environment: ["NO_COLOR": "1"])
        #expect(text.status == 0 && text.output.contains("All in order.") && !text.output.contains("\u{1B}"))
        folder.close()
    }

    @Test func `rules and prompts prove themselves`() async throws {
        let folder = try TemporaryFolder()
        let rules = try await Self.baton(["rules", "test", "--json"], in: folder)
        #expect(rules.status == 0, "\(rules.output.suffix(2000))")
        _ = try object(rules.output)
        let prompts = try await Self.baton(["prompts", "test"], in: folder)
        #expect(prompts.status == 0, "\(prompts.output)\(prompts.talk)")
        let rendered = try await Self.baton(["prompts", "render", "answer", "--json"], in: folder)
        #expect((try object(rendered.output) as? [[String: Any]])?.last?["role"] as? String == "user")
        folder.close()
    }

    @Test func `a grant is given once for its key`() async throws {
        let folder = try TemporaryFolder()
        for word in ["Granted", "nothing changed"] {
            let run = try await Self.baton(["credit", "grant", "10.00", "--key", "invoice-1"], in: folder)
            #expect(run.status == 0 && run.output.contains(word), "\(run)")
        }
        #expect(try await Self.baton(["credit", "grant", "ten", "--key", "k"], in: folder).status == Exit.usage.rawValue)
        #expect(try await Self.baton(["credit", "grant", "-5", "--key", "k"], in: folder).status != 0)
        let credit = try await Self.baton(["credit", "--json"], in: folder)
        #expect(credit.output.contains("60"))
        folder.close()
    }

    @Test func `the chat walks both sides on one terminal, and a pipe sees no colour`() async throws {
        let folder = try TemporaryFolder()
        #expect(try await Self.baton(["ingest"], in: folder).status == 0)
        let lines = [
            "what day are staking rewards paid out?", "/why", "/person", "/teammate edda", "/show", "/claim",
            "Hello, this is Edda. \u{1B}[31m", "/back",
            "/nonsense", "/customer", "/quit",
        ]
        let run = try await Self.baton(["chat"], in: folder, input: lines.joined(separator: "\n") + "\n")
        #expect(run.status == 0, "\(run.talk)")
        for words in ["effective confidence", "Of course.", "It is yours", "this is Edda", "is not known here"] {
            #expect(run.output.contains(words), "\(words) is missing in: \(run.output)")
        }
        #expect(!run.output.contains("\u{1B}"))
        folder.close()
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func `completions are printed for each shell`(_ shell: String) async throws {
        let folder = try TemporaryFolder()
        let run = try await Self.baton(["completion", shell], in: folder)
        #expect(run.status == 0 && run.output.contains("baton") && run.output.contains("ledger"))
        if shell == "bash" {
            let script = try folder.write(run.output, to: "completion.bash")
            var bash = try Program("baton")
            bash = bash.other("/bin/bash")
            #expect(try await bash.run(["-n", script]).status == 0)
        }
        folder.close()
    }

    @Test func `help and version go to standard output with status 0`() async throws {
        let folder = try TemporaryFolder()
        for arguments in [["--help"], ["ask", "--help"], ["--version"]] {
            let run = try await Self.baton(arguments, in: folder)
            #expect(run.status == 0 && !run.output.isEmpty && run.talk.isEmpty, "\(arguments): \(run)")
        }
        folder.close()
    }
}
