import Foundation
import Testing

@testable import Prompting

struct ShippedPromptsTests {
    @Test func `the shipped folder has neither errors nor warnings`() {
        #expect(PromptLibrary.check(folder: World.folder).map(\.description) == [])
    }

    @Test func `every inline test of the shipped prompts passes`() throws {
        let library = try PromptLibrary(folder: World.folder)
        let report = library.test()
        #expect(report.outcomes.filter { !$0.passed }.map(\.description) == [])
        #expect(library.names.allSatisfy { !library.tests(of: $0).isEmpty })
    }

    @Test func `the answer prompts ask for every key of the contract, in order, confidence last`() throws {
        let library = try PromptLibrary(folder: World.folder)
        #expect(library.names == ["answer", "answer-brief"])
        for name in library.names {
            let test = try #require(library.tests(of: name).first)
            let system = try #require(try library.render(name, values: test.values).messages.first?.content)
            var rest = system[...]
            for key in AnswerPromptContract.keys {
                let found = try #require(rest.firstRange(of: "\n\"\(key)\":"), "\(name) lacks \(key)")
                rest = rest[found.upperBound...]
            }
        }
    }

    @Test func `no word of a stranger reaches a system message`() throws {
        let library = try PromptLibrary(folder: World.folder)
        let canary = "zanzibar"
        var values = World.values(question: canary, passages: [World.passage(canary, canary, canary)])
        values["human_stretch"] = .text(canary)
        for name in library.names {
            let rendered = try library.render(name, values: values, history: [ChatMessage(role: .user, content: canary)])
            #expect(rendered.messages.filter { $0.role == .system }.allSatisfy { !$0.content.contains(canary) })
            #expect(rendered.messages.count == 3)
        }
    }

    @Test func `the page for prompt engineers tells of every key, input, assertion and command`() throws {
        let page = try String(contentsOf: World.repository.appending(path: "Prompts/README.md"), encoding: .utf8)
        let words =
            FrontMatter.keys + FrontMatter.modelKeys + FrontMatter.budgetKeys + FrontMatter.trustKeys + PromptTestReader.keys
            + PromptTestReader.assertionKeys + PromptTestReader.speakers + PromptTestReader.Kind.allCases.map(\.rawValue)
            + InputReader.types
            + AnswerPromptContract.inputNames + AnswerPromptContract.passageFields.map(\.name) + AnswerPromptContract.keys
            + [Linker.boundary, AnswerPromptContract.name, "(array)", "(object)", "history.oldest", "passages.last"]
        for word in Set(words).sorted() { #expect(page.contains("`\(word)`"), "Prompts/README.md does not tell of `\(word)`") }
        for role in BodySplitter.roles { #expect(page.contains("`\(role):`"), "Prompts/README.md does not tell of `\(role):`") }
        for command in ["check", "test", "render"] { #expect(page.contains("baton prompts \(command)")) }
        for number in ["32 KiB", "256 KiB", "16"] { #expect(page.contains(number)) }
        let library = try PromptLibrary(folder: World.folder)
        for name in library.names { #expect(page.contains("`\(name).prompt`")) }
    }
}

struct PromptFolderTests {
    private func folder(_ files: [String: Data], _ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "prompts-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }  // Nothing is left where it was never made.
        for (name, data) in files {
            let url = folder.appending(path: name)
            try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try data.write(to: url)
        }
        try body(folder.path)
    }

    private let good = Data(World.prompt(body: "user:\nhi\n").utf8)

    @Test func `files that are not prompts are left alone`() throws {
        try folder(["small.prompt": good, "README.md": good, ".small.prompt.swp": good, "fixtures/x.yaml": Data("a: 1".utf8)]) {
            let library = try PromptLibrary(folder: $0)
            #expect(library.names == ["small"])
        }
    }

    @Test func `files in Windows notation are read`() throws {
        let windows = Data(("\u{FEFF}" + World.prompt(body: "user:\nhi\nthere\n")).replacing("\n", with: "\r\n").utf8)
        try folder(["small.prompt": windows]) {
            let rendered = try PromptLibrary(folder: $0).render("small", values: [:])
            #expect(rendered.messages.first?.content == "hi\nthere")
        }
    }

    @Test func `a huge file, a file that is not text and a prompt below the folder are refused together`() throws {
        let files = [
            "small.prompt": good, "huge.prompt": Data(repeating: 0x78, count: 1 << 20), "odd.prompt": Data([0x2D, 0xFF, 0xFE]),
            "fixtures/low.prompt": good,
        ]
        try folder(files) { path in
            let faults = PromptLibrary.check(folder: path)
            #expect(faults.map(\.file) == ["fixtures/low.prompt", "huge.prompt", "odd.prompt"])
            #expect(throws: PromptErrors.self) { try PromptLibrary(folder: path) }
        }
    }

    @Test func `a folder that is missing or empty is told so`() throws {
        #expect(PromptLibrary.check(folder: "/no/such/folder").first?.what.contains("cannot be read") == true)
        try folder(["README.md": good]) {
            #expect(PromptLibrary.check(folder: $0).first?.what.contains("no prompt in this folder") == true)
        }
    }
}
