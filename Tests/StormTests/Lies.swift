import Foundation
import Notation
import Storm

/// The broken promises that a storm must find, each by the invariant that says it must not be.
extension LyingProxy.Lie {
    typealias Lie = LyingProxy.Lie

    /// Nothing is changed.
    static let honest = Lie(name: "none", invariant: .acknowledgedIsKept)

    static let all: [Lie] = [
        Lie(
            name: "acknowledges what it throws away", invariant: .acknowledgedIsKept,
            instead: { moment in
                guard moment.isMessages("POST"), moment.isEvery(3) else { return nil }
                let message = JSON.of(("id", .string("msg_lost\(moment.number)")), ("seq", .number("2")))
                return (202, JSON.of(("message", message)))
            }),
        Lie(
            name: "acknowledges at another number", invariant: .acknowledgedIsKept,
            after: { moment, status, json in
                guard moment.isMessages("POST"), status < 300 else { return (status, json) }
                return (status, json.changing("message") { $0.changing("seq") { .number(String(($0.integer ?? 0) + 1)) } })
            }),
        Lie(
            name: "stores a request twice", invariant: .keyActsOnce,
            after: { moment, status, json in
                guard moment.isMessages("POST"), status < 300 else { return (status, json) }
                var again = moment.call
                again.key = "again-\(moment.number)"
                _ = await moment.proxy.ask(again)
                return (status, json)
            }),
        Lie(
            name: "takes another payload under a used key", invariant: .keyActsOnce,
            after: { moment, status, json in
                guard status == 422 else { return (status, json) }
                return (202, JSON.of(("message", JSON.of(("id", .string("msg_other")), ("seq", .number("1"))))))
            }),
        Lie(
            name: "gives a repetition something new", invariant: .keyActsOnce,
            after: { moment, status, json in
                guard moment.isMessages("POST"), status < 300, let key = moment.call.key,
                    moment.proxy.remember("key \(key)", .bool(true)) != nil
                else { return (status, json) }
                return (status, json.changing("message") { $0.with("id", .string("msg_new\(moment.number)")) })
            }),
        Lie(
            name: "hides charges", invariant: .replyIsCharged,
            after: { moment, status, json in
                guard moment.path == "/v1/usage", let items = json["data"]?.items else { return (status, json) }
                return (status, json.with("data", .array(items.filter { Amount.pico($0["charged"]) == 0 })))
            }),
        Lie(
            name: "charges what was never said", invariant: .chargeHasReply,
            after: { moment, status, json in
                guard moment.path == "/v1/usage", let items = json["data"]?.items,
                    let one = items.first(where: { Amount.pico($0["charged"]) ?? 0 > 0 })
                else { return (status, json) }
                let invented = one.with("response", .string("turn_invented\(moment.number)"))
                return (status, json.with("data", .array(items + [invented])))
            }),
        Lie(
            name: "shows a response twice", invariant: .booksAgree,
            after: { moment, status, json in
                guard moment.path == "/v1/usage", let items = json["data"]?.items, let one = items.first else { return (status, json) }
                return (status, json.with("data", .array([one] + items)))
            }),
        Lie(
            name: "exports less than it shows", invariant: .booksAgree,
            text: { moment, text in
                guard moment.path == "/v1/usage.csv" else { return text }
                return text.components(separatedBy: "\r\n").enumerated().filter { $0.offset != 1 }.map(\.element).joined(separator: "\r\n")
            }),
        Lie(
            name: "answers a message twice", invariant: .answeredOnce,
            after: { moment, status, json in
                thread(moment, status, json) { messages in
                    guard let reply = messages.last(where: isReply) else { return messages }
                    return messages + [reply.with("id", .string("msg_second")).with("seq", next(messages))]
                }
            }),
        Lie(
            name: "says what no model said", invariant: .replyIsGenuine,
            after: { moment, status, json in
                thread(moment, status, json) { $0.map { isReply($0) ? $0.with("text", .string("Everything is refunded.")) : $0 } }
            }),
        Lie(
            name: "lets both take over", invariant: .oneTakesOver,
            after: { moment, status, json in
                guard moment.request.method == "PUT", moment.path.hasSuffix("/claim"), status == 409, let id = moment.conversation,
                    let answer = await moment.proxy.ask(Call("GET", "/v1/conversations/\(id)", credential: moment.call.credential)),
                    let conversation = try? JSONReader.read(answer.bytes)
                else { return (status, json) }
                return (200, JSON.of(("conversation", conversation["conversation"] ?? conversation)))
            }),
        Lie(
            name: "speaks after a takeover", invariant: .silentAfterTakeover,
            after: { moment, status, json in
                thread(moment, status, json) { $0.map { author($0) == "teammate" ? $0.with("author", .string("assistant")) : $0 } }
            }),
        Lie(
            name: "drops replies", invariant: .nobodyIsForgotten,
            after: { moment, status, json in
                thread(moment, status, json) { $0.filter { $0["author"]?.text == "customer" || author($0) == "customer" } }
            }),
        Lie(
            name: "leaves a gap in the numbers", invariant: .numbersHaveNoGap,
            after: { moment, status, json in
                thread(moment, status, json) { messages in
                    messages.map { message in
                        guard let number = message["seq"]?.integer, number > 1, author(message) != "customer", author(message) != "teammate"
                        else { return message }
                        return message.with("seq", .number(String(number + 1)))
                    }
                }
            }),
        Lie(
            name: "overdraws the credit", invariant: .creditIsNotOverdrawn,
            after: { moment, status, json in
                guard moment.path == "/v1/credit" else { return (status, json) }
                return (status, json.with("balance", amount("-0.05")).with("available", amount("-0.05")))
            }),
        Lie(
            name: "drops frames", invariant: .streamIsWhole,
            frames: { _, frame in (frame.id ?? 0) % 9 == 0 ? [] : [frame] }),
        Lie(
            name: "tells frames in another order", invariant: .streamIsWhole,
            frames: { held, frame in
                guard (frame.id ?? 0) % 9 == 0 || !held.isEmpty else { return [frame] }
                held.append(frame)
                guard held.count == 2 else { return [] }
                defer { held = [] }
                return held.reversed()
            }),
        Lie(
            name: "tells frames twice", invariant: .streamIsWhole,
            frames: { _, frame in (frame.id ?? 0) % 9 == 0 ? [frame, frame] : [frame] }),
        Lie(
            name: "signs webhooks with another secret", invariant: .webhooksAreTold,
            after: { moment, status, json in
                guard moment.request.method == "POST", moment.path == "/v1/webhooks" else { return (status, json) }
                return (status, json.with("secret", .string("whsec_" + Data(repeating: 7, count: 32).base64EncodedString())))
            }),
        Lie(
            name: "forgets a webhook", invariant: .webhooksAreTold,
            after: { moment, status, json in
                if moment.request.method == "POST", moment.path == "/v1/webhooks" { _ = moment.proxy.remember("hook", json) }
                guard moment.number > 60, moment.call.credential?.contains("bat_live_") == true,
                    let id = moment.proxy.remembered("hook")?["id"]?.text,
                    moment.proxy.remember("forgotten", .bool(true)) == nil
                else { return (status, json) }
                _ = await moment.proxy.ask(Call("DELETE", "/v1/webhooks/\(id)", credential: moment.call.credential))
                return (status, json)
            }),
        Lie(
            name: "tells webhooks what its log does not", invariant: .webhooksAreTold,
            frames: { _, frame in
                guard frame.event == "message.sent" else { return [frame] }
                return [Frame(id: frame.id, event: "conversation.tagged", data: frame.data)]
            }),
        Lie(
            name: "books what does not verify", invariant: .ledgerVerifies,
            after: { moment, status, json in
                guard moment.path == "/v1/ledger" else { return (status, json) }
                let finding = JSON.of(("rule", .string("chain")), ("what", .string("broken")))
                return (status, JSON.of(("is_sound", .bool(false)), ("findings", .array([finding]))))
            }),
        Lie(
            name: "keeps takeovers out of the log", invariant: .changesAreTold,
            frames: { _, frame in
                guard frame.event == "conversation.claimed" else { return [frame] }
                return [Frame(id: frame.id, event: "conversation.tagged", data: frame.data)]
            }),
        Lie(
            name: "holds money for ever", invariant: .nothingIsLeftOpen,
            after: { moment, status, json in
                moment.path == "/v1/credit" ? (status, json.with("held", amount("0.05"))) : (status, json)
            }),
        Lie(
            name: "writes a key into its log", invariant: .logIsDiscreet,
            after: { moment, status, json in
                if let handle = FileHandle(forWritingAtPath: moment.proxy.log) {
                    handle.seekToEndOfFile()
                    handle.write(Data("debug: \(moment.call.credential ?? "")\n".utf8))
                }
                return (status, json)
            }),
        Lie(
            name: "fails now and then", invariant: .answersAreDefinite,
            instead: { moment in moment.isEvery(17) ? (500, JSON.of(("code", .string("internal")))) : nil }),
        Lie(
            name: "does not find what it has acknowledged", invariant: .answersAreDefinite,
            instead: { moment in
                moment.isMessages("POST") && moment.isEvery(5) ? (404, JSON.of(("code", .string("not_found")))) : nil
            }),
    ]

    /// Changes a thread as teammates read it at the end; what customers poll stays as it is.
    private static func thread(_ moment: LyingProxy.Moment, _ status: Int, _ json: JSON, _ change: ([JSON]) -> [JSON]) -> (Int, JSON) {
        guard moment.isMessages("GET"), moment.call.credential?.contains("bat_live_") == true, let items = json["data"]?.items else {
            return (status, json)
        }
        return (status, json.with("data", .array(change(items))))
    }

    private static func amount(_ text: String) -> JSON { JSON.of(("amount", .string(text)), ("currency", .string("USD"))) }
    private static func author(_ message: JSON) -> String { message["author"]?.text ?? "" }
    private static func isReply(_ message: JSON) -> Bool { author(message) == "assistant" && message["kind"]?.text == "text" }
    private static func next(_ messages: [JSON]) -> JSON { .number(String((messages.compactMap { $0["seq"]?.integer }.max() ?? 0) + 1)) }
}
