import Foundation
import NIOConcurrencyHelpers
import Support
import Testing

/// The real program when it is told to end, and when it has no file descriptors left.
@Suite(.serialized) struct StoppingTests {
    @Test func `told to end with 2,000 live streams open, it closes every one of them and is gone`() async throws {
        try await ServedProcess.run { served in
            let (port, key) = (served.port, served.key)
            let streams = NIOLockedValueBox<[RawConnection]>([])
            try await onOwnThread {
                let request = "GET /v1/events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(key)\r\n\r\n"
                let all = try (0..<2_000).map { _ in
                    let stream = try RawConnection(port: port)
                    stream.send(request)
                    return stream
                }
                guard all.allSatisfy({ $0.reads(": connected", withinSeconds: 60) }) else {
                    throw SupportError.socket("a stream did not open")
                }
                streams.withLockedValue { $0 = all }
            }
            let began = ContinuousClock.now
            served.running.signal(SIGTERM)
            let end = await served.running.end()
            print("2,000 streams: gone after \(ContinuousClock.now - began)")
            #expect(end.status == 0 && !end.wasKilled, "\(end) \(served.running.talk.suffix(500))")
            let told = try await onOwnThread {
                streams.withLockedValue { all in
                    defer { all = [] }
                    return all.count { stream in
                        stream.rest(withinSeconds: 10).map { String(decoding: $0, as: UTF8.self).contains("event: shutdown") } ?? false
                    }
                }
            }
            #expect(told == 2_000)
        }
    }

    /// A request whose body is half there: the service waits for the rest as it ends.
    private func hold(_ served: ServedProcess) async throws -> RawConnection {
        let (port, key) = (served.port, served.key)
        return try await onOwnThread {
            let connection = try RawConnection(port: port)
            connection.send(
                "POST /v1/stream-tickets HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(key)\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"
            )
            guard connection.answer()?.status == 100 else { throw SupportError.socket("the body is not asked for") }
            connection.send("{")
            return connection
        }
    }

    /// Waits until nobody is let in any more, and says what was told to those who came meanwhile.
    private func statusesUntilRefused(_ served: ServedProcess) async -> [Int] {
        var statuses: [Int] = []
        while let status = await served.health() { statuses.append(status) }
        return statuses
    }

    @Test func `what is being answered when it is told to end gets its answer, and who comes later is not kept waiting`() async throws {
        try await ServedProcess.run { served in
            let held = try await hold(served)
            served.running.signal(SIGTERM)
            let statuses = await statusesUntilRefused(served)
            #expect(statuses.allSatisfy { [200, 503].contains($0) })
            let answer = try await onOwnThread {
                held.send("  }")
                return held.answer()?.status
            }
            // Done, or told to come again where its turn had not come yet.
            #expect(answer == 201 || answer == 503)
            let end = await served.running.end()
            #expect(end.status == 0 && !end.wasKilled)
        }
    }

    @Test func `told a second time, it is gone at once`() async throws {
        try await ServedProcess.run { served in
            let held = try await hold(served)
            served.running.signal(SIGTERM)
            _ = await statusesUntilRefused(served)
            served.running.signal(SIGTERM)
            let end = await served.running.end()
            #expect(end.wasKilled && end.status == SIGTERM, "\(end)")
            held.close()
        }
    }

    @Test func `with no file descriptors left it goes on, and answers again when clients leave`() async throws {
        try await ServedProcess.run(descriptors: 96) { served in
            let port = served.port
            let crowd = NIOLockedValueBox<[RawConnection]>([])
            try await onOwnThread {
                // What does not fit waits in the kernel: connecting works all the same.
                let all = try (0..<300).map { _ in try RawConnection(port: port) }
                crowd.withLockedValue { $0 = all }
            }
            let before = served.processorSeconds
            // Nobody of the crowd says anything; whoever got in must not keep the database from its files.
            let answered = try await onOwnThread {
                crowd.withLockedValue { all in
                    all.prefix(20).count { connection in
                        connection.send("GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n")
                        return connection.answer(withinSeconds: 5)?.status == 200
                    }
                }
            }
            #expect(answered == 20)
            print("with a crowd that does not fit: \(served.processorSeconds - before) s of processor time")
            crowd.withLockedValue { $0 = [] }
            #expect(await served.health() == 200)
        }
    }
}

extension ServedProcess {
    /// Processor time that the program has used, in seconds.
    fileprivate var processorSeconds: Double {
        let text = (try? String(contentsOfFile: "/proc/\(running.id)/stat", encoding: .utf8)) ?? ""
        let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
        return fields.count > 12 ? ((Double(fields[11]) ?? 0) + (Double(fields[12]) ?? 0)) / 100 : 0
    }
}
