import Foundation
import Storage
import Support
import Testing

@testable import Baton

/// Commands in other terminals while one process holds the data directory.
struct CommandsElsewhereTests {
    /// A running `baton chat`, and a program for the other terminal.
    private struct Two {
        let folder: TemporaryFolder
        let holder: LiveProgram
        let program: Program

        init(_ folder: TemporaryFolder, data: String = "data") async throws {
            self.folder = folder
            program = try Program(
                "baton",
                environment: [
                    "BATON_DATA": folder.file(data), "BATON_CONFIG": Project.path("Config"), "BATON_PROMPTS": Project.path("Prompts"),
                    "HOME": folder.path,
                ])
            holder = try LiveProgram(program, ["chat"])
            #expect(await holder.says("/quit ends."), "\(holder.talk)")
        }

        func run(_ arguments: String..., input: String? = nil) async throws -> Program.Run {
            try await program.run(arguments, input: input)
        }

        func end() async {
            holder.type("/quit")
            let run = await holder.end()
            #expect(run.status == 0 && !run.wasKilled, "\(run.talk)")
            folder.close()
        }
    }

    private func two(_ body: (Two) async throws -> Void) async throws {
        let two = try await Two(try TemporaryFolder())
        try await body(two)
        await two.end()
    }

    @Test func `every command that works on the data does so while another process holds them`() async throws {
        try await two { two in
            let talk = two.holder.talk
            #expect(try await two.run("credit").status == 0)
            let read = try await two.run("ingest", "--json")
            #expect(read.status == 0 && read.output.contains("\"added\" : 46"), "\(read)")
            let asked = try await two.run("ask", "--json", "Is a phone bill accepted as proof of address?")
            #expect(asked.status == 0 && asked.output.contains("\"outcome\" : \"answered\""), "\(asked)")
            let piped = try await two.run("ask", "-", input: "what day are staking\nrewards paid out?\n")
            #expect(piped.status == 0 && piped.output.contains("every Monday"), "\(piped)")
            #expect(try await two.run("search", "fees", "--top", "1").output.contains("fees.md"))
            #expect(try await two.run("ask", "Can I talk to a human please?").status == 0)
            let inbox = try await two.run("inbox", "list", "--json")
            #expect(inbox.status == 0 && inbox.output.contains("\"person\" : 1"), "\(inbox)")
            #expect(try await two.run("credit", "grant", "10", "--key", "k1").output.contains("Granted"))
            let usage = try await two.run("usage", "--csv")
            #expect(usage.status == 0 && usage.output.split(whereSeparator: \.isNewline).count == 3 && !usage.output.contains("\u{1B}"))
            #expect(try await two.run("ledger", "verify").output.contains("sound"))
            let verify = try await two.run("verify")
            #expect(verify.status == 0 && verify.output.contains("Everything agrees."), "\(verify)")
            #expect(!two.holder.output.contains("Monday") && two.holder.talk == talk, "what is for the other terminal came here")
            // Statuses and words are those of the command as ever.
            let nowhere = try await two.run("inbox", "show", "conv_nowhere")
            #expect(nowhere.status == Exit.notFound.rawValue && nowhere.output.isEmpty && !nowhere.talk.isEmpty)
            #expect(try await two.run("search").status == Exit.usage.rawValue)
            // What changes nothing here, the holder sees as well.
            two.holder.type("/teammate")
            #expect(await two.holder.says("person 1") || two.holder.output.contains("1"), "\(two.holder.output)")
        }
    }

    @Test func `a chat beside a chat has its own input and its own conversation`() async throws {
        try await two { two in
            #expect(try await two.run("ingest").status == 0)
            let lines = [
                "what day are staking rewards paid out?", "/person", "/teammate edda", "/show", "/claim", "Hello, this is Edda.",
                "/customer", "/quit",
            ]
            let run = try await two.run("chat", input: lines.joined(separator: "\n") + "\n")
            #expect(run.status == 0, "\(run.talk)")
            for words in ["every Monday", "It is yours", "this is Edda"] { #expect(run.output.contains(words), "\(words): \(run.output)") }
            // Its input ends: so does it.
            #expect(try await two.run("chat", input: "").status == 0)
        }
    }

    @Test func `paths are those of the terminal in which they were typed`() async throws {
        try await two { two in
            try two.folder.write("# Opening\n\nThe harbour opens at seven.", to: "there/docs/opening.md")
            try two.folder.write("{\"id\": \"q7\", \"text\": \"harbour opens\"}\n", to: "there/queries.jsonl")
            let shell = two.program.other("/bin/sh")
            func there(_ words: String) async throws -> Program.Run {
                try await shell.run(["-c", "cd '\(two.folder.file("there"))' && exec '\(two.program.path)' \(words)"])
            }
            let read = try await there("ingest docs --into notes")
            #expect(read.status == 0 && read.output.contains("1 added"), "\(read)")
            let again = try await there("ingest './doc*/*.md' --into notes")
            #expect(again.status == 0, "\(again)")
            let found = try await there("search --queries queries.jsonl --from notes --format trec")
            #expect(found.status == 0 && found.output.hasPrefix("q7 Q0 "), "\(found)")
            #expect(try await there("ingest nothing-here").status == Exit.notFound.rawValue)
            let kept = try await there("backup --to copy.backup")
            #expect(kept.status == 0 && FileManager.default.fileExists(atPath: two.folder.file("there/copy.backup")), "\(kept)")
        }
    }

    @Test func `many at once are all served, and more than a few dozen are told to come back`() async throws {
        try await two { two in
            try await withThrowingTaskGroup(of: Int32.self) { group in
                for number in 0..<8 { group.addTask { try await two.run("credit", "grant", "1", "--key", "g\(number)").status } }
                for try await status in group { #expect(status == 0) }
            }
            let credit = try await two.run("credit")
            #expect(credit.output.contains("58.00"), "\(credit.output)")
            var taken: [LocalSocket] = []
            for _ in 0..<ControlSocket.mostSessions {
                let socket = try #require(try LocalSocket.connect(in: two.folder.file("data")))
                #expect(socket.read() != nil)
                taken.append(socket)
            }
            let late = try await two.run("credit")
            #expect(late.status == Exit.tryLater.rawValue && late.talk.contains("Try again"), "\(late)")
            for socket in taken { socket.close() }
        }
    }

    @Test func `whoever interrupts a command ends that command and nothing else`() async throws {
        try await two { two in
            // More than there are places, one after the other: each leaves its place free.
            for _ in 0..<(ControlSocket.mostSessions + 4) {
                let other = try LiveProgram(two.program, ["chat"])
                #expect(await other.says("/quit ends."))
                other.signal(SIGINT)
                let run = await other.end()
                #expect(run.wasKilled && run.status == SIGINT)
            }
            let cut = two.program.other("/bin/sh")
            #expect(try await cut.run(["-c", "'\(two.program.path)' usage --csv | head -c 1"]).status == 0)
            #expect(try await two.run("credit").status == 0)
        }
    }

    @Test func `a command whose owner goes away says so`() async throws {
        let two = try await Two(try TemporaryFolder())
        let other = try LiveProgram(two.program, ["chat"])
        #expect(await other.says("/quit ends."))
        two.holder.signal(SIGKILL)
        #expect(await two.holder.end().wasKilled)
        let run = await other.end()
        #expect(run.status == Exit.tryLater.rawValue && run.talk.contains("ended before"), "\(run.talk)")
        // The socket of the dead is no obstacle.
        #expect(FileManager.default.fileExists(atPath: two.folder.file("data/control.sock")))
        #expect(try await two.run("credit").status == 0)
        two.folder.close()
    }

    @Test func `an owner that ends in order tells the commands that still run`() async throws {
        let two = try await Two(try TemporaryFolder())
        let other = try LiveProgram(two.program, ["chat"])
        #expect(await other.says("/quit ends."))
        await two.end()
        let run = await other.end()
        #expect(!run.wasKilled)
        #expect(!FileManager.default.fileExists(atPath: two.folder.file("data/control.sock")))
    }

    @Test func `nonsense on the socket ends that connection only`() async throws {
        try await two { two in
            let data = two.folder.file("data")
            var facts = stat()
            #expect(stat(data + "/control.sock", &facts) == 0 && facts.st_mode & 0o777 == 0o600)
            let order = ControlFrame.Order(version: Baton.release, arguments: ["credit"], facts: .own)
            for nonsense: [UInt8] in [
                [], [0], Array(repeating: 0xFF, count: 4096), [2, 0xFF, 0xFF, 0xFF, 0xFF], [2, 0, 0, 0, 2, 0x7B, 0x7D], [9, 0, 0, 0, 0],
                [5, 0, 0, 0, 0], [8, 0, 0, 0, 4, 0, 0, 0, 0], Array("GET / HTTP/1.1\r\n\r\n".utf8),
                Array(try ControlFrame.order(order).encoded().dropLast(3)),
            ] {
                let socket = try #require(try LocalSocket.connect(in: data))
                guard case .greeting(let greeting) = socket.read() else {
                    Issue.record("no greeting")
                    continue
                }
                #expect(greeting.pid == two.holder.id)
                _ = socket.write(nonsense)
                shutdown(socket.descriptor, Int32(SHUT_WR))
                #expect(socket.read() == nil, "\(nonsense.prefix(8))")
                socket.close()
            }
            #expect(try await two.run("credit").status == 0)
        }
    }

    @Test func `a command of another version is told so in words`() async throws {
        try await two { two in
            let socket = try #require(try LocalSocket.connect(in: two.folder.file("data")))
            #expect(socket.read() != nil)
            let order = ControlFrame.Order(version: "9.9.9", arguments: ["credit"], facts: .own)
            _ = socket.write(try ControlFrame.order(order).encoded())
            var text = ""
            if case .talk(let words) = socket.read() { text = String(decoding: words, as: UTF8.self) }
            #expect(text.contains("9.9.9") && text.contains(Baton.release))
            #expect(socket.read() == .ended(Exit.conflict.rawValue))
            #expect(socket.read() == nil)
            socket.close()
        }
    }

    @Test func `a directory with a path longer than a socket's address can hold works as any`() async throws {
        let deep = "data-" + String(repeating: "x", count: 120)
        let two = try await Two(try TemporaryFolder(), data: deep)
        let run = try await two.run("credit")
        #expect(run.status == 0, "\(run.talk)")
        await two.end()
    }

    @Test func `where no owner answers, the refusal names it as ever`() async throws {
        let folder = try TemporaryFolder()
        let store = try Store(folder: folder.file("data"), migrations: Installation.migrations)
        let program = try Program("baton", environment: ["BATON_DATA": folder.file("data"), "BATON_CONFIG": Project.path("Config")])
        let run = try await program.run(["credit"])
        #expect(run.status == Exit.conflict.rawValue && run.talk.contains("pid \(getpid())"), "\(run.talk)")
        await store.close()
        folder.close()
    }
}
