import Notation

/// Two teammates who want the same conversation at the same moment, again and again; the one who has it writes, and gives it back or not.
struct StormPair {
    let scene: Scene
    private let names: [String]
    private var random: SeededRandom

    init(_ scene: Scene, number: Int, seed: UInt64) {
        self.scene = scene
        let all = StormWorld.teammates.dropLast()
        names = [all[(2 * number) % all.count], all[(2 * number + 1) % all.count]]
        random = SeededRandom(seed, "pair \(number)")
    }

    mutating func live() async {
        while !scene.isOver {
            await Caller.pause(milliseconds: random.number(10...60))
            guard let conversation = await next() else { continue }
            let winners = await race(for: conversation)
            for winner in winners { await work(on: conversation, as: winner) }
        }
    }

    /// From the queue, or anything that is going on.
    private mutating func next() async -> String? {
        if random.happens(percent: 40),
            let answer = await scene.caller.attempt(scene.staff("GET", "/v1/conversations?queue=needs_person&limit=20")),
            let waiting = random.pick(answer.json["data"]?.items ?? []), let id = waiting["id"]?.text
        {
            return id
        }
        return scene.witness.recent(&random)
    }

    private mutating func race(for conversation: String) async -> [String] {
        scene.witness.note { $0.counts.races += 1 }
        let takes = random.happens(percent: 10)
        let winners = await withTaskGroup(of: String?.self) { [scene, names] group in
            for name in names {
                group.addTask { await scene.claim(conversation, by: name, fromColleague: takes) ? name : nil }
            }
            return await group.reduce(into: [String]()) { if let name = $1 { $0.append(name) } }
        }
        return winners.sorted()
    }

    private mutating func work(on conversation: String, as teammate: String) async {
        for _ in 0..<random.number(0...2) { await write(to: conversation, as: teammate) }
        switch random.number(0...99) {
        case 0..<65: await scene.handBack(conversation, by: teammate)
        case 65..<72:
            _ = await scene.settle(
                scene.staff("PUT", "/v1/conversations/\(conversation)/resolution", body: JSON.of(("teammate", .string(teammate)))),
                allowed: [409])
        default: break  // stays with the person
        }
    }

    private mutating func write(to conversation: String, as teammate: String) async {
        let text = "We have looked into it. \(random.word("zt"))"
        let call = scene.staff(
            "POST", "/v1/conversations/\(conversation)/messages",
            body: JSON.of(("text", .string(text)), ("teammate", .string(teammate))), key: random.word("ke"))
        // A colleague may have taken it, or the thread moved on.
        guard
            let answer = await scene.settleOnce(
                call, allowed: [409], &random, identity: { [$0["message"]?["id"], $0["message"]?["seq"]] }),
            answer.isSuccess
        else { return }
        guard let id = answer.json["message"]?["id"]?.text, let sequence = answer.json["message"]?["seq"]?.integer else {
            return scene.witness.report(.answersAreDefinite, "\(conversation): a teammate's acknowledgement without id or seq")
        }
        scene.witness.acknowledged(.init(conversation: conversation, id: id, sequence: sequence, text: text, teammate: teammate))
    }
}

/// Takes conversations at the worst moment: 0 to 12 ms after the model's reply has left, when the service is about to store it.
struct StormAmbush {
    let scene: Scene
    private var random: SeededRandom
    /// Belongs to nobody else, so that a takeover of its own is never a colleague's.
    private let teammate = StormWorld.teammates.last ?? ""

    init(_ scene: Scene, seed: UInt64) {
        self.scene = scene
        random = SeededRandom(seed, "ambush")
    }

    mutating func live(_ said: AsyncStream<StormModel.Said>) async {
        await withDiscardingTaskGroup { group in
            for await reply in said {
                if scene.isOver { return }
                guard random.happens(percent: 25), let conversation = scene.witness.look({ $0.asked[reply.question] }) else { continue }
                let (delay, stay, givesBack) = (random.number(0...12), random.number(50...300), random.happens(percent: 70))
                group.addTask { [scene, teammate] in
                    await Caller.pause(milliseconds: delay)
                    guard await scene.claim(conversation, by: teammate, isAmbush: true), givesBack else { return }
                    await Caller.pause(milliseconds: stay)
                    await scene.handBack(conversation, by: teammate)
                }
            }
        }
    }
}
