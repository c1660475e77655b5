import Foundation
import Notation
import Support

/// "How fast is it over HTTP, how many may listen, and what does it need?" Everything is asked of `baton serve` in a process of its own.
struct ServiceFigures {
    let table: Table

    private static let clients = 64
    private static let messages = 6_400
    private static let handoffs = 200
    private static let conversations = 10_000

    func measure() async throws {
        StreamCrowd.raiseLimit()
        let folder = try TemporaryFolder()
        defer { folder.close() }
        let commits = try await Commits.measure(in: folder)
        try await ServedBaton.measured(table) { try await measure($0, commits) }
    }

    private func measure(_ baton: ServedBaton, _ commits: Commits) async throws {
        let idle = try Memory(of: "\(baton.id)")
        table.add(Figure(name: "idle memory of the service, RSS", value: idle.resident, unit: "MB"))
        try await acknowledgements(baton.api, commits)
        try await handoffs(baton.api)
        let crowd = try await streams(baton.api, process: baton.id)
        try await manyConversations(baton.api, process: baton.id)
        let gone = withExtendedLifetime(crowd) { baton.stop() }
        table.add(Figure(name: "SIGTERM with \(crowd.count) streams open to gone", value: gone * 1e3, unit: "ms"))
    }

    /// Customers of conversations that a person has: what is measured is the way from the socket to the disk and back, without a model.
    private func acknowledgements(_ baton: ServedAPI, _ commits: Commits) async throws {
        var customers: [ServedAPI.Customer] = []
        for _ in 0..<Self.clients {
            let customer = try await baton.customer()
            _ = try await baton.send("PUT", "/v1/conversations/\(customer.conversation)/claim", .of(("teammate", "mara")), as: baton.key)
            customers.append(customer)
        }
        let began = Moment()
        let each = Self.messages / Self.clients
        let sample = try await withThrowingTaskGroup(of: Sample.self) { group in
            for customer in customers {
                group.addTask {
                    var sample = Sample()
                    for number in 0..<each {
                        let sent = Moment()
                        _ = try await baton.say("Message \(number) of this customer.", customer)
                        sample.add(sent.seconds)
                    }
                    return sample
                }
            }
            return try await group.reduce(into: Sample()) { all, one in for seconds in one.seconds { all.add(seconds) } }
        }
        table.add(
            Figure(
                name: "durable message acknowledgements, \(Self.clients) customers", value: Double(Self.messages) / began.seconds,
                unit: "1/s",
                yardstick: ("durable commits of one row, 64 tasks", commits.together)))
        table.add(Figure(name: "  from request to acknowledgement, p50", value: sample.median * 1e3, unit: "ms"))
        table.add(Figure(name: "  the same, p99", value: sample.percentile(0.99) * 1e3, unit: "ms"))
    }

    /// From the customer's "a person, please" to the frame in a teammate's stream.
    private func handoffs(_ baton: ServedAPI) async throws {
        let crowd = StreamCrowd()
        try crowd.grow(to: 1, port: baton.port, credential: baton.key)
        var (seen, acknowledged) = (Sample(), Sample())
        for _ in 0..<Self.handoffs {
            let customer = try await baton.customer()
            crowd.forget()
            let sent = Moment()
            _ = try await baton.say("I want to talk to a person, please.", customer)
            acknowledged.add(sent.seconds)
            _ = try crowd.arrivals(of: "\"conversation.handed_over\",\"subject\":\"\(customer.conversation)\"", seconds: 20)
            seen.add(sent.seconds)
        }
        table.add(
            Figure(
                name: "a person asked for to the teammate's stream, p95", value: seen.percentile(0.95) * 1e3, unit: "ms",
                yardstick: ("acknowledgement of that message, p95", acknowledged.percentile(0.95) * 1e3)))
    }

    /// What streams cost, and how soon the last of them hears of a message.
    private func streams(_ baton: ServedAPI, process: Int32) async throws -> StreamCrowd {
        let crowd = StreamCrowd()
        let customer = try await baton.customer()
        _ = try await baton.send("PUT", "/v1/conversations/\(customer.conversation)/claim", .of(("teammate", "mara")), as: baton.key)
        let before = try Memory(of: "\(process)")
        for count in [1_000, 5_000] {
            do { try crowd.grow(to: count, port: baton.port, credential: baton.key) } catch {
                table.note("\(count) streams could not be opened: \(error)")
                return crowd
            }
            let memory = try Memory(of: "\(process)").resident - before.resident
            var (all, last) = (Sample(), Sample())
            for number in 0..<10 {
                crowd.forget()
                let message = try await baton.say("Number \(number).", customer)
                let sample = try crowd.arrivals(of: message, seconds: 30)
                for seconds in sample.seconds { all.add(seconds) }
                last.add(sample.percentile(1))
            }
            table.add(Figure(name: "\(count) live streams: memory of each", value: memory * 1e3 / Double(count), unit: "kB"))
            table.add(
                Figure(
                    name: "  acknowledgement to every stream, p99", value: all.percentile(0.99) * 1e3, unit: "ms",
                    yardstick: ("median", all.median * 1e3)))
        }
        return crowd
    }

    private func manyConversations(_ baton: ServedAPI, process: Int32) async throws {
        let each = Self.conversations / 32
        let began = Moment()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<32 {
                group.addTask { for _ in 0..<each { _ = try await baton.customer(saying: "hello") } }
            }
            try await group.waitForAll()
        }
        var list = Sample()
        for _ in 0..<50 {
            let asked = Moment()
            _ = try await baton.send("GET", "/v1/conversations?queue=assistant&limit=50", nil, as: baton.key)
            list.add(asked.seconds)
        }
        table.add(
            Figure(
                name: "\(Self.conversations) conversations opened and greeted", value: Double(Self.conversations) / began.seconds,
                unit: "1/s"))
        table.add(Figure(name: "  memory with them and the streams, RSS", value: try Memory(of: "\(process)").resident, unit: "MB"))
        table.add(Figure(name: "  a page of 50 of them, p95", value: list.percentile(0.95) * 1e3, unit: "ms"))
    }
}

extension ServedAPI {
    var port: Int { base.split(separator: ":").last.flatMap { Int($0) } ?? 0 }

    /// A customer's message.
    /// - Returns: its id.
    func say(_ text: String, _ customer: Customer) async throws -> String {
        let answer = try await send(
            "POST", "/v1/conversations/\(customer.conversation)/messages", .of(("text", .string(text))), as: customer.token,
            key: UUID().uuidString)
        return answer["message"]?["id"]?.text ?? ""
    }
}
