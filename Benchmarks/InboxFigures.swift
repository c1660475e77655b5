import Foundation
import Inbox
import Storage
import Support

/// "Does the inbox stay quick when it is full?" Ten thousand conversations, a third of them with people, in a database on the disk.
struct InboxFigures {
    let table: Table

    private static let conversations = 10_000
    private static let rounds = 50
    private let company = WorkspaceID("quayside")
    private let mara = TeammateID("mara")
    private let began = Timestamp(milliseconds: 1_796_040_000_000)

    func measure() async throws {
        let folder = try TemporaryFolder()
        defer { folder.close() }
        let store = try Store(folder: folder.file("data"), migrations: Inbox.migrations)
        let (inbox, mara) = (Inbox(of: company), mara)
        try await people(store, inbox)
        let filling = Moment()
        for first in stride(from: 0, to: Self.conversations, by: 250) { try await fill(first..<first + 250, store, inbox) }
        table.add(Figure(name: "conversations with 4 messages, filled", value: Double(Self.conversations) / filling.seconds, unit: "1/s"))
        for (name, queue) in [
            ("needs a person", Queue.needsPerson), ("a team's", .team(TeamID("payments"))), ("with the assistant", .assistant),
            ("mine", .mine(mara)),
        ] {
            let sample = try await sampled { _ in
                let rows = try await store.read { try inbox.rows(of: queue, for: mara, limit: 100, in: $0) }
                if rows.count < 100 { table.note("\(name): only \(rows.count) rows") }
            }
            table.add(
                Figure(name: "a page of 100 rows of \(Self.conversations), \(name), p95", value: sample.percentile(0.95) * 1e3, unit: "ms"))
        }
        let counts = try await sampled { _ in _ = try await store.read { try inbox.queueCounts(for: mara, in: $0) } }
        table.add(Figure(name: "the counts of all lists, p95", value: counts.percentile(0.95) * 1e3, unit: "ms"))
        for (name, word) in [
            ("a rare word", "reference"), ("a name and a word", "withdrawal customer"), ("a beginning of three letters", "wit"),
            ("a word of every conversation", "withdrawal"),
        ] {
            let isOfOne = name.contains("rare") || name.contains("name")
            let sample = try await sampled { number in
                let words = isOfOne ? "\(word)\(1000 + number * 37)" : word
                _ = try await store.read { try inbox.search(words, for: mara, in: $0) }
            }
            table.add(
                Figure(
                    name: "search over \(Self.conversations) conversations, \(name), p95", value: sample.percentile(0.95) * 1e3, unit: "ms",
                    yardstick: ("median", sample.median * 1e3)))
        }
        await store.close()
    }

    private func sampled(_ body: (Int) async throws -> Void) async throws -> Sample {
        var sample = Sample()
        for number in 0..<Self.rounds {
            let asked = Moment()
            try await body(number)
            sample.add(asked.seconds)
        }
        return sample
    }

    private func people(_ store: Store, _ inbox: Inbox) async throws {
        let (company, mara, began) = (company, mara, began)
        try await store.write { transaction in
            _ = try transaction.ensureWorkspace(company, name: "Quayside", at: began)
            try inbox.saveTeammate(mara, name: "Mara", capacity: 1000, at: began, in: transaction)
            for team in ["frontline", "payments"] {
                try inbox.save(
                    Team(
                        id: TeamID(team), name: team, isDefault: team == "frontline", members: [mara],
                        promises: Promises(firstResponse: 600_000)),
                    at: began, in: transaction)
            }
        }
    }

    /// Of three conversations one stays with the assistant, one waits for a person, one is Mara's.
    private func fill(_ numbers: Range<Int>, _ store: Store, _ inbox: Inbox) async throws {
        let (mara, began) = (mara, began)
        try await store.write { transaction in
            for number in numbers {
                let now = began.adding(milliseconds: Int64(number) * 1_000)
                let customer = try inbox.newCustomer(at: now, in: transaction)
                try inbox.identify(customer.id, name: "Customer\(number)", email: nil, at: now, in: transaction)
                let id = try inbox.open(for: customer.id, assistant: "help", at: now, in: transaction).id
                for text in [
                    "Where is my withdrawal with the reference\(number)? I sent it on Monday and it has not arrived yet.",
                    "It was a bank transfer to my account in Lisbon, the amount is \(number) dollars.",
                    "Hello? Is anybody there who can look into this for me, please?",
                ] {
                    _ = try inbox.receive(text, from: customer.id, in: id, key: nil, patience: 60_000, at: now, in: transaction)
                }
                switch number % 3 {
                case 0: break
                case 1:
                    _ = try inbox.handOver(
                        id, because: "noKnowledge", to: .init(team: TeamID(number % 2 == 0 ? "payments" : "frontline")),
                        announcing: { _ in "I'm connecting you with a specialist." }, at: now, in: transaction)
                default: _ = try inbox.teammateReply("I am looking into it.", in: id, by: mara, at: now, in: transaction)
                }
            }
        }
    }
}
