import NIOConcurrencyHelpers
import Notation

/// What all clients of a storm share: whom they call, what they know, and whether it is over.
final class Scene: Sendable {
    let caller: Caller
    let witness: Witness
    let model: StormModel
    /// The key by which teammates, finance and readers come in.
    let credential: String
    private let over = NIOLockedValueBox(false)

    init(caller: Caller, witness: Witness, model: StormModel, credential: String) {
        (self.caller, self.witness, self.model, self.credential) = (caller, witness, model, credential)
    }

    /// Whether clients begin nothing new.
    var isOver: Bool { over.withLockedValue { $0 } }
    func end() { over.withLockedValue { $0 = true } }

    /// Calls until the answer is definite, and notes where there is none, or one that is not allowed here.
    /// - Parameter allowed: statuses besides success that the contract allows at this place.
    func settle(_ call: Call, allowed: Set<Int> = []) async -> Answer? {
        guard let answer = await caller.insist(call) else {
            witness.report(.answersAreDefinite, "\(call.method) \(call.path): no definite answer")
            return nil
        }
        guard answer.isSuccess || allowed.contains(answer.status) else {
            witness.report(.answersAreDefinite, "\(call.method) \(call.path): \(answer.status) \(answer.code)")
            return nil
        }
        return answer
    }

    /// The same, for a request with a key: now and then it is sent once more after it has succeeded, and what it gives must be the same.
    /// - Parameter identity: what must not change.
    func settleOnce(
        _ call: Call, allowed: Set<Int> = [], _ random: inout SeededRandom, identity: (JSON) -> [JSON?]
    ) async -> Answer? {
        guard let answer = await settle(call, allowed: allowed) else { return nil }
        guard answer.isSuccess, random.happens(percent: 15) else { return answer }
        witness.note { $0.counts.replays += 1 }
        guard let again = await settle(call, allowed: allowed) else { return answer }
        if !again.isSuccess || identity(again.json) != identity(answer.json) {
            witness.report(.keyActsOnce, "\(call.method) \(call.path) key \(call.key ?? ""): sent again it gave something else")
        }
        return answer
    }

    /// A call as a teammate, by the key.
    func staff(_ method: String, _ path: String, body: JSON? = nil, key: String? = nil) -> Call {
        Call(method, path, body: body, key: key, credential: credential)
    }

    /// Tries to take a conversation.
    /// - Returns: whether the teammate has it.
    func claim(_ conversation: String, by teammate: String, fromColleague: Bool = false, isAmbush: Bool = false) async -> Bool {
        var body: [JSON.Member] = [.init(key: "teammate", value: .string(teammate))]
        if fromColleague { body.append(.init(key: "from_colleague", value: .bool(true))) }
        guard
            let answer = await settle(staff("PUT", "/v1/conversations/\(conversation)/claim", body: .object(body)), allowed: [409]),
            answer.isSuccess
        else { return false }
        guard let found = answer.json["conversation"], let epoch = found["epoch"]?.integer, let last = found["last_seq"]?.integer else {
            witness.report(.answersAreDefinite, "PUT claim of \(conversation): the answer has no epoch")
            return false
        }
        witness.claimed(.init(conversation: conversation, teammate: teammate, epoch: epoch, after: last), isAmbush: isAmbush)
        return true
    }

    /// Gives a conversation back to the assistant. Somebody else may have it by now.
    func handBack(_ conversation: String, by teammate: String) async {
        _ = await settle(
            staff("DELETE", "/v1/conversations/\(conversation)/claim", body: JSON.of(("teammate", .string(teammate)))), allowed: [404, 409])
    }

    /// A question with a word of its own.
    func question(in conversation: String?, _ random: inout SeededRandom) -> (text: String, word: String) {
        let word = random.word(StormModel.questionMark)
        if let conversation { witness.note { $0.asked[word] = conversation } }
        return ("\(random.pick(StormWorld.questions) ?? "") \(word)", word)
    }
}
