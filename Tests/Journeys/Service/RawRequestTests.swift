import Foundation
import Support
import Testing
import Transfer

/// Requests that no client sends and every attacker does: for each the answers that HTTP allows, whether the connection must end, and never a second answer,
/// a request of the attacker's choice read out of the first one's body, or a wait without end. RFC numbers are those of 2022.
struct RawRequestTests {
    @Test(arguments: ProbeTable.groups + NamedProbes.suites)
    func `whatever comes in is answered once, by the rules`(_ group: ProbeTable.Group) async throws {
        let probes = group.probes
        try await Served.run { served in
            let (port, key) = (try served.port, served.key)
            let tag = try #require(try await served.send("GET", "/assets/baton.css").headers["etag"])
            for probe in probes {
                let fault = try await onOwnThread { try probe.run(port: port, key: key, tag: tag) }
                #expect(fault == nil, "\(probe.name): \(fault ?? "")")
            }
            #expect(try await served.send("GET", "/healthz").status == 200, "the service is gone after \(probes.map(\.name))")
        }
    }

    /// As many as the catalogue counts (its dashboard of 2026: 215 ids, 113 of them an absolute requirement), each id once.
    @Test func `every case of Http11Probe is tried`() {
        let ids = NamedProbes.all.map(\.id)
        #expect(ids.count == 215 && Set(ids).count == 215)
        #expect(NamedProbes.suites.map(\.probes.count) == [76, 87, 26, 5, 9, 12])
        #expect(NamedProbes.Level.allCases.map { level in NamedProbes.all.count { $0.level == level } } == [113, 29, 10, 63])
    }
}

/// One thing to send, and what may come of it.
struct Probe: Sendable {
    enum Afterwards: Sendable {
        /// The connection ends.
        case closes
        /// The next request on it is answered.
        case stays
        /// Either.
        case any
    }

    let name: String
    var bytes: [UInt8]
    /// 0: no answer, the connection just ends.
    let statuses: [Int]
    var afterwards = Afterwards.any
    var isHead = false
    /// Whether the client says that it sends no more.
    var ends = false
    /// Whether a 100 may come first.
    var mayContinue = false
    /// What else must hold of the answer; nil where it does.
    var check: @Sendable (Answer) -> String? = { _ in nil }
    /// Sent in front of the next request: the rest of what a body began.
    var inFrontOfTheNext = ""
    /// Whether a stray byte makes the next request none; it is refused then, and not answered twice.
    var spoilsTheNext = false

    typealias Answer = RawConnection.Answer

    /// What is sent: `$KEY` stands for an API key, `$TAG` for the ETag of the style sheet.
    private func written(_ key: String, _ tag: String) -> [UInt8] {
        let whole = Data(bytes)
        for (mark, value) in [("$KEY", key), ("$TAG", tag)] {
            if let place = whole.range(of: Data(mark.utf8)) {
                return bytes[..<place.lowerBound] + Array(value.utf8) + bytes[place.upperBound...]
            }
        }
        return bytes
    }

    /// What went wrong, if anything.
    func run(port: Int, key: String, tag: String) throws -> String? {
        let connection = try RawConnection(port: port)
        defer { connection.close() }
        connection.send(written(key, tag))
        if ends { connection.endSending() }
        var answer = connection.answer(isForHead: isHead, withinSeconds: 8)
        if mayContinue, answer?.status == 100 { answer = connection.answer(withinSeconds: 8) }
        if let answer {
            guard statuses.contains(answer.status) else {
                return "answered \(answer.status) \(String(decoding: answer.body, as: UTF8.self))"
            }
            if answer.status == 400, answer["content-type"] != "application/problem+json" { return "400 without a problem document" }
            if let fault = check(answer) { return fault }
        } else {
            guard connection.isEnded else { return "no answer and no end" }
            return statuses.contains(0) ? nil : "ended without an answer"
        }
        return afterwards == .closes ? end(of: connection) : sentinel(on: connection)
    }

    private func end(of connection: RawConnection) -> String? {
        guard let rest = connection.rest(withinSeconds: 8) else { return "the connection stays open" }
        return rest.isEmpty ? nil : "a second answer: \(String(decoding: rest.prefix(200), as: UTF8.self))"
    }

    /// Sends a request that can be told from every other, and expects its answer next: any other is a second answer to the probe.
    private func sentinel(on connection: RawConnection) -> String? {
        let trace = "5e477e15e477e15e477e15e477e15e4a"
        if ends { return end(of: connection) }
        let isSent = connection.send(
            inFrontOfTheNext + "GET /healthz HTTP/1.1\r\nHost: a\r\ntraceparent: 00-\(trace)-00f067aa0ba902b7-01\r\n\r\n")
        guard isSent, let answer = connection.answer(withinSeconds: 8) else {
            guard afterwards == .any else { return "the connection does not go on" }
            return connection.isEnded || !isSent ? nil : "neither an answer nor an end"
        }
        if spoilsTheNext { return [400, 501].contains(answer.status) ? end(of: connection) : "the stray byte is gone: \(answer.status)" }
        return answer["x-request-id"] == trace ? nil : "a second answer: \(answer.status)"
    }
}

extension Served {
    /// The port that the service listens on.
    var port: Int {
        get throws { try #require(base.split(separator: ":").last.flatMap { Int($0) }) }
    }
}
