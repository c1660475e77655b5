import Notation

/// A customer: begins conversations, asks, waits for the answer or does not, asks for a person now and then. Keeps the key of each request and sends it
/// again until the answer is definite, as the chat page does from what it has stored.
struct StormCustomer {
    let scene: Scene
    let number: Int
    private var random: SeededRandom

    init(_ scene: Scene, number: Int, seed: UInt64) {
        (self.scene, self.number) = (scene, number)
        random = SeededRandom(seed, "customer \(number)")
    }

    mutating func live() async {
        while !scene.isOver {
            guard let (conversation, token) = await begin() else {
                await Caller.pause(milliseconds: 20)
                continue
            }
            for _ in 0..<random.number(1...4) where !scene.isOver {
                guard let sequence = await write(to: conversation, token) else { break }
                // A burst: the next message comes before the answer to this one.
                if !random.happens(percent: 30) { await wait(for: conversation, after: sequence, token) }
            }
        }
    }

    private mutating func begin() async -> (String, String)? {
        var fields: [JSON.Member] = [.init(key: "name", value: .string("Customer \(number)"))]
        var first: (text: String, word: String)?
        if random.happens(percent: 50) {
            let question = scene.question(in: nil, &random)
            first = question
            fields.append(.init(key: "text", value: .string(question.text)))
        }
        let call = Call(
            "POST", "/v1/sites/\(StormWorld.workspace)/conversations", body: .object(fields), key: random.word("ke"))
        guard let answer = await scene.settleOnce(call, &random, identity: { [$0["conversation"]?["id"], $0["message"]?["id"]] }) else {
            return nil
        }
        guard let id = answer.json["conversation"]?["id"]?.text, let token = answer.json["token"]?.text else {
            scene.witness.report(.answersAreDefinite, "POST conversations: the answer has no id or no token")
            return nil
        }
        if let first { scene.witness.note { $0.asked[first.word] = id } }
        scene.witness.opened(id, token: token)
        if let first { note(answer.json["message"], text: first.text, in: id) }
        return (id, token)
    }

    private mutating func write(to conversation: String, _ token: String) async -> Int? {
        if random.happens(percent: 3) {
            _ = await scene.settle(
                Call("POST", "/v1/conversations/\(conversation)/handoff", body: .object([]), key: random.word("ke"), credential: token),
                allowed: [409])
        }
        var text = scene.question(in: conversation, &random).text
        if random.happens(percent: 4) { text = "\(StormWorld.request) \(random.word(StormModel.questionMark))" }
        let call = Call(
            "POST", "/v1/conversations/\(conversation)/messages", body: JSON.of(("text", .string(text))), key: random.word("ke"),
            credential: token)
        guard let answer = await scene.settleOnce(call, &random, identity: { [$0["message"]?["id"], $0["message"]?["seq"]] }) else {
            return nil
        }
        return note(answer.json["message"], text: text, in: conversation)
    }

    @discardableResult
    private func note(_ message: JSON?, text: String, in conversation: String) -> Int? {
        guard let id = message?["id"]?.text, let sequence = message?["seq"]?.integer else {
            scene.witness.report(.answersAreDefinite, "\(conversation): an acknowledgement without id or seq")
            return nil
        }
        scene.witness.acknowledged(.init(conversation: conversation, id: id, sequence: sequence, text: text, teammate: nil))
        return sequence
    }

    /// Looks now and then whether something came; not for ever.
    private func wait(for conversation: String, after sequence: Int, _ token: String) async {
        let call = Call("GET", "/v1/conversations/\(conversation)/messages?after=\(sequence)", credential: token)
        for _ in 0..<12 where !scene.isOver {
            await Caller.pause(milliseconds: 60)
            if let answer = await scene.caller.attempt(call), let items = answer.json["data"]?.items, !items.isEmpty { return }
        }
    }
}

/// Uses one key for two payloads, and for the same one many times at once.
struct StormAbuser {
    let scene: Scene
    private var random: SeededRandom

    init(_ scene: Scene, seed: UInt64) {
        self.scene = scene
        random = SeededRandom(seed, "abuser")
    }

    mutating func live() async {
        while !scene.isOver {
            await Caller.pause(milliseconds: random.number(30...120))
            let known = scene.witness.look { Array($0.conversations.sorted { $0.key < $1.key }.suffix(30)) }
            guard let (conversation, token) = random.pick(known) else { continue }
            if random.happens(percent: 50) { await other(conversation, token) } else { await crowd(conversation, token) }
        }
    }

    private func call(_ text: String, _ key: String, _ conversation: String, _ token: String) -> Call {
        Call("POST", "/v1/conversations/\(conversation)/messages", body: JSON.of(("text", .string(text))), key: key, credential: token)
    }

    private func acknowledge(_ answer: Answer, _ text: String, _ conversation: String) {
        guard let id = answer.json["message"]?["id"]?.text, let sequence = answer.json["message"]?["seq"]?.integer else { return }
        scene.witness.acknowledged(.init(conversation: conversation, id: id, sequence: sequence, text: text, teammate: nil))
    }

    /// Another payload under a used key must be refused, and must leave nothing.
    private mutating func other(_ conversation: String, _ token: String) async {
        let key = random.word("ke")
        let (first, second) = (scene.question(in: conversation, &random), scene.question(in: conversation, &random))
        guard let answer = await scene.settle(call(first.text, key, conversation, token)) else { return }
        acknowledge(answer, first.text, conversation)
        scene.witness.note { $0.refused.append(second.word) }
        guard let again = await scene.caller.insist(call(second.text, key, conversation, token)) else { return }
        if again.status != 422 {
            scene.witness.report(.keyActsOnce, "\(conversation) key \(key): another payload was answered \(again.status), not 422")
        }
    }

    /// Eight of the same at once are one.
    private mutating func crowd(_ conversation: String, _ token: String) async {
        let text = scene.question(in: conversation, &random).text
        let call = call(text, random.word("ke"), conversation, token)
        let answers = await withTaskGroup(of: Answer?.self) { [scene] group in
            for _ in 0..<8 { group.addTask { await scene.settle(call) } }
            return await group.reduce(into: [Answer]()) { if let answer = $1 { $0.append(answer) } }
        }
        guard let first = answers.first else { return }
        acknowledge(first, text, conversation)
        if Set(answers.map { $0.json["message"]?["id"]?.text ?? "" }).count > 1 {
            scene.witness.report(.keyActsOnce, "\(conversation): one key sent eight times at once gave several messages")
        }
    }
}
