/// How a storm is to be.
package struct StormSettings: Sendable {
    /// How often the server is killed, 1 or more.
    package var rounds: Int
    /// From which everything that is chosen is drawn.
    package var seed: UInt64
    /// How many talk to the server at the same time, 8 or more.
    package var clients: Int
    /// The program under test: a `baton` with `serve`, `key`, `verify` and `ledger`.
    package var program: String
    /// The folder with prompt files that the program is to use.
    package var prompts: String
    /// Where data, configuration and logs of the run are put; made, and removed unless something is found.
    package var folder: String
    /// Whether the folder stays even where nothing is found.
    package var keeps: Bool
    /// Milliseconds of load between two kills.
    package var loadMilliseconds: ClosedRange<Int>
    /// Whether the server is killed at all: without, the same load and the same checks on a calm server.
    package var kills: Bool
    /// For tests of the harness: from the server's port to the one that clients are to use, such as a proxy's that lies.
    package var gateway: (@Sendable (Int) throws -> Int)?
    /// Variables of the server's environment, beside PATH and HOME.
    package var variables: [String: String]
    /// Told what happens, one line at a time.
    package var says: @Sendable (String) -> Void

    /// The defaults are those of `baton storm`.
    package init(program: String, prompts: String, folder: String) {
        rounds = 50
        seed = 1
        clients = 32
        self.program = program
        self.prompts = prompts
        self.folder = folder
        keeps = false
        loadMilliseconds = 250...700
        kills = true
        gateway = nil
        variables = [:]
        says = { _ in }
    }
}

/// Why a storm could not be made; not a finding about the program's promises.
package enum StormError: Error, Sendable, CustomStringConvertible {
    /// A file or folder of the run.
    case folder(String)
    /// A loopback socket could not be opened.
    case socket(String)
    /// The program could not be started, or did not do what it must before a storm can begin.
    case program(String)

    /// With what to look at.
    package var description: String {
        switch self {
        case .folder(let what): "the storm's folder: \(what)"
        case .socket(let what): "a loopback socket: \(what); check the limit on open files"
        case .program(let what): what
        }
    }
}
