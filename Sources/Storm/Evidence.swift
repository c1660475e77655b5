import Foundation
import NIOConcurrencyHelpers
import Notation

/// What the program says about itself when all is quiet: every thread, the usage, the books and the event log, through the API alone.
package struct Evidence: Sendable {
    /// One message as the API shows it to teammates.
    package struct Message: Sendable, Hashable {
        /// Names it.
        package let id: String
        /// Its place in the thread.
        package let sequence: Int
        /// `customer`, `assistant`, `system` or `teammate`.
        package let author: String
        /// `text`, `announcement`, `notice`, `note`, `suggestion`.
        package let kind: String
        /// What it says.
        package let text: String
        /// The response it is charged by; nil where no model was asked for it.
        package let charge: String?
    }

    /// One conversation with its thread.
    package struct Thread: Sendable {
        /// Names it.
        package let id: String
        /// `assistant`, `queue` or `teammate`.
        package let owner: String
        /// `open` or `resolved`.
        package let state: String
        /// As often as its owner changed.
        package let epoch: Int
        /// In the order in which the API gives them.
        package let messages: [Message]
    }

    /// One response as usage shows it.
    package struct Response: Sendable, Hashable {
        /// Names it.
        package let id: String
        /// Where it was given.
        package let conversation: String
        /// In picos; 0 where it was not charged.
        package let charged: Int
        /// nil while it is open.
        package let outcome: String?
    }

    /// One event of the log.
    package struct Event: Sendable, Hashable {
        /// Its place in the log.
        package let sequence: Int
        /// What happened.
        package let kind: String
        /// Mostly a conversation's id.
        package let subject: String
        /// Codes, ids and numbers by name.
        package let body: [String: String]
    }

    /// By id.
    package var threads: [String: Thread] = [:]
    /// All pages of usage.
    package var responses: [Response] = []
    /// Charges of the export by response, in picos.
    package var exported: [String: Int] = [:]
    /// Lines of the export without its head.
    package var exportedLines = 0
    /// The books.
    package var credit: Credit?
    /// What `GET /v1/ledger` says.
    package var ledgerIsSound = false
    /// The log from its beginning, read by one reader after all was quiet.
    package var events: [Event] = []
    /// Up to here every reader must have come.
    package var lastEvent = 0

    /// Nothing yet.
    package init() {}

    /// Whether a ledger's report has no finding.
    static func isSound(_ json: JSON) -> Bool {
        json["is_sound"] == .bool(true) && json["findings"]?.items?.isEmpty == true
    }

    /// Reads a frame's data.
    static func event(_ frame: Frame) -> Event? {
        guard let sequence = frame.id, let json = try? JSONReader.read(Array(frame.data.utf8)),  // no JSON: told by whoever needs it
            let subject = json["subject"]?.text
        else { return nil }
        var body: [String: String] = [:]
        for member in json["data"]?.members ?? [] { body[member.key] = member.value.text ?? member.value.integer.map { String($0) } }
        return Event(sequence: sequence, kind: frame.event.isEmpty ? json["type"]?.text ?? "" : frame.event, subject: subject, body: body)
    }
}

/// Asks for the evidence.
struct EvidenceReader {
    let scene: Scene
    /// Requests at one time.
    private let width = 12

    /// - Parameter marker: the id of the last message of all, which the event log is read up to.
    func all(marker: String) async -> Evidence {
        var evidence = Evidence()
        evidence.threads = await threads(scene.witness.look { Array($0.conversations.keys).sorted() })
        evidence.responses = await responses()
        (evidence.exported, evidence.exportedLines) = await export()
        if let answer = await get("/v1/credit") { evidence.credit = Credit(answer.json) }
        if let answer = await get("/v1/ledger") { evidence.ledgerIsSound = Evidence.isSound(answer.json) }
        evidence.events = await events(upTo: marker)
        evidence.lastEvent = evidence.events.last?.sequence ?? 0
        return evidence
    }

    private func get(_ path: String) async -> Answer? {
        let answer = await scene.settle(scene.staff("GET", path), allowed: [404])
        return answer?.isSuccess == true ? answer : nil
    }

    func threads(_ ids: [String]) async -> [String: Evidence.Thread] {
        await withTaskGroup(of: Evidence.Thread?.self) { group in
            var waiting = ids[...]
            for _ in 0..<width { if let id = waiting.popFirst() { group.addTask { await thread(id) } } }
            var threads: [String: Evidence.Thread] = [:]
            for await thread in group {
                if let thread { threads[thread.id] = thread }
                if let id = waiting.popFirst() { group.addTask { await self.thread(id) } }
            }
            return threads
        }
    }

    private func thread(_ id: String) async -> Evidence.Thread? {
        guard let head = await get("/v1/conversations/\(id)") else { return nil }
        var messages: [Evidence.Message] = []
        var after = 0
        while let page = await get("/v1/conversations/\(id)/messages?after=\(after)&limit=200"), let items = page.json["data"]?.items,
            !items.isEmpty
        {
            for item in items {
                messages.append(
                    .init(
                        id: item["id"]?.text ?? "", sequence: item["seq"]?.integer ?? 0,
                        author: item["author"]?.text ?? "", kind: item["kind"]?.text ?? "",
                        text: item["text"]?.text ?? "", charge: item["charge"]?.text))
            }
            let last = messages.map(\.sequence).max() ?? 0
            guard last > after else { break }
            after = last
        }
        return Evidence.Thread(
            id: id, owner: head.json["owner"]?["kind"]?.text ?? "", state: head.json["state"]?.text ?? "",
            epoch: head.json["epoch"]?.integer ?? 0, messages: messages)
    }

    private func responses() async -> [Evidence.Response] {
        var all: [Evidence.Response] = []
        var path: String? = "/v1/usage?limit=200"
        while let next = path, let page = await get(next) {
            for item in page.json["data"]?.items ?? [] {
                all.append(
                    .init(
                        id: item["response"]?.text ?? "", conversation: item["conversation"]?.text ?? "",
                        charged: Amount.pico(item["charged"]) ?? 0, outcome: item["outcome"]?.text))
            }
            path = page.json["next"]?.text.map { "/v1/usage?limit=200&after=\($0)" }
        }
        return all
    }

    private func export() async -> ([String: Int], Int) {
        guard let answer = await get("/v1/usage.csv") else { return ([:], 0) }
        // Ids and amounts need no quotes, and they stand before anything that could.
        let lines = String(decoding: answer.bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
        guard let head = lines.first?.split(separator: ",", omittingEmptySubsequences: false),
            let id = head.firstIndex(of: "response"), let charged = head.firstIndex(of: "charged")
        else { return ([:], 0) }
        var amounts: [String: Int] = [:]
        for line in lines.dropFirst() {
            let cells = line.split(separator: ",", omittingEmptySubsequences: false)
            guard cells.count > max(id, charged) else { continue }
            amounts[String(cells[id])] = Amount.pico(String(cells[charged])) ?? 0
        }
        return (amounts, lines.count - 1)
    }

    /// The log as one fresh reader sees it, up to the event that tells the marker.
    private func events(upTo marker: String) async -> [Evidence.Event] {
        let found = NIOLockedValueBox<[Evidence.Event]>([])
        let reading = Task { [scene] in
            while !Task.isCancelled {
                let cursor = found.withLockedValue { $0.last?.sequence ?? 0 }
                let isDone = NIOLockedValueBox(false)
                await scene.caller.stream(after: cursor, credential: scene.credential) { frame in
                    guard let event = Evidence.event(frame) else { return true }
                    found.withLockedValue { $0.append(event) }
                    guard event.body["message"] == marker else { return true }
                    isDone.withLockedValue { $0 = true }
                    return false
                }
                if isDone.withLockedValue({ $0 }) { return }
            }
        }
        let limit = Task {
            // As long as something comes.
            var count = -1
            while found.withLockedValue({ $0.count }) > count {
                count = found.withLockedValue { $0.count }
                try await Task.sleep(for: .seconds(30))
            }
            reading.cancel()
        }
        await reading.value
        limit.cancel()
        return found.withLockedValue { $0 }
    }
}
