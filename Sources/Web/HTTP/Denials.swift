import Access
import Logging
import Storage

/// What a known caller was refused, in the audit log: one line for each request, with who, which route and the problem's code. It has no id of what was asked for:
/// that is text of the caller's.
///
/// Counted are the two answers that say "not for you": 403, and 404 where an address or a field names a thing. Whether that thing stands in another workspace, in
/// another conversation or nowhere is not looked up; the caller is told the same in all three cases, and looking would mean reading rows that are not theirs. So a
/// mistyped id leaves a line too, and a probing caller as many lines as the limits allow. Not counted are callers who are unknown (401), addresses that the service
/// does not have, and what a page of another site tried with a browser's cookie (`cross_site`): there the caller did nothing.
enum Denials {
    /// Lines a minute for one caller; `baton_denied_total` counts on.
    static let mostAMinute = 30
    /// Lines a minute for all callers of one workspace.
    static let mostAMinuteOfWorkspace = 120

    static let event = "authz.denied"

    /// Whether the problem says "not for you" to somebody who is known.
    static func isDenial(_ problem: Problem, _ facts: RequestFacts) -> Bool {
        guard facts.caller.credential != nil, let route = facts.route, route.policy != .anyone else { return false }
        switch problem.code {
        case .forbidden: return true
        case .notFound: return !route.path.places.isEmpty
        case .invalidInput: return problem.mismatches.contains { $0.code == "unknown" }
        default: return false
        }
    }
}

extension Service {
    /// Notes a refusal, before its answer goes out. The answer stays a refusal where the line cannot be written.
    func noteDenial(_ problem: Problem, _ facts: RequestFacts) async {
        guard Denials.isDenial(problem, facts), let route = facts.route else { return }
        metrics.count("baton_denied_total", ["code": problem.code.rawValue])
        let (caller, access) = (facts.caller, access)
        let workspace = caller.workspace?.text ?? ""
        let perCaller = RatePolicy("denials", quota: Denials.mostAMinute, windowSeconds: 60)
        let perWorkspace = RatePolicy("workspace-denials", quota: Denials.mostAMinuteOfWorkspace, windowSeconds: 60)
        guard limiter.take("denied \(workspace) \(caller.actor)", [perCaller]).isAllowed,
            limiter.take("denied \(workspace)", [perWorkspace]).isAllowed
        else { return }
        let (name, details) = (route.name, ["code": problem.code.rawValue, "request": facts.id])
        do {
            try await store.write { transaction in
                try access.record(Denials.event, by: caller.actor, of: caller.workspace, subject: name, details, in: transaction)
            }
        } catch {
            logger.error("a refusal is not in the audit log", metadata: ["request_id": "\(facts.id)", "error": "\(error)"])
        }
    }
}
