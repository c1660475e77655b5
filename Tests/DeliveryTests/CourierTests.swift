import NIOConcurrencyHelpers
import Storage
import Support
import Testing
import Transfer

@testable import Delivery

/// Telling webhooks: once, signed, in time, and whatever the other side does.
@Suite(.timeLimit(.minutes(2)))
struct CourierTests {
    @Test func `an event reaches each webhook that wants it, once and signed`() async throws {
        try await withReceiver { world, receiver in
            let all = try await world.subscribe(receiver.url + "/all")
            let some = try await world.subscribe(receiver.url + "/some", events: ["conversation.claimed"])
            _ = try await world.subscribe(receiver.url + "/harbour", in: harbour)
            try await world.emit("message.received")
            try await world.emit("conversation.claimed")
            await world.courier.pass()
            await world.courier.pass()
            #expect(receiver.requests.map(\.target).sorted() == ["/all", "/all", "/some"])
            let told = try #require(receiver.requests.first { $0.target == "/some" })
            let (id, time) = (told.header("webhook-id"), told.header("webhook-timestamp"))
            #expect(id == "evt_2" && time == "1796040000" && told.header("content-type") == "application/json" && told.method == "POST")
            let signature = try #require(told.header("webhook-signature"))
            #expect(WebhookSignature.isValid(signature, told.body, id: "evt_2", seconds: 1_796_040_000, secret: some.secret))
            #expect(!WebhookSignature.isValid(signature, told.body, id: "evt_2", seconds: 1_796_040_000, secret: all.secret))
            let record = try #require(try await world.deliveries(of: some).first)
            #expect(
                record.status == .delivered && record.attempts == 1 && record.httpStatus == 200 && record.type == "conversation.claimed")
        }
    }

    @Test func `what is put down goes out while a long log is still being read`() async throws {
        let (read, readAtFirst) = (NIOLockedValueBox(0), NIOLockedValueBox<Int?>(nil))
        let receiver = try ScriptedEndpoint { _ in
            readAtFirst.withLockedValue { first in first = first ?? read.withLockedValue { $0 } }
            return .status(200)
        }
        var shape = World.Shape(allowing: ["127.0.0.1:\(receiver.port)"])
        shape.payload = { _ in
            read.withLockedValue { $0 += 1 }
            return Array("{}".utf8)
        }
        try await withWorld(shape) { world in
            _ = try await world.subscribe(receiver.url)
            try await world.emit(times: 700)
            await world.courier.pass()
            #expect(receiver.requests.count == 700)
            #expect(try #require(readAtFirst.withLockedValue { $0 }) < 700)
        }
    }

    @Test func `a webhook is told the trace in which its event was written, and a new one where there was none`() async throws {
        try await withReceiver { world, receiver in
            _ = try await world.subscribe(receiver.url)
            let given = Trace(header: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
            try await Trace.$current.withValue(given) { try await world.emit("message.received") }
            await world.courier.pass()
            let told = try #require(receiver.requests.last?.header("traceparent"))
            #expect(told.hasPrefix("00-0af7651916cd43dd8448eb211c80319c-") && told.hasSuffix("-01") && !told.contains("b7ad6b7169203331"))
            try await world.emit("message.sent")
            await world.courier.pass()
            let other = try #require(receiver.requests.last?.header("traceparent"))
            #expect(other.utf8.count == 55 && !other.contains(given.id))
        }
    }

    @Test func `what happened before a webhook was made is not told, nor what is not for outside, nor what is too large`() async throws {
        let receiver = try ScriptedEndpoint { _ in .status(200) }
        var shape = World.Shape(allowing: ["127.0.0.1:\(receiver.port)"])
        shape.payload = { event in
            switch event.kind {
            case "conversation.seen": nil
            case "large": [UInt8](repeating: 32, count: Courier.largestPayloadBytes + 1)
            default: Array("{}".utf8)
            }
        }
        try await withWorld(shape) { world in
            try await world.emit(of: "before")
            let webhook = try await world.subscribe(receiver.url)
            try await world.emit("conversation.seen")
            try await world.emit("large")
            try await world.emit("message.sent")
            await world.courier.pass()
            #expect(receiver.requests.count == 1)
            #expect(try await world.deliveries(of: webhook).map(\.type) == ["message.sent"])
        }
    }

    @Test func `the times between attempts are those of the recommendation, and then it is over`() async throws {
        try await withReceiver(Answers { _ in .status(500) }) { world, receiver in
            let webhook = try await world.subscribe(receiver.url)
            try await world.emit()
            var waits: [Int64] = []
            await world.courier.pass()
            while let record = try await world.deliveries(of: webhook).first, let next = record.nextTryAt {
                waits.append(next.since(world.now) / 1000)
                world.time.set(milliseconds: next.milliseconds - 1)
                await world.courier.pass()
                #expect(receiver.requests.count == waits.count, "not a millisecond early")
                world.time.advance(milliseconds: 1)
                await world.courier.pass()
            }
            #expect(waits == [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400])
            let record = try #require(try await world.deliveries(of: webhook).first)
            #expect(record.status == .failed && record.attempts == 10 && record.error == "HTTP 500" && record.endedAt == world.now)
            #expect(Set(receiver.requests.map { $0.header("webhook-id") }) == ["evt_1"])
            #expect(Set(receiver.requests.map { $0.header("webhook-timestamp") }).count == 10)
        }
    }

    @Test func `jitter only ever adds, up to a tenth`() {
        let now = Timestamp(milliseconds: 0)
        #expect(Schedule.next(Schedule.webhook, attempts: 2, jitter: 0, at: now)?.milliseconds == 300_000)
        #expect(Schedule.next(Schedule.webhook, attempts: 2, jitter: 0.5, at: now)?.milliseconds == 315_000)
        #expect(Schedule.next(Schedule.webhook, attempts: 2, jitter: 9, at: now)?.milliseconds == 330_000)
        #expect(Schedule.next(Schedule.webhook, attempts: 10, jitter: 0, at: now) == nil)
    }

    @Test func `410 switches a webhook off, with all that waits for it`() async throws {
        try await withReceiver(Answers { _ in .status(410) }) { world, receiver in
            let webhook = try await world.subscribe(receiver.url)
            try await world.emit(times: 5)
            await world.courier.pass()
            try await world.emit()
            world.time.advance(milliseconds: 100 * hour)
            await world.courier.pass()
            let subscription = try await world.subscription(webhook)
            #expect(subscription.disabledWhy == "gone" && receiver.requests.count <= 2)
            let records = try await world.deliveries(of: webhook)
            #expect(records.count == 5 && records.allSatisfy { $0.nextTryAt == nil && $0.status != .delivered })
        }
    }

    @Test func `a redirect is not followed and counts as a failure`() async throws {
        let inside = try ScriptedEndpoint { _ in .status(200) }
        try await withReceiver(Answers { _ in .redirect(302, to: inside.url) }) { world, receiver in
            let webhook = try await world.subscribe(receiver.url)
            try await world.emit()
            await world.courier.pass()
            #expect(inside.connectionCount == 0)
            let record = try #require(try await world.deliveries(of: webhook).first)
            #expect(record.status == .waiting && record.httpStatus == 302 && record.error == "redirects are not followed")
        }
    }

    @Test func `a receiver that drips or says nothing is left at the limit`() async throws {
        var limits = CourierLimits()
        limits.attemptMilliseconds = 300
        let head = Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".utf8)
        try await withReceiver(
            Answers { $0.target == "/drip" ? Script([.sendPieces(head, every: 1, pauseMilliseconds: 1000)]) : Script([.stall]) },
            limits: limits
        ) { world, receiver in
            var made: [NewWebhook] = []
            for path in ["/drip", "/silent"] { made.append(try await world.subscribe(receiver.url + path)) }
            try await world.emit()
            await world.courier.pass()
            #expect(receiver.requests.count == 2)
            for webhook in made {
                let record = try #require(try await world.deliveries(of: webhook).first)
                #expect(record.status == .waiting && record.error == "no answer within 300 ms")
            }
        }
    }

    @Test func `a long answer is not read to its end`() async throws {
        let piece = [UInt8](repeating: 120, count: 65_536)
        try await withReceiver(Answers { _ in .large(piece, times: 160) }) { world, receiver in
            receiver.limitSendBuffer(bytes: 65_536)
            let webhook = try await world.subscribe(receiver.url)
            try await world.emit()
            await world.courier.pass()
            try await receiver.waitForEndings(1)
            #expect(receiver.exchanges.first?.ending == .clientClosed)
            #expect(try await world.deliveries(of: webhook).first?.status == .delivered)
        }
    }

    @Test func `one dead receiver delays no other`() async throws {
        try await withReceiver(Answers { $0.target == "/dead" ? Script([.stall]) : .status(200) }) { world, receiver in
            _ = try await world.subscribe(receiver.url + "/dead")
            let alive = try await world.subscribe(receiver.url + "/alive")
            try await world.emit(times: 30)
            let running = Task { await world.courier.run() }
            try await receiver.wait(until: "all for the other one") { $0.filter { $0.request.target == "/alive" }.count == 30 }
            #expect(receiver.exchanges.filter { $0.request.target == "/dead" }.count <= 2)
            running.cancel()
            await running.value
            #expect(try await world.deliveries(of: alive).allSatisfy { $0.status != .failed })
        }
    }

    @Test func `at most two at once for one receiver`() async throws {
        try await withReceiver(Answers { _ in .status(200).after(milliseconds: 20) }) { world, receiver in
            _ = try await world.subscribe(receiver.url)
            try await world.emit(times: 12)
            await world.courier.pass()
            #expect(receiver.requests.count == 12 && receiver.mostAtOnce <= 2)
        }
    }

    @Test func `what was put down before a stop is told after the start, and what was told is not told again`() async throws {
        let receiver = try ScriptedEndpoint { _ in .status(200) }
        let folder = try TemporaryFolder()
        defer { folder.close() }
        let shape = World.Shape(allowing: ["127.0.0.1:\(receiver.port)"])
        let first = try World(folder: folder.path, shape)
        let now = first.now
        try await first.store.write { _ = try $0.ensureWorkspace(quayside, name: "Quayside", at: now) }
        let webhook = try await first.subscribe(receiver.url)
        try await first.emit(times: 3)
        await first.courier.pass()
        try await first.emit(times: 2)
        _ = try await first.courier.fanOut()
        try await first.emit(times: 2)
        await first.store.close()

        let second = try World(folder: folder.path, shape)
        await second.courier.pass()
        #expect(receiver.requests.compactMap { $0.header("webhook-id") }.sorted() == (1...7).map { "evt_\($0)" })
        #expect(try await second.deliveries(of: webhook).allSatisfy { $0.status == .delivered })
        await second.store.close()
    }

    @Test func `an attempt that is interrupted by the stop does not count`() async throws {
        try await withReceiver(Answers { _ in Script([.stall]) }) { world, receiver in
            let webhook = try await world.subscribe(receiver.url)
            try await world.emit()
            let running = Task { await world.courier.run() }
            try await receiver.waitForRequests(1)
            running.cancel()
            await running.value
            let record = try #require(try await world.deliveries(of: webhook).first)
            #expect(record.status == .waiting && record.attempts == 0)
        }
    }

    @Test func `a delivery is told again when somebody wishes, under its old id`() async throws {
        try await withReceiver { world, receiver in
            let webhook = try await world.subscribe(receiver.url)
            try await world.emit()
            await world.courier.pass()
            let first = try #require(try await world.deliveries(of: webhook).first)
            let webhooks = world.webhooks
            let again = try await world.store.write { try webhooks.replay(first.id, in: quayside, $0) }
            #expect(again.replayOf == first.id && again.status == .waiting)
            await world.courier.pass()
            #expect(
                receiver.requests.map { $0.header("webhook-id") } == ["evt_1", "evt_1"]
                    && receiver.requests[0].body == receiver.requests[1].body)
            await #expect(throws: WebhookError.notFound) {
                try await world.store.write { _ = try webhooks.replay(first.id, in: harbour, $0) }
            }
            _ = try await world.store.write { try webhooks.update(webhook.subscription.id, of: quayside, isEnabled: false, $0) }
            await #expect(throws: WebhookError.disabled) {
                try await world.store.write { _ = try webhooks.replay(first.id, in: quayside, $0) }
            }
        }
    }

    @Test func `both secrets sign after a rotation`() async throws {
        try await withReceiver { world, receiver in
            let webhook = try await world.subscribe(receiver.url)
            let webhooks = world.webhooks
            let next = try await world.store.write { try webhooks.rotate(webhook.subscription.id, of: quayside, $0) }
            try await world.emit()
            await world.courier.pass()
            let told = try #require(receiver.requests.first)
            for secret in [webhook.secret, next.secret] {
                #expect(
                    WebhookSignature.isValid(
                        told.header("webhook-signature") ?? "", told.body, id: "evt_1", seconds: 1_796_040_000, secret: secret))
            }
        }
    }

    @Test func `the log is read in pages and forgotten after its time`() async throws {
        try await withReceiver { world, receiver in
            let webhook = try await world.subscribe(receiver.url)
            try await world.emit(times: 5)
            await world.courier.pass()
            let (id, webhooks) = (webhook.subscription.id, world.webhooks)
            let first = try await world.store.read { try webhooks.deliveries(of: id, in: quayside, limit: 3, $0) }
            let rest = try await world.store.read { try webhooks.deliveries(of: id, in: quayside, limit: 3, after: first.last?.id, $0) }
            #expect(first.count == 3 && rest.count == 2 && Set((first + rest).map(\.eventID)).count == 5)
            world.time.advance(milliseconds: 30 * 24 * hour + 2)
            await world.courier.pass()
            #expect(try await world.deliveries(of: webhook).isEmpty)
        }
    }

    /// The spellings that got past other products' checks; PORT is a listener's.
    static let spellings = [
        "http://127.0.0.1:PORT/", "http://localhost:PORT/", "http://2130706433:PORT/", "http://0x7f.1:PORT/", "http://0177.0.0.1:PORT/",
        "http://[::1]:PORT/", "http://[::ffff:127.0.0.1]:PORT/", "http://[::ffff:7f00:1]:PORT/", "http://[::7f00:1]:PORT/",
        "http://[64:ff9b::7f00:1]:PORT/", "http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/", "http://0.0.0.0:PORT/",
        "http://10.0.0.1/", "http://100.64.0.1/", "http://visitor@127.0.0.1:PORT#@example.com/", "http://example.com@127.0.0.1:PORT/",
        "file:///etc/passwd", "gopher://127.0.0.1:PORT/", "http://127.0.0.1%00.example.com/", "http://①②⑦.0.0.1:PORT/",
    ]

    @Test(arguments: spellings)
    func `no spelling of an inner address is ever told anything, as webhook or as chat`(spelling: String) async throws {
        let inside = try ScriptedEndpoint { _ in .status(200) }
        let url = spelling.replacing("PORT", with: String(inside.port))
        var shape = World.Shape()
        shape.letters = { _ in [.chat(to: ChatAddress(url), text: "hello", line: "hello")] }
        try await withWorld(shape) { world in
            do {
                let webhook = try await world.subscribe(url)
                try await world.emit()
                await world.courier.pass()
                let record = try #require(try await world.deliveries(of: webhook).first)
                #expect(record.status != .delivered && record.httpStatus == nil)
            } catch WebhookError.url {
                // Refused when it was to be made, and so by the courier, were it in the table.
                try await world.store.write {
                    try $0.run(
                        """
                        INSERT INTO webhook(id, workspace, url, events, description, secret, after_seq, created_ms)
                        VALUES ('wh_x', 'quayside', $1, '["*"]', '', x'00', 0, 0)
                        """, url)
                }
                try await world.emit()
                await world.courier.pass()
            }
            try await world.enqueue(["x"])
            await world.courier.pass()
            #expect(try await world.letters("told") == 0)
            #expect(inside.connectionCount == 0)
            #expect(world.told.withLockedValue { $0 }.isEmpty)
        }
    }
}
