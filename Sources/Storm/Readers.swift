import NIOConcurrencyHelpers
package import Notation

/// Reads the live stream, and after every break goes on from the last frame it has.
struct StormReader {
    let scene: Scene
    let number: Int
    private var random: SeededRandom

    init(_ scene: Scene, number: Int, seed: UInt64) {
        (self.scene, self.number) = (scene, number)
        random = SeededRandom(seed, "reader \(number)")
    }

    /// Until it is cancelled: readers stay to the end.
    mutating func live() async {
        var cursor = 0
        while !Task.isCancelled {
            // Now and then a reader leaves by itself, as a browser does that sleeps.
            var left = random.happens(percent: 30) ? random.number(20...400) : Int.max
            let seen = NIOLockedValueBox(cursor)
            let (witness, number) = (scene.witness, number)
            await scene.caller.stream(after: cursor, credential: scene.credential) { frame in
                guard let id = frame.id else { return true }
                seen.withLockedValue { $0 = max($0, id) }
                witness.note { facts in
                    facts.frames[number].append(frame)
                    facts.counts.frames += 1
                }
                left -= 1
                return left > 0
            }
            cursor = seen.withLockedValue { $0 }
            witness.note { $0.counts.resumptions += 1 }
        }
    }
}

/// Finance: looks at balance, usage and ledger while everybody else is busy, and buys credit when it runs out.
struct StormFinance {
    let scene: Scene
    private var random: SeededRandom

    init(_ scene: Scene, seed: UInt64) {
        self.scene = scene
        random = SeededRandom(seed, "finance")
    }

    mutating func live() async {
        while !scene.isOver {
            await Caller.pause(milliseconds: 150)
            guard let answer = await scene.caller.attempt(scene.staff("GET", "/v1/credit")) else { continue }
            scene.witness.note { $0.counts.audits += 1 }
            guard let credit = Credit(answer.json) else {
                scene.witness.report(.answersAreDefinite, "GET /v1/credit: not understood (\(answer.status))")
                continue
            }
            if credit.balance < 0 || credit.available < 0 {
                scene.witness.report(.creditIsNotOverdrawn, "balance \(credit.balance), available \(credit.available) pico")
            }
            // It is allowed to run out for a while: customers are then handed over.
            if credit.available < Amount.pico(cents: StormWorld.priceCents), random.happens(percent: 60) { await grant() }
            if random.happens(percent: 20) { _ = await scene.caller.attempt(scene.staff("GET", "/v1/usage?limit=50")) }
            if random.happens(percent: 5) { await verify() }
        }
    }

    private mutating func grant() async {
        let cents = 200
        let call = scene.staff(
            "POST", "/v1/credit/grants",
            body: JSON.of(("amount", .string("\(cents / 100).00")), ("key", .string(random.word("gr"))), ("reason", .string("storm"))),
            key: random.word("ke"))
        guard let answer = await scene.settleOnce(call, &random, identity: { [$0["key"]] }), answer.isSuccess else { return }
        scene.witness.note { $0.grantedCents += cents }
    }

    private func verify() async {
        guard let answer = await scene.caller.attempt(scene.staff("GET", "/v1/ledger")), answer.isSuccess else { return }
        if !Evidence.isSound(answer.json) {
            scene.witness.report(.ledgerVerifies, "while it stormed: \(answer.json["findings"]?.items?.count ?? 0) findings")
        }
    }
}

/// A workspace's credit, as the API tells it.
package struct Credit: Sendable, Hashable {
    /// In picos of the currency.
    package let balance: Int
    /// What is left after holds.
    package let available: Int
    /// Set aside for responses under way.
    package let held: Int

    init?(_ json: JSON) {
        guard let balance = Amount.pico(json["balance"]), let held = Amount.pico(json["held"]),
            let available = Amount.pico(json["available"])
        else { return nil }
        (self.balance, self.held, self.available) = (balance, held, available)
    }
}

/// Exact decimals as integers of 1e-12.
package enum Amount {
    /// From an amount of the API: `{"amount": "12.05", "currency": "USD"}`.
    package static func pico(_ json: JSON?) -> Int? { json?["amount"]?.text.flatMap { pico($0) } }

    /// From a decimal such as "12.05"; nil where it is none or does not fit.
    package static func pico(_ text: String) -> Int? {
        let isNegative = text.hasPrefix("-")
        let parts = text.drop { $0 == "-" }.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let whole = Int(parts[0]) else { return nil }
        let decimals = parts.count == 2 ? String(parts[1]) : ""
        guard decimals.utf8.count <= 12, let fraction = Int(decimals + String(repeating: "0", count: 12 - decimals.utf8.count)) else {
            return nil
        }
        let (scaled, overflow) = whole.multipliedReportingOverflow(by: 1_000_000_000_000)
        let (sum, tooLarge) = scaled.addingReportingOverflow(fraction)
        return overflow || tooLarge ? nil : isNegative ? -sum : sum
    }

    /// From cents.
    package static func pico(cents: Int) -> Int { cents * 10_000_000_000 }
}
