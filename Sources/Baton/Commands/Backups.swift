import ArgumentParser
import Assistant
import Foundation
import Metering
import Storage

/// `baton backup`: one consistent copy, while everything goes on.
struct Backup: DataCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copy everything the data directory holds into one file, while it is in use.",
        discussion: """
            Examples:
              baton backup                                  baton-TIME.backup in this folder
              baton backup --to /mnt/backups/monday.backup
              baton backup --to - | ssh other 'cat > monday.backup'
              baton restore monday.backup --data elsewhere

            The copy is of the moment it begins; nobody waits for it. It is an SQLite database that holds what customers wrote: keep it as safe as the data. The
            server's key (the file `secret`) is not in it unless --with-secret says so: without the key nobody can read the secrets of webhooks from a stolen
            copy, nor from a restored one; keep the key elsewhere. Exit status 7: the file is there already. 8: the copy is made, and what is kept contradicts itself.
            """)

    @Option(help: ArgumentHelp("The new file; - writes to standard output.", valueName: "file"), completion: .file())
    var to: String?

    @Flag(help: "Put the server's key into the copy.")
    var withSecret = false

    /// Whoever asked through another process looks at what arrives.
    @Flag(help: .hidden)
    var unchecked = false

    @OptionGroup var installation: InstallationOptions
    @OptionGroup var output: OutputOptions

    private var isPiped: Bool { to == "-" }
    private var target: String {
        to ?? "baton-" + Date().formatted(.iso8601.timeSeparator(.omitted)) + ".backup"
    }

    func run() async throws {
        try await Installation.open(try installation.settings()) { installation in
            guard isPiped else {
                return try await BackupFile.make(at: Caller.path(target), asJSON: output.json) {
                    try await copy(installation.store, to: $0)
                }
            }
            guard !Terminal.showsOutput else { throw CommandError(.usage, "A backup is no text for a terminal. Use --to FILE, or a pipe.") }
            let place = installation.store.placeForBackup
            defer { unlink(place) }
            try await copy(installation.store, to: place)
            let summary = unchecked ? nil : try BackupSummary(place, named: "standard output")
            try await BackupFile.send(place)
            for line in summary?.lines ?? [] { Terminal.say(line) }
            guard summary?.isSound ?? true else { throw Exit.integrity }
        }
    }

    private func copy(_ store: Store, to path: String) async throws {
        let bar = ProgressBar("Copying")
        try await store.backup(to: path, withSecret: withSecret) { bar.show($0.pages, of: $0.ofPages) }
        bar.finish()
    }

    /// The owner of the directory copies and sends; the file is written here, with the rights of whoever asks.
    func run(through other: ControlClient, _ arguments: [String]) async throws -> Int32 {
        guard !isPiped else { return try await other.run(arguments) }
        var order = ["backup", "--to", "-", "--unchecked"]
        if withSecret { order.append("--with-secret") }
        try await BackupFile.make(at: target, asJSON: output.json) { path in
            guard FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]),
                let file = FileHandle(forWritingAtPath: path)
            else { throw CommandError(.io, "\(path) cannot be written. Check the folder and its permissions.") }
            defer { try? file.close() }  // synced before
            let status = try await other.run(order) { try file.write(contentsOf: $0) }
            guard let exit = Exit(rawValue: status), exit == .ok else { throw Exit(rawValue: status) ?? .failed }
            try file.synchronize()
        }
        return Exit.ok.rawValue
    }
}

/// A backup on its way to its place.
private enum BackupFile {
    /// Lets `body` write beside the target, looks at what came, and gives it its name, which nothing had before.
    static func make(at target: String, asJSON: Bool, _ body: (String) async throws -> Void) async throws {
        let taken = StorageError.alreadyThere(path: target)
        guard !FileManager.default.fileExists(atPath: target) else { throw taken }
        let part = target + ".part-\(UUID().uuidString.prefix(8))"
        let interrupted = onInterrupt { discard(part) }
        defer {
            interrupted?.cancel()
            discard(part)
        }
        try await body(part)
        let summary = try BackupSummary(part, named: target)
        // A link is refused where the name is taken, so nobody's file is lost even now.
        guard link(part, target) == 0 else {
            throw errno == EEXIST ? taken : CommandError(.io, "\(target) cannot be made: \(String(cString: strerror(errno))).")
        }
        try sync((target as NSString).deletingLastPathComponent)
        if asJSON { try Output.json(summary) } else { summary.print() }
        guard summary.isSound else { throw Exit.integrity }
    }

    private static func discard(_ part: String) {
        for end in ["", "-journal"] { unlink(part + end) }
    }

    /// In a process of its own, Ctrl-C leaves no half copy behind.
    private static func onInterrupt(_ body: @escaping @Sendable () -> Void) -> (any DispatchSourceSignal)? {
        guard Caller.current == nil else { return nil }
        signal(SIGINT, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
        source.setEventHandler {
            body()
            exit(Exit.interrupted.rawValue)
        }
        source.setCancelHandler { signal(SIGINT, SIG_DFL) }
        source.resume()
        return source
    }

    private static func sync(_ folder: String) throws {
        let descriptor = open(folder.isEmpty ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { close(descriptor) }
        guard descriptor >= 0, fsync(descriptor) == 0 else {
            throw CommandError(.io, "The folder \(folder) cannot be synced: \(String(cString: strerror(errno))).")
        }
    }

    /// To standard output, no faster than it is taken.
    static func send(_ path: String) async throws {
        guard let file = FileHandle(forReadingAtPath: path) else { throw CommandError(.io, "The copy \(path) is gone. Try again.") }
        defer { try? file.close() }  // only read
        while let piece = try file.read(upToCount: 256 << 10), !piece.isEmpty {
            Terminal.put([UInt8](piece))
            try await Terminal.caughtUp()
        }
    }
}

/// What a backup holds, so that two can be compared at a glance.
struct BackupSummary: Encodable, Equatable {
    struct Books: Encodable, Equatable {
        let workspace: String
        let journals: Int64
        /// The sum of all entries: zero, or the books are wrong.
        let sum: String
        /// The sum of the entries above zero: what was ever moved.
        let moved: String
        /// The last journal's hash.
        let head: String
        let isSound: Bool
    }

    let file: String
    let bytes: Int
    let rows: Int
    let tables: [String: Int]
    let books: [Books]
    /// What SQLite finds wrong with the file.
    let findings: [String]

    var isSound: Bool { books.allSatisfy(\.isSound) && findings.isEmpty }

    init(_ path: String, named name: String) throws {
        let copy = try StoredCopy(path)
        defer { copy.close() }
        let meter = Meter(clock: .system)
        let (findings, tables, books) = try copy.read { snapshot in
            (
                try snapshot.integrityFindings(),
                try snapshot.rowCounts(),
                try meter.verifyAll(in: snapshot).map { report in
                    let sums = try meter.sums(of: report.workspace, in: snapshot)
                    return Books(
                        workspace: report.workspace.text, journals: report.journals, sum: sums.all, moved: sums.moved, head: report.head,
                        isSound: report.isSound)
                }
            )
        }
        file = name
        // A file that was just read has a size.
        bytes = ((try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int) ?? 0
        self.findings = findings
        self.tables = tables
        self.books = books
        rows = tables.values.reduce(0, +)
    }

    func print() { for line in lines { Terminal.print(line) } }

    /// For people.
    var lines: [String] {
        ["\(file.forTerminal): \(bytes) bytes, \(rows) rows in \(tables.count) tables"]
            + findings.map { Style.red("file: \($0)".forTerminal) }
            + books.map { book in
                let verdict = book.isSound ? Style.green("sound") : Style.red("NOT sound: baton verify says what is wrong")
                return "\(book.workspace): \(book.journals) journals, sum \(book.sum), moved \(book.moved), head \(book.head), \(verdict)"
            }
    }
}

/// `baton restore`: a backup into an empty data directory.
struct Restore: LoneCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Put a backup into an empty data directory.",
        discussion: """
            Example:
              baton restore monday.backup --data /var/lib/baton --verify

            The directory must be empty: what is there is never overwritten, move it away first. Should this be interrupted, run it again. If the backup was made
            without --with-secret, put the old `secret` file into the directory before the first start; otherwise webhooks need new secrets.
            Exit status 7: the directory is not empty or in use. 8: the file is no sound backup.
            """)

    @Argument(help: "The backup.", completion: .file())
    var file: String

    @Flag(help: "Read through everything first, as `baton verify` does, and restore only what is sound.")
    var verify = false

    @OptionGroup var installation: InstallationOptions
    @OptionGroup var output: OutputOptions

    private struct Done: Encodable {
        let data: String
        let backup: BackupSummary
        let files: [String]
    }

    func run() async throws {
        let folder = try installation.settings().data.value
        guard FileManager.default.isReadableFile(atPath: file) else {
            throw CommandError(.notFound, "There is no backup \(file) that can be read.")
        }
        let summary = try BackupSummary(file, named: file)
        if let finding = summary.findings.first {
            throw CommandError(.integrity, "\(file) is damaged: \(finding). Take an older backup.")
        }
        let files = try Restoring.restore(file, to: folder, migrations: Installation.migrations) { copy in
            guard verify else { return }
            let audit = try copy.read { try Audit(Meter(clock: .system), in: $0) }
            guard audit.isSound else {
                AuditReport.show(audit)
                throw Exit.integrity
            }
        }
        if output.json { return try Output.json(Done(data: folder, backup: summary, files: files)) }
        summary.print()
        Terminal.print(
            "Restored into \(folder.forTerminal)." + (files.isEmpty ? "" : " With it came: \(files.joined(separator: ", ")).".forTerminal))
        if !files.contains("secret") {
            Terminal.say("The backup holds no server key. Put the old file `secret` into \(folder) before the first start.")
        }
    }
}

/// `baton verify`: whether everything that is kept agrees with itself.
struct Verify: DataCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check everything that is kept: file, events, conversations, books, replies.",
        discussion: """
            Reads through everything, while it is in use: SQLite's own checks, references, numbers without gaps in the event log and in every conversation, every
            journal and hash, and one settled response for each reply. Exit status 0: sound. 8: what is wrong is listed line by line.
            """)
    @OptionGroup var installation: InstallationOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let audit = try await Installation.open(try installation.settings()) { installation in
            let meter = installation.meter
            return try await installation.store.read { try Audit(meter, in: $0) }
        }
        if output.json { try Output.json(audit) } else { AuditReport.show(audit) }
        if !audit.isSound { throw Exit.integrity }
    }
}

/// An audit for people.
private enum AuditReport {
    static func show(_ audit: Audit) {
        for finding in audit.findings { Terminal.print(Style.red("\(finding.promise): \(finding.what)".forTerminal)) }
        Terminal.print(
            "\(audit.rows.values.reduce(0, +)) rows in \(audit.rows.count) tables, \(audit.replies) replies (\(audit.cannedReplies) ready ones)"
        )
        for ledger in audit.ledgers { Terminal.print("\(ledger.workspace): \(ledger.journals) journals, head \(ledger.head)") }
        Terminal.print(audit.isSound ? Style.green("Everything agrees.") : Style.red("\(audit.findings.count) findings"))
    }
}
