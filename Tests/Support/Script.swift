/// What the endpoint does with one request, byte by byte: the only thing a test has to write. The builders (`reply`, `completion`, `stream`,
/// and the faults) cover the ordinary cases; anything else is a list of steps.
package struct Script: Sendable {
    /// One thing a connection does.
    package enum Step: Sendable {
        /// Writes these bytes in one piece (the reader may still see them in several).
        case send([UInt8])
        /// Writes these bytes in pieces of `every` bytes with a pause between any two: the way to cut a character, a `data:` or a chunk header.
        case sendPieces([UInt8], every: Int, pauseMilliseconds: Int)
        /// Writes the same bytes again and again, without ever holding more than one copy; stops early when the client leaves.
        case sendAgain([UInt8], times: Int)
        /// Does nothing for a while. For faults that are a matter of time; a test that can open a gate should.
        case pause(milliseconds: Int)
        /// Does nothing until the test opens the gate.
        case wait(Gate)
        /// Opens a gate, so that a test knows how far the script has come.
        case open(Gate)
        /// Does nothing until the client leaves (or the endpoint stops).
        case stall
        /// Does nothing until another request arrives at this endpoint: a server that pre-empts the running stream.
        case waitForAnotherRequest
        /// Ends the connection with RST.
        case reset
        /// Ends the connection with FIN.
        case close
    }

    /// What happens, in order.
    package var steps: [Step]
    /// Whether the connection takes another request afterwards. A script that ends in `close` or `reset` has no say.
    package var keepsConnection: Bool
    /// What the endpoint itself would bill for this answer; nil for answers that cost nothing.
    package var tokens: TokenTally?

    /// - Parameter keepsConnection: false closes the connection after the last step, whatever the reply announced.
    package init(_ steps: [Step], keepsConnection: Bool = true, tokens: TokenTally? = nil) {
        self.steps = steps
        self.keepsConnection = keepsConnection
        self.tokens = tokens
    }

    /// The text as it is, with no framing added.
    package static func raw(_ text: String, keepsConnection: Bool = false) -> Script {
        Script([.send(Array(text.utf8))], keepsConnection: keepsConnection)
    }

    /// The same script with every `send` cut into pieces of `bytes`, so that nothing arrives whole.
    /// - Parameter pauseMilliseconds: the time between two pieces; 0 leaves joining them to the kernel.
    package func split(every bytes: Int, pauseMilliseconds: Int = 0) -> Script {
        mapSends { [.sendPieces($0, every: bytes, pauseMilliseconds: pauseMilliseconds)] }
    }

    /// The same script with `ending` put after the first `count` bytes; what came later is never sent.
    package func cut(after count: Int, _ ending: Step = .close) -> Script {
        var left = count
        var kept: [Step] = []
        for step in steps {
            guard case .send(let bytes) = step else {
                kept.append(step)
                continue
            }
            kept.append(.send(Array(bytes.prefix(left))))
            left -= bytes.count
            if left <= 0 { break }
        }
        return Script(kept + [ending], keepsConnection: false, tokens: tokens)
    }

    /// The same script, begun only when the gate is open: a late head.
    package func after(_ gate: Gate) -> Script {
        Script([.wait(gate)] + steps, keepsConnection: keepsConnection, tokens: tokens)
    }

    /// The same script, begun after a pause.
    package func after(milliseconds: Int) -> Script {
        Script([.pause(milliseconds: milliseconds)] + steps, keepsConnection: keepsConnection, tokens: tokens)
    }

    /// The same script and then these steps.
    package func then(_ more: Step...) -> Script {
        Script(steps + more, keepsConnection: keepsConnection, tokens: tokens)
    }

    /// The same script on a connection that is closed afterwards although the reply announced to keep it: the keep-alive lie of llama-server,
    /// which answers `Keep-Alive: timeout=5, max=100` to a stream and closes.
    package var thenCloses: Script { Script(steps, keepsConnection: false, tokens: tokens) }

    /// The number of bytes the `send` and `sendPieces` steps hold; repeated ones are not counted.
    package var byteCount: Int {
        steps.reduce(0) { total, step in
            switch step {
            case .send(let bytes), .sendPieces(let bytes, _, _): total + bytes.count
            default: total
            }
        }
    }

    private func mapSends(_ change: ([UInt8]) -> [Step]) -> Script {
        let changed = steps.flatMap { step in
            if case .send(let bytes) = step { change(bytes) } else { [step] }
        }
        return Script(changed, keepsConnection: keepsConnection, tokens: tokens)
    }
}

/// Tokens by the endpoint's own count, to be compared with what the ledger says.
package struct TokenTally: Sendable, Hashable {
    /// All input tokens, cached ones included.
    package var prompt: Int
    /// All output tokens, reasoning included.
    package var completion: Int

    /// - Parameters: tokens, 0 or more.
    package init(prompt: Int = 0, completion: Int = 0) {
        self.prompt = prompt
        self.completion = completion
    }
}
