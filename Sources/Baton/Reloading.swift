import Assistant
import Completion
import Foundation
import Prompting
import Storage

/// What became of reading the configuration anew.
struct Reloaded: CustomStringConvertible, Sendable, Encodable {
    let workspaces: [String]
    let prompts: Int
    /// Workspaces that are no longer configured: nobody serves them until they are back.
    let dropped: [String]
    /// Settings that changed and are used from the next start on.
    let needRestart: [String]

    var description: String {
        var words = ["Configuration read anew: workspaces \(workspaces.joined(separator: ", ")); \(prompts) prompts."]
        if !dropped.isEmpty { words.append("No longer served: \(dropped.joined(separator: ", ")).") }
        if !needRestart.isEmpty { words.append("Changed, but not in use before the next start: \(needRestart.joined(separator: ", ")).") }
        return words.joined(separator: " ")
    }
}

extension Installation {
    /// Reads all files anew, checks them as at start, and takes them over whole: workspaces, teams, teammates, prices, messages, rules, prompts, endpoints. Turns
    /// under way end with what they began with. Where anything is wrong nothing changes.
    ///
    /// The data directory, deadlines, concurrency, proxy, certificates, the address, mail and private receivers are as at the start until the next one.
    /// - Throws: what is wrong, with file and line; `StorageError`.
    func reload(_ desk: Desk) async throws -> Reloaded {
        let before = inForce.configuration
        let next = try Configuration(try settings.readAgain())
        let (endpoints, isSwitchable) = self.endpoints(of: next)
        try await apply(next.workspaces)
        let isSame = endpoints == inForce.endpoints
        let others = isSame ? nil : inForce.client.map { completer($0, endpoints) }
        desk.reconfigure(workspaces: next.workspaces.map(\.profile), prompts: next.prompts, completer: others)
        inForce.replace(next, endpoints)
        let names = next.workspaces.map(\.id.text)
        return Reloaded(
            workspaces: names, prompts: next.prompts.names.count,
            dropped: (before?.workspaces ?? []).map(\.id.text).filter { !names.contains($0) },
            needRestart: next.settings.differing(from: settings) + (isSwitchable ? [] : ["endpoints (to none)"]))
    }

    /// The built-in responder listens only in a process that was started without an endpoint.
    private func endpoints(of next: Configuration) -> (endpoints: [Endpoint], isSwitchable: Bool) {
        guard next.settings.endpoints.value.isEmpty else { return (next.settings.endpoints.value, true) }
        return settings.endpoints.value.isEmpty ? (inForce.firstEndpoints, true) : (inForce.endpoints, false)
    }
}

extension Settings {
    /// The settings that are read once, at the start, and differ.
    fileprivate func differing(from other: Settings) -> [String] {
        var names: [String] = []
        if data.value != other.data.value { names.append("data") }
        if turnDeadline.value != other.turnDeadline.value { names.append("turn_deadline") }
        if sweepEvery.value != other.sweepEvery.value { names.append("sweep_every") }
        if turnsAtOnce.value != other.turnsAtOnce.value { names.append("turns_at_once") }
        if proxy.value != other.proxy.value { names.append("proxy") }
        if authorities.value != other.authorities.value { names.append("authorities") }
        if serve != other.serve { names.append("serve") }
        if mail.value != other.mail.value { names.append("mail") }
        if privateReceivers.value != other.privateReceivers.value { names.append("private_receivers") }
        return names
    }
}

/// Reading the configuration anew at each `SIGHUP`, as services are told to.
struct Hangups: Sendable {
    private let signals: AsyncStream<Void>
    /// Objects of Dispatch may be used from any thread; the library only does not say so.
    private nonisolated(unsafe) let source: any DispatchSourceSignal

    /// From here on the signal no longer ends the process.
    init() {
        let (signals, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        signal(SIGHUP, SIG_IGN)
        source = DispatchSource.makeSignalSource(signal: SIGHUP, queue: .global())
        source.setEventHandler { continuation.yield() }
        source.resume()
        self.signals = signals
    }

    /// Until the task is cancelled.
    /// - Parameter told: what became of each, in words.
    func reload(_ installation: Installation, _ desk: Desk, told: @Sendable (String) -> Void) async {
        for await _ in signals {
            do { told("\(try await installation.reload(desk))") } catch {
                told("The configuration stays as it was: \(error)")
            }
        }
        source.cancel()
    }
}
