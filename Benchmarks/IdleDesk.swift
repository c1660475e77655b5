import Assistant
import Completion
import Foundation
import Metering
import Prompting
import Retrieval
import Storage
import Support
import Transfer

/// A process that holds a desk open on a data directory and does nothing.
struct IdleDesk {
    let child: Child
    /// From the start of the process until it takes messages.
    let readySeconds: Double
    /// The loading of the index after that.
    let warmSeconds: Double
    /// Before and after the index was loaded.
    let cold: Memory
    let warm: Memory

    /// Starts it and waits until both states were seen.
    static func start(_ folder: String) throws -> IdleDesk {
        let began = Moment()
        let child = try Child(.desk, [folder])
        guard child.line() == "ready" else { throw Failed.didNotStart }
        let readySeconds = began.seconds
        let cold = try Memory(of: String(child.id))
        try child.goOn()
        let loading = Moment()
        guard child.line() == "warm" else { throw Failed.didNotStart }
        return IdleDesk(
            child: child, readySeconds: readySeconds, warmSeconds: loading.seconds, cold: cold, warm: try Memory(of: String(child.id)))
    }

    private enum Failed: Error { case didNotStart }

    /// What that process does.
    static func play(_ arguments: [String]) async throws {
        guard let folder = arguments.first else { return }
        try await Opened.run(folder) { opened in
            let client = HTTPClient()
            defer { client.close() }
            let completer = Completer(
                client: client, endpoints: [Endpoint(name: "none", url: "http://127.0.0.1:9/v1", model: "none")],
                now: { Clock.system.now().milliseconds })
            let desk = Desk(
                rooms: .init(
                    store: opened.store, library: opened.library, prompts: try PromptLibrary(folder: Project.path("Prompts")),
                    completer: completer,
                    meter: Meter(clock: .system), clock: .system),
                workspaces: [try Company.profile(Opened.collection)])
            try await desk.resume()
            FileHandle.standardOutput.write(Data("ready\n".utf8))
            _ = readLine()
            try await opened.library.warm(Opened.collection)
            Part.sayAndStay("warm")
            await desk.stop()
        }
    }
}
