import Support
import Testing
import Transfer

@Suite(.timeLimit(.minutes(1)))
struct CancellationTests {
    let client = HTTPClient()

    @Test func `a cancelled request is closed while its head is awaited`() async throws {
        let endpoint = try ScriptedEndpoint(.hang)
        let task = Task { [client] in await client.failure(endpoint.url) }
        try await endpoint.waitForRequests(1)
        task.cancel()

        let sentNothingBack = TransferError.Progress(requestMayHaveBeenSent: true, headArrived: false, answerBytes: 0)
        #expect(await task.value == .cancelled(sentNothingBack))
        try await endpoint.waitForEndings(1)
        #expect(endpoint.exchanges.first?.ending == .clientClosed)
    }

    @Test func `a cancelled reader closes the connection`() async throws {
        let endpoint = try ScriptedEndpoint(.stream(chunks: ["Four to six"], end: .stalled))
        let task = Task { [client] in await client.failure(endpoint.url) }
        try await endpoint.wait(until: "the piece is sent") { ($0.first?.bytesSent ?? 0) > 300 }
        task.cancel()

        if case .cancelled? = await task.value {} else { Issue.record("\(String(describing: await task.value))") }
        try await endpoint.waitForEndings(1)
        #expect(endpoint.exchanges.first?.ending == .clientClosed)
    }

    @Test func `a dropped body closes the connection`() async throws {
        let endpoint = try ScriptedEndpoint(.stream(chunks: ["Ines"], end: .stalled))
        do {
            let response = try await client.send(HTTPRequest(url: endpoint.url))
            var reader = response.body.makeAsyncIterator()
            #expect(try await reader.next() != nil)
        }
        try await endpoint.waitForEndings(1)
        #expect(endpoint.exchanges.first?.ending == .clientClosed)
    }

    @Test func `a body read to its end leaves the connection open`() async throws {
        let endpoint = try ScriptedEndpoint(.stream(chunks: ["Ines"]), .stream(chunks: ["Tomas"]))
        _ = try await client.get(endpoint.url)
        _ = try await client.get(endpoint.url)
        #expect(endpoint.connectionCount == 1)
        #expect(endpoint.exchanges.map(\.ending) == [.finished, .finished])
    }

    @Test func `a task cancelled beforehand never gets an answer`() async throws {
        let endpoint = try ScriptedEndpoint(.hang)
        let begin = Gate()
        let task = Task { [client] in
            // The task is cancelled before it begins to send.
            while !Task.isCancelled { await Task.yield() }
            begin.open()
            return await client.failure(endpoint.url)
        }
        task.cancel()
        if case .cancelled? = await task.value {} else { Issue.record("\(String(describing: await task.value))") }
        #expect(begin.isOpen)
    }

    @Test func `in a storm of cancellations the others stay whole`() async throws {
        let release = Gate()
        let endpoint = try ScriptedEndpoint { request in
            .stream(chunks: (0..<20).map { "\(request.target):\($0) " }, between: [.pause(milliseconds: 1)]).after(release)
        }
        let expected = (0..<20).map { "\($0)" }
        let tasks = (0..<150).map { number in
            Task { [client] () -> String? in
                guard let body = try? await client.get("\(endpoint.url)/\(number)") else { return nil }
                return String(decoding: body, as: UTF8.self)
            }
        }
        try await endpoint.waitForRequests(100)
        release.open()
        for (number, task) in tasks.enumerated() where number % 3 != 0 {
            await Task.yield()
            task.cancel()
        }
        for (number, task) in tasks.enumerated() where number % 3 == 0 {
            let body = try #require(await task.value, "survivor \(number)")
            #expect(expected.allSatisfy { body.contains("/\(number):\($0) ") } && body.hasSuffix("data: [DONE]\n\n"), "survivor \(number)")
        }
        for task in tasks { _ = await task.value }
        endpoint.close()
    }

    @Test func `closing the client leaves nobody waiting`() async throws {
        let endpoint = try ScriptedEndpoint { request in request.target == "/head" ? .hang : .stream(chunks: ["so far"], end: .stalled) }
        let waiting = (0..<10).map { number in
            Task { [client] in await client.failure(endpoint.url + (number % 2 == 0 ? "/head" : "/body")) }
        }
        try await endpoint.waitForRequests(10)
        client.close()
        for task in waiting {
            if case .closed? = await task.value {} else { Issue.record("\(String(describing: await task.value))") }
        }
        #expect(await client.failure(endpoint.url) == .closed(.nothing))
        try await endpoint.waitForEndings(10)
        client.close()
    }

    @Test func `a client that was never used closes too`() async {
        let idle = HTTPClient()
        idle.close()
        #expect(await idle.failure("http://127.0.0.1:1/") == .closed(.nothing))
    }
}
