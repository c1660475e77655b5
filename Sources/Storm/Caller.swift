import Foundation
import NIOConcurrencyHelpers
package import Notation
package import Transfer

/// A request to the program under test.
package struct Call: Sendable {
    /// "GET", "POST", ...
    package var method: String
    /// From `/v1` on, with the query.
    package var path: String
    /// Sent as JSON.
    package var body: JSON?
    /// `Idempotency-Key`.
    package var key: String?
    /// Sent as bearer.
    package var credential: String?

    /// - Parameters: see the properties.
    package init(_ method: String, _ path: String, body: JSON? = nil, key: String? = nil, credential: String? = nil) {
        (self.method, self.path, self.body, self.key, self.credential) = (method, path, body, key, credential)
    }
}

/// A definite answer.
package struct Answer: Sendable {
    /// The status, never one that says "ask again".
    package let status: Int
    /// The body.
    package let bytes: [UInt8]
    /// The body as JSON; `null` where it is none.
    package let json: JSON

    /// Whether it was done.
    package var isSuccess: Bool { (200..<300).contains(status) }
    /// What a problem is called.
    package var code: String { json["code"]?.text ?? "" }
}

/// Sends requests to wherever the program is at the moment, again and again until the answer is definite, as a client does that keeps its key.
package struct Caller: Sendable {
    private struct Counts {
        var requests = 0
        var indefinite = 0
        var errors: [String: Int] = [:]
    }

    private let client: HTTPClient
    private let served: ServedProgram
    private let counts = NIOLockedValueBox(Counts())
    /// How long a client asks again before it gives up and that is a finding.
    private let patience: Duration = .seconds(45)

    /// - Parameter client: allows as many connections as there are clients.
    package init(client: HTTPClient, served: ServedProgram) {
        (self.client, self.served) = (client, served)
    }

    /// Requests sent, attempts again included; and those without a definite answer.
    package var tally: (requests: Int, indefinite: Int) { counts.withLockedValue { ($0.requests, $0.indefinite) } }
    /// Statuses of 500 and above other than 503, by method and status: none of them should be.
    package var serverErrors: [String: Int] { counts.withLockedValue(\.errors) }

    /// One attempt; nil where the answer is not definite: no connection, cut, too slow, or the server says so (408, 425, 429, 5xx, a request of the same key
    /// under way).
    package func attempt(_ call: Call) async -> Answer? {
        guard let address = served.address else { return nil }
        counts.withLockedValue { $0.requests += 1 }
        guard let answer = await answer(to: call, at: address) else {
            counts.withLockedValue { $0.indefinite += 1 }
            return nil
        }
        if answer.status >= 500, answer.status != 503 {
            counts.withLockedValue { $0.errors["\(call.method) \(answer.status) \(answer.code)", default: 0] += 1 }
        }
        let isInFlight = answer.status == 409 && (answer.code.contains("in_flight") || answer.code.contains("in_progress"))
        guard answer.status < 500, ![408, 425, 429].contains(answer.status), !isInFlight else {
            counts.withLockedValue { $0.indefinite += 1 }
            // The server's own advice is seconds; a storm is shorter than that.
            if answer.status == 429 { await Self.pause(milliseconds: 50) }
            return nil
        }
        return answer
    }

    private func answer(to call: Call, at address: String) async -> Answer? {
        var headers: [(String, String)] = []
        if let credential = call.credential { headers.append(("Authorization", "Bearer \(credential)")) }
        if let key = call.key { headers.append(("Idempotency-Key", key)) }
        if call.body != nil { headers.append(("Content-Type", "application/json")) }
        let limits = Timeouts(
            connectMilliseconds: 2_000, firstByteMilliseconds: 8_000, silenceMilliseconds: 8_000, totalMilliseconds: 15_000)
        let request = HTTPRequest(
            method: call.method, url: address + call.path, headers: headers, body: call.body?.bytes ?? [], limits: limits)
        do {
            let response = try await client.send(request)
            let bytes = try await response.collect(upTo: 64 << 20)
            // Not every answer is JSON (the export is not).
            return Answer(status: response.status, bytes: bytes, json: (try? JSONReader.read(bytes)) ?? .null)
        } catch { return nil }
    }

    /// Attempts until the answer is definite; nil where none comes within the patience.
    package func insist(_ call: Call) async -> Answer? {
        let start = ContinuousClock.now
        while ContinuousClock.now - start < patience {
            if let answer = await attempt(call) { return answer }
            await Self.pause(milliseconds: served.address == nil ? 15 : 5)
        }
        return nil
    }

    /// Reads a live stream from a cursor until it ends in any way.
    /// - Parameter take: gets each frame; false ends it.
    package func stream(after cursor: Int, credential: String, _ take: (Frame) async -> Bool) async {
        guard let address = served.address else { return await Self.pause(milliseconds: 15) }
        let limits = Timeouts(
            connectMilliseconds: 2_000, firstByteMilliseconds: 10_000, silenceMilliseconds: 60_000, totalMilliseconds: 3_600_000)
        let request = HTTPRequest(
            url: address + "/v1/events",
            headers: [("Authorization", "Bearer \(credential)"), ("Accept", "text/event-stream"), ("Last-Event-ID", "\(cursor)")],
            limits: limits)
        do {
            let response = try await client.send(request)
            guard response.status == 200 else { return await Self.pause(milliseconds: 20) }
            var reader = FrameReader()
            for try await bytes in response.body {
                for frame in reader.read(bytes) { guard await take(frame) else { return } }
            }
        } catch {
            // A killed server cuts its streams; the reader resumes.
            await Self.pause(milliseconds: 5)
        }
    }

    /// Waits; a cancelled task does not.
    package static func pause(milliseconds: Int) async {
        try? await Task.sleep(for: .milliseconds(milliseconds))  // cancelled: goes on at once
    }
}

/// One frame of a live stream.
package struct Frame: Sendable, Hashable {
    /// Its place in the event log; nil for what is told once and not kept (typing, presence).
    package let id: Int?
    /// The kind of event.
    package let event: String
    /// The data lines, joined.
    package let data: String

    /// Memberwise.
    package init(id: Int?, event: String, data: String) {
        (self.id, self.event, self.data) = (id, event, data)
    }
}

/// Cuts a stream of bytes into frames (WHATWG HTML, server-sent events).
package struct FrameReader {
    private var line: [UInt8] = []
    private var id: Int?
    private var event = ""
    private var data: [String] = []

    /// At the beginning of a stream.
    package init() {}

    /// The frames that these bytes complete.
    package mutating func read(_ bytes: [UInt8]) -> [Frame] {
        var frames: [Frame] = []
        for byte in bytes {
            guard byte == UInt8(ascii: "\n") else {
                line.append(byte)
                continue
            }
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            if let frame = end(of: String(decoding: line, as: UTF8.self)) { frames.append(frame) }
            line.removeAll(keepingCapacity: true)
        }
        return frames
    }

    private mutating func end(of line: String) -> Frame? {
        guard !line.isEmpty else {
            defer { (id, event, data) = (nil, "", []) }
            return data.isEmpty ? nil : Frame(id: id, event: event, data: data.joined(separator: "\n"))
        }
        guard let colon = line.firstIndex(of: ":") else { return nil }
        var value = line[line.index(after: colon)...]
        if value.first == " " { value = value.dropFirst() }
        switch line[..<colon] {
        case "id": id = Int(value)
        case "event": event = String(value)
        case "data": data.append(String(value))
        default: break
        }
        return nil
    }
}
