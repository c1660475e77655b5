import Foundation
import Glibc
import NIOConcurrencyHelpers

/// The part of a scripted endpoint that its threads hold: listener, state, and the order of things on a connection. `ScriptedEndpoint` is the
/// handle whose release ends it.
final class EndpointCore: Sendable {
    struct State: Sendable {
        var queue: [Script] = []
        var choose: (@Sendable (EndpointRequest) -> Script)?
        var chooseEarly: (@Sendable (EndpointRequest) -> Script?)?
        var greetings: [ScriptedEndpoint.Greeting] = []
        var answersContinue = true
        var sendBufferBytes: Int?
        var exchanges: [EndpointExchange] = []
        var connections = 0
        var openConnections = 0
        var departures = 0
        var playing = 0
        var mostAtOnce = 0
        var unscripted = 0
        var awaitingNext: [Gate] = []
        var stopped = false
    }

    let state = NIOLockedValueBox(State())
    let watch = Watch()
    let port: Int
    private let listener: Int32
    private let stopGate = Gate()
    private let threads = DispatchGroup()

    init() throws(SupportError) {
        let opened = try LoopbackPort.listen(backlog: 1024)
        listener = opened.descriptor
        port = opened.port
    }

    deinit { _ = Glibc.close(listener) }

    func start() { detach { $0.accept() } }

    /// Ends everything and waits for the threads, which wait for nothing but this gate and their sockets.
    func stop() {
        change { $0.stopped = true }
        stopGate.open()
        threads.wait()
    }

    private func detach(_ body: @escaping @Sendable (EndpointCore) -> Void) {
        threads.enter()
        let thread = Thread {
            body(self)
            self.threads.leave()
        }
        thread.stackSize = 512 * 1024
        thread.start()
    }

    /// Changes the state, then tells those who wait for a change.
    @discardableResult
    private func change<Value>(_ body: (inout State) -> Value) -> Value {
        let value = state.withLockedValue(body)
        watch.look(at: state)
        return value
    }

    // MARK: Connections

    private func accept() {
        while true {
            var waiting = [
                pollfd(fd: stopGate.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: listener, events: Int16(POLLIN), revents: 0),
            ]
            _ = poll(&waiting, nfds_t(waiting.count), -1)
            if waiting[0].revents != 0 { return }
            let descriptor = Glibc.accept(listener, nil, nil)
            guard descriptor >= 0 else { continue }
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            let (number, greeting, sendBufferBytes) = change { state in
                state.connections += 1
                state.openConnections += 1
                return (state.connections, state.greetings.isEmpty ? .serve : state.greetings.removeFirst(), state.sendBufferBytes)
            }
            detach { core in
                let wire = Wire(descriptor: descriptor, stop: core.stopGate)
                if let sendBufferBytes { wire.limitSendBuffer(bytes: sendBufferBytes) }
                let departed = core.serve(wire, connection: number, greeting: greeting)
                wire.close()
                core.change { state in
                    state.openConnections -= 1
                    if departed { state.departures += 1 }
                }
            }
        }
    }

    /// - Returns: whether it was the client who ended the connection.
    private func serve(_ wire: Wire, connection: Int, greeting: ScriptedEndpoint.Greeting) -> Bool {
        switch greeting {
        case .serve: break
        case .close: return false
        case .reset:
            wire.reset()
            return false
        case .ignore: return wire.wait(gate: nil, timeoutMilliseconds: -1) == .clientClosed
        case .say(let bytes): _ = wire.send(bytes) { _ in }
        }
        while let head = wire.read(upTo: Array("\r\n\r\n".utf8), limit: 1 << 20).flatMap(RequestHead.init) {
            guard let (request, script) = receive(head, from: wire, connection: connection) else { return isRunning }
            let ending = play(script, on: wire, index: request.number - 1)
            if ending == .clientClosed { return true }
            guard ending == .finished, script.keepsConnection else { return false }
        }
        return isRunning
    }

    private var isRunning: Bool { !state.withLockedValue { $0.stopped } }

    /// Reads the body, unless a script wants to answer before it, and finds the script.
    private func receive(_ head: RequestHead, from wire: Wire, connection: Int) -> (EndpointRequest, Script)? {
        let (chooseEarly, answersContinue) = state.withLockedValue { ($0.chooseEarly, $0.answersContinue) }
        func request(_ number: Int, _ body: [UInt8]) -> EndpointRequest {
            EndpointRequest(
                number: number, connection: connection, method: head.method, target: head.target, headers: head.headers, body: body,
                head: head.bytes)
        }
        if let early = chooseEarly?(request(state.withLockedValue { $0.exchanges.count + 1 }, [])) {
            return (record { request($0, []) }, early)
        }
        if answersContinue, head.header("Expect")?.lowercased() == "100-continue" {
            _ = wire.send(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)) { _ in }
        }
        guard let body = readBody(head, from: wire) else { return nil }
        let recorded = record { request($0, body) }
        return (recorded, script(for: recorded))
    }

    private func record(_ make: (Int) -> EndpointRequest) -> EndpointRequest {
        let (request, gates) = change { state in
            let request = make(state.exchanges.count + 1)
            state.exchanges.append(EndpointExchange(request: request))
            defer { state.awaitingNext = [] }
            return (request, state.awaitingNext)
        }
        for gate in gates { gate.open() }
        return request
    }

    private func readBody(_ head: RequestHead, from wire: Wire) -> [UInt8]? {
        if let length = head.header("Content-Length").flatMap({ Int($0) }) { return wire.read(count: length) }
        guard head.header("Transfer-Encoding")?.lowercased() == "chunked" else { return [] }
        let lineEnd = Array("\r\n".utf8)
        var body: [UInt8] = []
        while let line = wire.read(upTo: lineEnd, limit: 1024) {
            guard let size = Int(String(decoding: line.dropLast(2), as: UTF8.self), radix: 16) else { return nil }
            guard let piece = wire.read(count: size), wire.read(count: 2) != nil else { return nil }
            if size == 0 { return body }
            body += piece
        }
        return nil
    }

    private func script(for request: EndpointRequest) -> Script {
        let (queued, choose) = change { state in
            let queued = state.queue.isEmpty ? nil : state.queue.removeFirst()
            if queued == nil, state.choose == nil { state.unscripted += 1 }
            return (queued, state.choose)
        }
        return queued ?? choose?(request) ?? .status(500, body: "no script for request \(request.number)")
    }

    // MARK: Playing

    private func play(_ script: Script, on wire: Wire, index: Int) -> EndpointExchange.Ending {
        change { state in
            state.playing += 1
            state.mostAtOnce = max(state.mostAtOnce, state.playing)
            state.exchanges[index].tokens = script.tokens
        }
        let ending = perform(script.steps, on: wire) { count in
            self.change { $0.exchanges[index].bytesSent += count }
        }
        change { state in
            state.playing -= 1
            state.exchanges[index].ending = ending
        }
        return ending
    }

    private func perform(_ steps: [Script.Step], on wire: Wire, progress: (Int) -> Void) -> EndpointExchange.Ending {
        for step in steps {
            let outcome: Wire.Wait
            switch step {
            case .send(let bytes): outcome = wire.send(bytes, progress: progress)
            case .sendPieces(let bytes, let size, let pause):
                outcome = sendPieces(bytes, size: max(1, size), pauseMilliseconds: pause, on: wire, progress: progress)
            case .sendAgain(let bytes, let times): outcome = sendAgain(bytes, times: times, on: wire, progress: progress)
            case .pause(let milliseconds): outcome = wire.wait(gate: nil, timeoutMilliseconds: milliseconds)
            case .wait(let gate): outcome = wire.wait(gate: gate, timeoutMilliseconds: -1)
            case .open(let gate):
                gate.open()
                outcome = .ready
            case .stall: outcome = wire.wait(gate: nil, timeoutMilliseconds: -1)
            case .waitForAnotherRequest:
                let gate = Gate()
                state.withLockedValue { $0.awaitingNext.append(gate) }
                outcome = wire.wait(gate: gate, timeoutMilliseconds: -1)
            case .reset:
                wire.reset()
                return .serverClosed
            case .close: return .serverClosed
            }
            if outcome == .clientClosed { return .clientClosed }
            if outcome == .stopped { return .stopped }
        }
        return .finished
    }

    private func sendPieces(
        _ bytes: [UInt8], size: Int, pauseMilliseconds: Int, on wire: Wire, progress: (Int) -> Void
    ) -> Wire.Wait {
        var start = 0
        while start < bytes.count {
            let end = min(start + size, bytes.count)
            let sent = wire.send(Array(bytes[start..<end]), progress: progress)
            guard sent == .ready else { return sent }
            start = end
            guard pauseMilliseconds > 0, start < bytes.count else { continue }
            let waited = wire.wait(gate: nil, timeoutMilliseconds: pauseMilliseconds)
            guard waited == .timeUp else { return waited }
        }
        return .ready
    }

    private func sendAgain(_ bytes: [UInt8], times: Int, on wire: Wire, progress: (Int) -> Void) -> Wire.Wait {
        for _ in 0..<times {
            let sent = wire.send(bytes, progress: progress)
            guard sent == .ready else { return sent }
        }
        return .ready
    }
}
