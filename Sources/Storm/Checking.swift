/// Holds what the program says against what its clients were told. Pure: the same facts give the same findings.
package struct Checking: Sendable {
    private let facts: Witness.Facts
    private let evidence: Evidence
    private let said: [String: String]
    private let hooked: [String: StormHook.Told]
    private let grantedCents: Int
    private let eventsByConversation: [String: [Evidence.Event]]
    private var found: [Violation] = []

    /// - Parameters:
    ///   - facts: what the clients know.
    ///   - evidence: what the program says.
    ///   - said: the questions' words by the answers' words, of everything the model said.
    ///   - hooked: what the webhook was told, by id.
    ///   - grantCents: the first credit.
    package init(facts: Witness.Facts, evidence: Evidence, said: [String: String], hooked: [String: StormHook.Told], grantCents: Int) {
        (self.facts, self.evidence, self.said, self.hooked) = (facts, evidence, said, hooked)
        eventsByConversation = Dictionary(grouping: evidence.events) { $0.subject }
        grantedCents = grantCents + facts.grantedCents
    }

    /// Everything found, at most twenty of a kind.
    package static func findings(
        facts: Witness.Facts, evidence: Evidence, said: [String: String], hooked: [String: StormHook.Told], grantCents: Int
    ) -> [Violation] {
        var checking = Checking(facts: facts, evidence: evidence, said: said, hooked: hooked, grantCents: grantCents)
        checking.messages()
        checking.keys()
        checking.charges()
        checking.replies()
        checking.books()
        checking.takeovers()
        checking.silence()
        checking.forgotten()
        checking.numbers()
        checking.stream()
        checking.told()
        checking.webhooks()
        checking.leftOpen()
        return checking.found
    }

    private mutating func report(_ invariant: Invariant, _ what: String) {
        guard found.count(where: { $0.invariant == invariant }) < 20 else { return }
        found.append(Violation(invariant, what))
    }

    private var threads: [Evidence.Thread] { evidence.threads.values.sorted { $0.id < $1.id } }

    /// I1: each acknowledged message is there once, at its number, with its words.
    private mutating func messages() {
        for message in Set(facts.messages) {
            let same = evidence.threads[message.conversation]?.messages.filter { $0.id == message.id } ?? []
            let place = "\(message.conversation) message \(message.id)"
            guard let kept = same.first else {
                report(.acknowledgedIsKept, "\(place): acknowledged at \(message.sequence), and lost")
                continue
            }
            if same.count > 1 { report(.acknowledgedIsKept, "\(place): stands there \(same.count) times") }
            if kept.sequence != message.sequence {
                report(.acknowledgedIsKept, "\(place): acknowledged at \(message.sequence), stands at \(kept.sequence)")
            }
            if kept.text != message.text { report(.acknowledgedIsKept, "\(place): other words") }
        }
        for conversation in facts.conversations.keys.sorted() where evidence.threads[conversation] == nil {
            report(.acknowledgedIsKept, "\(conversation): acknowledged, and not found")
        }
    }

    /// I2: every message of customers and teammates has a word of its own; none may stand twice, and none may come from a refused payload.
    private mutating func keys() {
        let refused = Set(facts.refused)
        var seen: [String: String] = [:]
        for thread in threads {
            for message in thread.messages where message.author == "customer" || message.author == "teammate" {
                let words = Words.all(StormModel.questionMark, in: message.text) + Words.all("zt", in: message.text)
                for word in words where message.kind == "text" {
                    if let other = seen.updateValue(message.id, forKey: word) {
                        report(.keyActsOnce, "\(thread.id): \(other) and \(message.id) are one request")
                    }
                    if refused.contains(word) { report(.keyActsOnce, "\(thread.id): \(message.id) was refused, and is there") }
                }
            }
        }
    }

    private static func isReply(_ message: Evidence.Message) -> Bool { message.author == "assistant" && message.kind == "text" }

    /// I3, I3b: each reply names a charged response of its conversation, each charged response is named by one reply, and none stands twice.
    private mutating func charges() {
        var charged: [String: Evidence.Response] = [:]
        var seen: Set<String> = []
        for response in evidence.responses {
            if !seen.insert(response.id).inserted { report(.booksAgree, "response \(response.id) stands twice in usage") }
            if response.charged > 0 { charged[response.id] = response }
        }
        var named: [String: String] = [:]
        for thread in threads {
            for reply in thread.messages where Self.isReply(reply) {
                guard let charge = reply.charge, charged[charge]?.conversation == thread.id else {
                    report(.replyIsCharged, "\(thread.id): \(reply.id) has no charge (\(reply.charge ?? "no response"))")
                    continue
                }
                if let other = named.updateValue(reply.id, forKey: charge) {
                    report(.replyIsCharged, "\(thread.id): \(other) and \(reply.id) share the charge \(charge)")
                }
            }
        }
        for (id, response) in charged.sorted(by: { $0.key < $1.key })
        where named[id] == nil && evidence.threads[response.conversation] != nil {
            report(.chargeHasReply, "\(response.conversation): the charge \(id) has no reply")
        }
    }

    /// I3c, I5: each reply was said by the model, to a question of this conversation, and each question has one reply.
    private mutating func replies() {
        var answered: [String: String] = [:]
        for thread in threads {
            for message in thread.messages where Self.isReply(message) {
                guard let nonce = Words.last(StormModel.nonceMark, in: message.text), let question = said[nonce] else {
                    report(.replyIsGenuine, "\(thread.id): \(message.id) was said by no model")
                    continue
                }
                if let conversation = facts.asked[question], conversation != thread.id {
                    report(.replyIsGenuine, "\(thread.id): \(message.id) answers a question of \(conversation)")
                }
                if let other = answered.updateValue(message.id, forKey: question) {
                    report(.answeredOnce, "\(thread.id): \(other) and \(message.id) answer one message")
                }
            }
        }
    }

    /// I4, I10: grants less charges are the balance, and usage and export say the same of every response.
    private mutating func books() {
        guard let credit = evidence.credit else { return report(.booksAgree, "the credit cannot be read") }
        let charged = evidence.responses.reduce(0) { $0 + $1.charged }
        let granted = Amount.pico(cents: grantedCents)
        if granted - charged != credit.balance {
            report(.booksAgree, "granted \(granted), charged \(charged), balance \(credit.balance)")
        }
        let exported = evidence.exported.values.reduce(0, +)
        if exported != charged || evidence.exportedLines != evidence.responses.count {
            report(
                .booksAgree,
                "usage: \(evidence.responses.count) responses, \(charged); export: \(evidence.exportedLines) lines, \(exported)")
        }
        if credit.balance < 0 || credit.available < 0 {
            report(.creditIsNotOverdrawn, "balance \(credit.balance), available \(credit.available)")
        }
        if !evidence.ledgerIsSound { report(.ledgerVerifies, "GET /v1/ledger: not sound") }
    }

    /// I6: the log tells one takeover for each epoch, and those that were told to their teammates.
    private mutating func takeovers() {
        var taken: [String: String] = [:]
        for event in evidence.events where event.kind == "conversation.claimed" {
            let epoch = "\(event.subject) epoch \(event.body["epoch"] ?? "")"
            if let other = taken.updateValue(event.body["teammate"] ?? "", forKey: epoch) {
                report(.oneTakesOver, "\(epoch): taken twice, by \(other) and \(event.body["teammate"] ?? "")")
            }
        }
        for claim in facts.claims {
            let epoch = "\(claim.conversation) epoch \(claim.epoch)"
            if let owner = taken[epoch], owner != claim.teammate {
                report(.oneTakesOver, "\(epoch): \(claim.teammate) was told to have it, the log says \(owner)")
            }
        }
    }

    /// I7: between a takeover and the event that ends it, nothing that the customer can read is the assistant's.
    private mutating func silence() {
        for claim in facts.claims {
            guard let thread = evidence.threads[claim.conversation] else { continue }
            let end = lastNumber(of: claim)
            for message in thread.messages where message.author == "assistant" && Self.isPublic(message) {
                guard message.sequence > claim.after, message.sequence <= end else { continue }
                report(
                    .silentAfterTakeover,
                    "\(thread.id): \(message.id) at \(message.sequence), taken over by \(claim.teammate) after \(claim.after) (epoch \(claim.epoch))"
                )
            }
        }
    }

    /// Notes and kept drafts are for teammates.
    private static func isPublic(_ message: Evidence.Message) -> Bool { ["text", "announcement", "notice"].contains(message.kind) }

    /// The number of the last message before the owner changed again.
    private func lastNumber(of claim: Witness.Claim) -> Int {
        var last = claim.after
        for event in eventsByConversation[claim.conversation] ?? [] {
            let endsIt = ["conversation.handed_back", "conversation.resolved", "conversation.reopened", "conversation.handed_over"]
            if endsIt.contains(event.kind), let epoch = event.body["epoch"].flatMap({ Int($0) }), epoch > claim.epoch { return last }
            if let number = event.body["seq"].flatMap({ Int($0) }), event.kind != "conversation.seen" { last = max(last, number) }
        }
        return Int.max
    }

    /// I8: whoever wrote last in a conversation of the assistant's, it was not the customer.
    private mutating func forgotten() {
        for thread in threads where Self.isForgotten(thread) {
            report(.nobodyIsForgotten, "\(thread.id): the customer's last message has no answer, and no person has it")
        }
    }

    /// Whether the customer's last message in a thread has neither an answer nor an owner.
    static func isForgotten(_ thread: Evidence.Thread) -> Bool {
        guard thread.owner == "assistant", thread.state == "open" else { return false }
        let voices = thread.messages.filter(isPublic)
        return voices.max { $0.sequence < $1.sequence }?.author == "customer"
    }

    /// I9: 1, 2, 3, ...
    private mutating func numbers() {
        for thread in threads {
            let numbers = thread.messages.map(\.sequence)
            if numbers != Array(1...max(numbers.count, 1)).prefix(numbers.count).map({ $0 }) {
                let first = zip(numbers, 1...).first { $0 != $1 }
                report(
                    .numbersHaveNoGap, "\(thread.id): \(numbers.count) messages, \(first.map { "\($0.0) where \($0.1) should be" } ?? "")")
            }
        }
    }

    /// I11: each reader has every event once, in order, and the same ones; and every message of the threads is among them.
    private mutating func stream() {
        let log = evidence.events.map(\.sequence)
        if log != Array(1...max(log.count, 1)).prefix(log.count).map({ $0 }) {
            report(.streamIsWhole, "the log read at the end has gaps or repetitions: \(firstBreak(log))")
        }
        for (number, frames) in facts.frames.enumerated() {
            let ids = frames.compactMap(\.id).filter { $0 <= evidence.lastEvent }
            if ids != log { report(.streamIsWhole, "reader \(number): \(ids.count) of \(log.count) events, \(firstBreak(ids))") }
            for frame in frames {
                guard let event = Evidence.event(frame) else {
                    report(.streamIsWhole, "reader \(number): frame \(frame.id ?? 0) is not understood")
                    continue
                }
                guard event.sequence <= evidence.events.count, event.sequence > 0, log.count == evidence.lastEvent else { continue }
                if evidence.events[event.sequence - 1] != event {
                    report(.streamIsWhole, "reader \(number): event \(event.sequence) differs")
                }
            }
        }
    }

    private func firstBreak(_ ids: [Int]) -> String {
        guard let broken = zip(ids, 1...).first(where: { $0 != $1 }) else { return "ends at \(ids.last ?? 0) of \(evidence.lastEvent)" }
        return "\(broken.0) where \(broken.1) should be"
    }

    /// I14: acknowledged messages and takeovers are in the event log.
    private mutating func told() {
        let messages = Set(evidence.events.compactMap { $0.body["message"] })
        for message in facts.messages where !messages.contains(message.id) {
            report(.changesAreTold, "\(message.conversation): message \(message.id) is not in the log")
        }
        let taken = Set(
            evidence.events.filter { $0.kind == "conversation.claimed" }.map { "\($0.subject) \($0.body["epoch"] ?? "")" })
        for claim in facts.claims where !taken.contains("\(claim.conversation) \(claim.epoch)") {
            report(.changesAreTold, "\(claim.conversation): the takeover of epoch \(claim.epoch) is not in the log")
        }
    }

    /// I12: the webhook took every event of the log that it asked for, signed, under its own id, with the same words each time; and nothing else.
    private mutating func webhooks() {
        var owed: [String: Evidence.Event] = [:]
        for event in evidence.events where StormHook.kinds.contains(event.kind) { owed["evt_\(event.sequence)"] = event }
        for (id, event) in owed.sorted(by: { $0.value.sequence < $1.value.sequence }) where hooked[id]?.isTaken != true {
            report(
                .webhooksAreTold, "\(id), \(event.kind) of \(event.subject): \(hooked[id] == nil ? "never told" : "told, and not again")")
        }
        for (id, told) in hooked.sorted(by: { $0.key < $1.key }) {
            if told.isForged { report(.webhooksAreTold, "\(id): not signed with the webhook's secret") }
            if told.differs { report(.webhooksAreTold, "\(id): other words the second time") }
            // What came after the log was read is not held against anything.
            guard let number = Int(id.dropFirst("evt_".count)), number <= evidence.lastEvent else { continue }
            if owed[id]?.kind != told.kind || owed[id]?.subject != told.subject {
                report(.webhooksAreTold, "\(id): told as \(told.kind) of \(told.subject), the log says \(owed[id]?.kind ?? "nothing")")
            }
        }
    }

    /// I15: no money is set aside and no response is open.
    private mutating func leftOpen() {
        if let held = evidence.credit?.held, held != 0 { report(.nothingIsLeftOpen, "\(held) pico are still held") }
        for response in evidence.responses where response.outcome == nil {
            report(.nothingIsLeftOpen, "response \(response.id) of \(response.conversation) is still open")
        }
    }
}
