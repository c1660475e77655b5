import Support
import Testing

/// Bytes of any kind on the service's port.
struct WireFuzzTests {
    @Test func `whatever bytes come, the connection ends and the service goes on`() async throws {
        let corpus = ProbeTable.groups.flatMap(\.probes).map(\.bytes).filter { $0.count < 2_000 }.map {
            String(decoding: $0, as: UTF8.self)
        }
        let inputs = Fuzzer(corpus, seed: 11).inputs(share: 5)
        try await Served.run { served in
            let port = try served.port
            let open = try await onOwnThread {
                try inputs.filter { bytes in
                    let connection = try RawConnection(port: port)
                    connection.send(bytes)
                    connection.endSending()
                    return connection.rest(withinSeconds: 20) == nil
                }
            }
            #expect(open.isEmpty, "\(open.map { String(decoding: $0, as: UTF8.self) })")
            #expect(try await served.send("GET", "/healthz").status == 200)
            #expect(try await served.send("GET", "/readyz").status == 200)
        }
    }
}
