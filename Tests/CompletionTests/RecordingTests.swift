import Prompting
import Support
import Testing
import Transfer

@testable import Completion

/// Nothing goes out unrecorded, nothing that went out stays open, and a cancelled call stops the spending.
struct RecordingTests {
    private struct DiskFull: Error {}

    private struct Refusing: AttemptRecorder {
        let notes = AttemptNotes()
        var refusesStart = false
        var refusesEnd = false

        func willSend(_ attempt: AttemptStart) async throws {
            if refusesStart { throw DiskFull() }
            try await notes.willSend(attempt)
        }

        func didEnd(_ attempt: AttemptEnd) async throws {
            try await notes.didEnd(attempt)
            if refusesEnd { throw DiskFull() }
        }
    }

    private static let good = Script.stream(chunks: [#"{"support":"full","answer":"Four weeks.","confidence":17}"#])

    @Test
    func `litellm 33923: when an attempt cannot be written down nothing is sent`() async throws {
        let server = try ScriptedEndpoint(Self.good)
        let bench = Bench(.quay(server))
        let recorder = Refusing(refusesStart: true)
        await #expect(throws: DiskFull.self) { try await bench.completer.complete(Bench.request(), recording: recorder) }
        #expect(server.connectionCount == 0)
        #expect(recorder.notes.ends.isEmpty)
    }

    @Test
    func `a reply whose record cannot be written is not used`() async throws {
        let server = try ScriptedEndpoint(Self.good)
        let bench = Bench(.quay(server))
        let recorder = Refusing(refusesEnd: true)
        await #expect(throws: DiskFull.self) { try await bench.completer.complete(Bench.request(), recording: recorder) }
        #expect(recorder.notes.ends.count == 1)
        #expect(server.requests.count == 1)
    }

    @Test
    func `litellm 13280: the attempt is on record before the first byte arrives`() async throws {
        let notes = AttemptNotes()
        let server = try ScriptedEndpoint { request in
            notes.starts.count == request.number ? Self.good : .status(418)
        }
        let bench = Bench(.quay(server))
        _ = try await bench.completer.complete(Bench.request(), recording: notes)
    }

    @Test
    func `cancelling closes the connection at once and the attempt is recorded with what is known`() async throws {
        let server = try ScriptedEndpoint(
            .stream(chunks: ["{", "\"a"], usage: .init(prompt: 62, completion: 10), usagePlace: .everyChunk, finish: nil, end: .stalled))
        let bench = Bench(.quay(server))
        let call = Task { try await bench.complete() }
        try await server.wait(until: "the stream has begun") { ($0.first?.bytesSent ?? 0) > 300 }
        call.cancel()
        try await server.waitForDepartures(1)
        let error = await #expect(throws: CompletionFailure.self) { try await call.value }
        #expect(error?.reason == .cancelled)
        #expect(bench.outcomes == [.cancelled])
        #expect(bench.notes.starts.count == 1)
        #expect(server.exchanges.first?.ending == .clientClosed)
        #expect(bench.notes.ends.first?.usage.source != UsageSource.none)
    }

    @Test
    func `a call that was cancelled before it began sends and records nothing`() async throws {
        let server = try ScriptedEndpoint(Self.good)
        let bench = Bench(.quay(server))
        let gate = Gate()
        let call = Task {
            while !gate.isOpen { await Task.yield() }
            return try await bench.complete()
        }
        call.cancel()
        gate.open()
        let error = await #expect(throws: CompletionFailure.self) { try await call.value }
        #expect(error?.reason == .cancelled)
        #expect(bench.notes.starts.isEmpty)
        #expect(server.connectionCount == 0)
    }

    @Test
    func `what our attempts add up to is what the endpoint billed`() async throws {
        let server = try ScriptedEndpoint { _ in Self.good }
        let bench = Bench(.quay(server))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<16 { group.addTask { _ = try await bench.complete() } }
            try await group.waitForAll()
        }
        let usages = bench.notes.ends.map(\.usage)
        #expect(usages.count == 16)
        #expect(usages.reduce(0) { $0 + $1.inputUncached } == server.tokensBilled.prompt)
        #expect(usages.reduce(0) { $0 + $1.outputVisible } == server.tokensBilled.completion)
    }
}
