import Crypto
import Foundation
import NIOConcurrencyHelpers
import Notation

/// The receiver of a storm's webhook: on loopback, never killed itself. It writes down whatever it is told before it answers, and answers as receivers do: mostly
/// well, sometimes slowly, now and then not at all. It refuses each event once at most, since the second wait of the schedule is longer than a storm.
package final class StormHook: Sendable {
    /// What was told under one id.
    package struct Told: Sendable, Hashable {
        /// What the payload says happened, and to which conversation; empty where it says nothing of the kind.
        package var kind = ""
        /// See `kind`.
        package var subject = ""
        /// How often it was told.
        package var times = 0
        /// Whether it was answered by a 200 that was sent off whole.
        package var isTaken = false
        /// Whether a telling was not signed with the webhook's secret.
        package var isForged = false
        /// Whether two tellings had different words.
        package var differs = false

        /// Nothing yet.
        package init() {}
    }

    /// The kinds of events that the webhook asks for: what happens in every storm.
    package static let kinds = [
        "conversation.opened", "message.received", "message.sent", "conversation.claimed", "conversation.handed_over",
        "conversation.handed_back", "conversation.resolved",
    ]

    private struct State {
        var secret: SymmetricKey?
        var told: [String: Told] = [:]
        var bodies: [String: SHA256.Digest] = [:]
        var isCalm = false
    }

    private let server: LoopbackServer
    private let state: NIOLockedValueBox<State>

    /// Listens at once.
    /// - Throws: `StormError.socket`.
    package init(seed: UInt64) throws(StormError) {
        let state = NIOLockedValueBox(State())
        self.state = state
        server = try LoopbackServer { connection, request in
            let id = request.header("webhook-id") ?? ""
            let (times, isCalm) = Self.note(request, id, state)
            var random = SeededRandom(seed, "hook \(id)")
            let fate = random.number(0...99)
            if times == 1, !isCalm {
                switch fate {
                case 0: return connection.answer(500, type: "text/plain", [])
                case 1:
                    connection.reset()
                    return false
                case 2..<8: usleep(UInt32(random.number(20...400)) * 1000)
                default: break
                }
            }
            let isSent = connection.answer(200, type: "text/plain", [])
            if isSent { state.withLockedValue { $0.told[id]?.isTaken = true } }
            return isSent
        }
    }

    private static func note(_ request: LoopbackServer.Request, _ id: String, _ state: NIOLockedValueBox<State>) -> (Int, Bool) {
        let json = try? JSONReader.read(request.body)  // no JSON: its kind stays empty, and that is a finding
        return state.withLockedValue { state in
            var told = state.told[id] ?? Told()
            told.times += 1
            told.kind = json?["type"]?.text ?? ""
            told.subject = json?["data"]?["conversation"]?.text ?? ""
            if !isSigned(request, id, state.secret) { told.isForged = true }
            let digest = SHA256.hash(data: request.body)
            if let before = state.bodies.updateValue(digest, forKey: id), before != digest { told.differs = true }
            state.told[id] = told
            return (told.times, state.isCalm)
        }
    }

    /// Standard Webhooks 1.0.0: HMAC-SHA256 over `id.timestamp.body`.
    private static func isSigned(_ request: LoopbackServer.Request, _ id: String, _ secret: SymmetricKey?) -> Bool {
        guard let secret, let time = request.header("webhook-timestamp"), let header = request.header("webhook-signature") else {
            return false
        }
        let signed = Array("\(id).\(time).".utf8) + request.body
        return header.split(separator: " ").contains { entry in
            guard entry.hasPrefix("v1,"), let claimed = Data(base64Encoded: String(entry.dropFirst(3))) else { return false }
            return HMAC<SHA256>.isValidAuthenticationCode(claimed, authenticating: signed, using: secret)
        }
    }

    /// As webhooks are made with it.
    package var url: String { "http://\(place)/hook" }
    /// Host and port.
    package var place: String { "127.0.0.1:\(server.port)" }
    /// What was told, by the id of the telling.
    package var told: [String: Told] { state.withLockedValue(\.told) }

    /// From now on tellings are held against this secret.
    /// - Parameter secret: `whsec_` and base64.
    package func expects(_ secret: String) {
        let bytes = Data(base64Encoded: String(secret.dropFirst("whsec_".count)))
        state.withLockedValue { $0.secret = bytes.map { SymmetricKey(data: $0) } }
    }

    /// From now on every telling is taken at once.
    package func calmDown() { state.withLockedValue { $0.isCalm = true } }

    /// Waits until everything of a list was taken, as long as there is progress.
    /// - Parameter patience: how long nothing may come.
    func takes(_ ids: Set<String>, patience: Duration) async {
        var (left, moved) = (ids.count, ContinuousClock.now)
        while ContinuousClock.now - moved < patience {
            let told = told
            let now = ids.count { told[$0]?.isTaken != true }
            if now == 0 { return }
            if now < left { (left, moved) = (now, .now) }
            await Caller.pause(milliseconds: 50)
        }
    }

    /// Ends it.
    package func close() { server.close() }
}
