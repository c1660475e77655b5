import Foundation
import Support
import Testing

/// Requests that no client sends and every attacker does: for each the answers that HTTP allows, whether the connection must end, and never a second answer,
/// a request of the attacker's choice read out of the first one's body, or a wait without end. RFC numbers are those of 2022.
struct RawRequestTests {
    @Test(arguments: ProbeTable.groups) func `whatever comes in is answered once, by the rules`(_ group: ProbeTable.Group) async throws {
        let probes = group.probes
        try await Served.run { served in
            let (port, key) = (try served.port, served.key)
            for probe in probes {
                let fault = try await onOwnThread { try probe.run(port: port, key: key) }
                #expect(fault == nil, "\(probe.name): \(fault ?? "")")
            }
            #expect(try await served.send("GET", "/healthz").status == 200, "the service is gone after \(probes.map(\.name))")
        }
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
    let bytes: [UInt8]
    /// 0: no answer, the connection just ends.
    let statuses: [Int]
    var afterwards = Afterwards.any
    var isHead = false
    /// Whether the client says that it sends no more.
    var ends = false

    /// What went wrong, if anything.
    func run(port: Int, key: String) throws -> String? {
        let connection = try RawConnection(port: port)
        defer { connection.close() }
        let place = bytes.prefix(200).firstIndex(of: UInt8(ascii: "$"))
        connection.send(place.map { bytes[..<$0] + Array(key.utf8) + bytes[($0 + 4)...] } ?? bytes[...])
        if ends { connection.endSending() }
        if let answer = connection.answer(isForHead: isHead, withinSeconds: 8) {
            guard statuses.contains(answer.status) else {
                return "answered \(answer.status) \(String(decoding: answer.body, as: UTF8.self))"
            }
            if answer.status == 400, answer["content-type"] != "application/problem+json" { return "400 without a problem document" }
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
        let isSent = connection.send("GET /healthz HTTP/1.1\r\nHost: a\r\ntraceparent: 00-\(trace)-00f067aa0ba902b7-01\r\n\r\n")
        guard isSent, let answer = connection.answer(withinSeconds: 8) else {
            guard afterwards == .any else { return "the connection does not go on" }
            return connection.isEnded || !isSent ? nil : "neither an answer nor an end"
        }
        return answer["x-request-id"] == trace ? nil : "a second answer: \(answer.status)"
    }
}

extension Served {
    /// The port that the service listens on.
    var port: Int {
        get throws { try #require(base.split(separator: ":").last.flatMap { Int($0) }) }
    }
}
