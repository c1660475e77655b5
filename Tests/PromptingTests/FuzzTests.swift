import Prompting
import Support
import Testing

/// A prompt folder is text that people write, a data block is text that comes back out of one.
@Suite struct FuzzTests {
    @Test func `a prompt of any kind is taken or refused, and one that is taken renders or says why not`() throws {
        let shipped = try World.shipped()
        let answer = try #require(shipped["answer.prompt"])
        let small = """
            ---
            input:
              question: {type: text, required: true}
            ---
            system:
            Be kind.{{! a comment }}
            user:
            {{#question}}Customer: {{question}}{{/question}}{{^question}}nothing{{/question}}
            """
        Fuzzer([small, answer], seed: 3).runTexts(share: 20) { text in
            var texts = shipped
            texts["answer.prompt"] = text
            guard let library = try? PromptLibrary(texts: texts) else { return }
            _ = try? library.render("answer", values: World.values(), history: [], boundary: "1f2e3d4c")
        }
    }

    @Test func `a data block of any kind is read or passed over`() {
        let block = """
            DATA 1f2e3d4c
            [fees::2] Withdrawal fees > Bank transfer
            The fee is 1.50 EUR.
            END 1f2e3d4c
            NOTE 1f2e3d4c
            something
            END 1f2e3d4c
            Customer: what does it cost?
            """
        Fuzzer([block]).runTexts { text in
            guard let read = DataBlock.parse(text) else { return }
            for passage in read.passages { #expect(!passage.id.contains("]")) }
        }
    }
}
