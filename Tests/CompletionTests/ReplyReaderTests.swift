import Notation
import Testing

@testable import Completion

/// One test per way in which real servers were seen to depart from the ordinary stream.
struct ReplyReaderTests {
    private func read(_ text: String, every size: Int = 1 << 20, isWhole: Bool = true) throws -> Reply {
        var reader = ReplyReader(limit: 1 << 20)
        let bytes = Array(text.utf8)
        var at = 0
        while at < bytes.count {
            _ = try reader.feed(Array(bytes[at..<min(at + size, bytes.count)]))
            at += size
        }
        reader.finish(isWhole: isWhole)
        return reader.reply
    }

    private func stream(_ events: String...) -> String { events.map { "data: \($0)\n\n" }.joined() }

    @Test
    func `an ordinary stream is put together from any cut`() throws {
        let text = stream(
            #"{"id":"c1","model":"m-2026","choices":[{"index":0,"delta":{"role":"assistant","content":null},"finish_reason":null}],"usage":null}"#,
            #"{"id":"c1","choices":[{"index":0,"delta":{"content":"Vier – "}}]}"#,
            #"{"id":"c1","choices":[{"index":0,"delta":{"content":"six"}}]}"#,
            #"{"id":"c1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
            #"{"id":"c1","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}"#, "[DONE]")
        for size in [1, 2, 3, 7, 64, 4096] {
            let reply = try read(text, every: size)
            #expect(reply.content == "Vier – six")
            #expect(reply.finishReason == "stop")
            #expect(reply.usage?["total_tokens"] == 5)
            #expect(reply.id == "c1")
            #expect(reply.model == "m-2026")
            #expect(reply.isComplete)
        }
    }

    @Test
    func `azure-sdk-for-go 21086: a first chunk with no choices and later ones with no delta do not stop the stream`() throws {
        let reply = try read(
            stream(
                #"{"id":"","model":"","choices":[],"prompt_filter_results":[{"prompt_index":0}]}"#,
                #"{"id":"c","choices":[{"index":0,"content_filter_offsets":{}}]}"#, #"{"id":"c","choices":[{"delta":{"content":"Hi"}}]}"#,
                #"{"id":"c","choices":[{"delta":{},"finish_reason":"stop"}]}"#, "[DONE]"))
        #expect(reply.content == "Hi")
        #expect(reply.id == "c")
        #expect(reply.finishReason == "stop")
    }

    @Test
    func `llama-cpp-python 867: DONE without a finish reason is no evidence of a whole reply`() throws {
        let reply = try read(stream(#"{"choices":[{"delta":{"role":"assistant"}}]}"#, "[DONE]"))
        #expect(reply.isDone)
        #expect(reply.finishReason == nil)
    }

    @Test(arguments: ["500", "\"500\"", "null"])
    func `an error inside a stream is an error, whatever its code is`(code: String) throws {
        let reply = try read(
            stream(#"{"choices":[{"delta":{"content":"Hal"}}]}"#, #"{"error":{"code":\#(code),"message":"broke","type":"server_error"}}"#))
        #expect(reply.error?.message == "broke")
        #expect(reply.content == "Hal")
        #expect(reply.isComplete)
    }

    @Test
    func `an error field that is null is no error`() throws {
        #expect(try read(stream(#"{"error":null,"choices":[{"delta":{"content":"Hi"}}]}"#)).error == nil)
    }

    @Test
    func `Portkey 267: an error as the body of a 200 is an error`() throws {
        #expect(try read(#"{"error":"upstream is gone"}"#).error?.message == "upstream is gone")
        #expect(try read(#"{"object":"error","message":"no","code":40303}"#).error?.code == "40303")
        #expect(try read(#"{"status":"maintenance"}"#).error != nil)
    }

    @Test
    func `a JSON body though a stream was asked for is read`() throws {
        let reply = try read(
            "\u{FEFF} \n"
                + #"{"id":"p","choices":[{"message":{"role":"assistant","content":"Plain"},"finish_reason":"length"}],"usage":{"prompt_tokens":1}}"#,
            every: 5)
        #expect(reply.form == .json)
        #expect(reply.content == "Plain")
        #expect(reply.finishReason == "length")
    }

    @Test
    func `a page, a word and nothing are told apart`() throws {
        #expect(try read("\n<html><title>Log in</title>").form == .markup)
        #expect(try read("Service is down").form == .other)
        #expect(try read("ok").form == .other)
        #expect(try read("").form == .nothing)
        #expect(try read("  \n\n").form == .nothing)
        #expect(try read(": ping\n\n: ping\n\n").form == .stream)
    }

    @Test
    func `reasoning is counted and is not the answer`() throws {
        let reply = try read(
            stream(
                #"{"choices":[{"delta":{"reasoning_content":"abcd"}}]}"#, #"{"choices":[{"delta":{"reasoning":"ef"}}]}"#,
                #"{"choices":[{"delta":{"content":"Yes"},"finish_reason":"stop"}]}"#))
        #expect(reply.content == "Yes")
        #expect(reply.reasoningBytes == 6)
    }

    @Test
    func `roles, ids and shapes that change from chunk to chunk do no harm`() throws {
        let reply = try read(
            stream(
                #"{"id":"","choices":[{"delta":{"role":"assistant","content":"a"},"logprobs":null}],"obfuscation":"xx"}"#,
                #"{"id":"1","choices":[{"delta":{"role":null,"content":[{"type":"text","text":"b"}]}}]}"#,
                #"{"id":"2","choices":[{"index":0,"text":"c"}]}"#, #"{"id":"3","choices":[{"index":1,"delta":{"content":"other"}}]}"#,
                #"{"id":"4","choices":[{"delta":{"role":"assistant","content":""},"finish_reason":"stop"}]}"#))
        #expect(reply.content == "abc")
        #expect(reply.id == "1")
    }

    @Test
    func `tools nobody offered and refusals are seen`() throws {
        let call = try read(#"{"choices":[{"message":{"content":null,"tool_calls":[{"id":"t"}]},"finish_reason":"tool_calls"}]}"#)
        #expect(call.calledTool)
        let refusal = try read(#"{"choices":[{"message":{"content":null,"refusal":"I cannot"},"finish_reason":"stop"}]}"#)
        #expect(refusal.refusal == "I cannot")
        #expect(try !read(#"{"choices":[{"message":{"content":"x","tool_calls":[]}}]}"#).calledTool)
    }

    @Test
    func `vllm 7262: of many usage records the last one wins, and a null takes nothing away`() throws {
        let reply = try read(
            stream(
                #"{"choices":[{"delta":{"content":"a"}}],"usage":{"prompt_tokens":9,"completion_tokens":1}}"#,
                #"{"choices":[{"delta":{"content":"b"}}],"usage":{"prompt_tokens":9,"completion_tokens":2}}"#,
                #"{"choices":[{"delta":{},"finish_reason":"stop"}],"usage":null}"#))
        #expect(reply.usage?["completion_tokens"] == 2)
        #expect(!reply.isComplete, "a later record could still come")
    }

    @Test
    func `what follows DONE is ignored`() throws {
        #expect(
            try read(
                stream(
                    #"{"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}"#, "[DONE]",
                    #"{"choices":[{"delta":{"content":"b"}}]}"#)
            ).content == "a")
    }

    @Test
    func `keep-alive words are not garbage, and a broken chunk is`() throws {
        #expect(try !read(stream("ping", "", #"{"choices":[]}"#)).isGarbled)
        #expect(try read(stream(#"{"choices":[{"delta""#)).isGarbled)
        #expect(try !read(#"data: {"choices":[{"delta""#, isWhole: false).isGarbled)
    }

    @Test
    func `only comments are no progress`() throws {
        var reader = ReplyReader(limit: 1000)
        #expect(try !reader.feed(Array(": ping\n\n".utf8)))
        #expect(try !reader.feed(Array(": ping\n\n".utf8)))
        #expect(try reader.feed(Array("data: {}\n\n".utf8)))
    }

    @Test
    func `a reply larger than allowed is refused`() throws {
        #expect(throws: ReplyReader.TooLarge.self) { try read(String(repeating: "data: x\n\n", count: 200_000), every: 4096) }
    }

    @Test
    func `every shape of refusal gives its message`() {
        let shapes = [
            #"{"error":{"message":"no such model","type":"invalid_request_error","param":"model","code":null}}"#: "no such model",
            #"{"detail":"no such model"}"#: "no such model", #"{"detail":[{"msg":"no such"},{"msg":"model"}]}"#: "no such; model",
            #"{"error":"no such model"}"#: "no such model", #"{"object":"error","message":"no such model","code":404}"#: "no such model",
            "<html><head><title>502 Bad Gateway</title></head></html>": "an HTML page: 502 Bad Gateway", "plain\nwords": "plain words",
            "": "",
        ]
        for (body, message) in shapes { #expect(EndpointError(body: Array(body.utf8)).message == message) }
    }
}
