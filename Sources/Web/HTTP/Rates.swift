import Access
import Inbox
import Notation
import Storage

extension Route.Rate {
    /// The policies, each of which must have room.
    /// - Parameter factor: multiplies the quotas.
    func policies(_ factor: Int) -> [RatePolicy] {
        let base: [(String, Int, Int)] =
            switch self {
            case .usual: [("usual", 600, 60)]
            case .messages: [("burst", 6, 60), ("hour", 40, 3600)]
            case .opening: [("opening", 20, 60), ("opening-hour", 120, 3600)]
            case .signIn: [("sign-in", 30, 900)]
            case .none: []
            }
        return base.map { RatePolicy($0.0, quota: $0.1 * min(max(factor, 1), 1000), windowSeconds: $0.2) }
    }
}

extension Service {
    /// Takes one request from a caller's patience.
    /// - Throws: `Problem` 429.
    func take(_ rate: Route.Rate, of caller: Caller, _ facts: RequestFacts) throws -> RateDecision? {
        var rate = rate
        // The customer's limit protects from customers; a program or teammate has the usual one.
        if rate == .messages, caller.isStaff { rate = .usual }
        let policies = rate.policies(settings.rateFactor)
        guard !policies.isEmpty else { return nil }
        let who =
            rate == .opening || rate == .signIn || caller.credential == nil
            ? "address \(ClientAddress(facts.address).counted)" : caller.actor
        let decision = limiter.take("\(rate.rawValue) \(caller.workspace?.text ?? "") \(who)", policies)
        guard decision.isAllowed else {
            metrics.count("baton_rate_limited_total", ["policy": rate.rawValue])
            var problem = Problem(.rateLimited, "Wait \(decision.retryAfterSeconds) seconds.")
            problem.retryAfterSeconds = decision.retryAfterSeconds
            problem.members = [("violated-policies", .array(decision.violated.map(JSON.string)))]
            throw problem
        }
        return decision
    }
}

extension Caller {
    /// Whose lists are meant; the empty id, which owns nothing, for a key.
    var teammate: TeammateID { if case .teammate(let id, _) = kind { TeammateID(id) } else { TeammateID("") } }

    /// A teammate or a key.
    var isStaff: Bool {
        switch kind {
        case .teammate, .key: true
        case .anonymous, .customer, .console: false
        }
    }
}
