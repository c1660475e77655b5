import ArgumentParser
import Foundation
import Metering
import Storage

/// `baton usage`: what every response cost and was charged.
struct Usage: DataCommand {
    static let configuration = CommandConfiguration(
        commandName: "usage", abstract: "One row for each response: tokens, cost, charge; totals; export.",
        discussion: """
            Examples:
              baton usage                          the newest responses, and the totals of all
              baton usage --csv > usage.csv        every response, exact decimals
              baton usage --response turn_...      explain one charge: attempts, tokens, price lines, grants, journals
              baton usage --uncertain              only those whose cost is not fully known
            """)

    @Flag(help: "Print CSV, every response.")
    var csv = false

    @Option(help: ArgumentHelp("Explain this response.", valueName: "id"))
    var response: String?

    @Option(help: ArgumentHelp("Only this assistant.", valueName: "name"))
    var assistant: String?

    @Option(help: ArgumentHelp("Only this conversation.", valueName: "id"))
    var conversation: String?

    @Flag(help: "Only responses whose cost is not fully known.")
    var uncertain = false

    @Option(help: ArgumentHelp("How many rows to show, 1 to 1000.", valueName: "count"))
    var limit = 20

    @OptionGroup var installation: InstallationOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (1...1000).contains(limit) else { throw ValidationError("--limit must be from 1 to 1000.") }
    }

    private struct Report: Encodable {
        let currency: String
        let totals: UsageTotals
        let rows: [UsageRow]
    }

    func run() async throws {
        try await Books.open(installation) { meter, workspace, snapshot in
            let filter = UsageFilter(assistant: assistant, conversation: conversation, onlyUncertain: uncertain)
            if let response { return try explain(ResponseID(response), meter, workspace.id, snapshot) }
            if csv { return try meter.exportUsage(of: workspace.id, filter, in: snapshot) { Terminal.put($0) } }
            let report = Report(
                currency: workspace.currency, totals: try meter.totals(of: workspace.id, filter, in: snapshot),
                rows: try meter.usage(of: workspace.id, filter, limit: limit, in: snapshot))
            if output.json { try Output.json(report) } else { try show(report) }
        }
    }

    private func show(_ report: Report) throws {
        guard !report.rows.isEmpty else {
            let isFiltered = uncertain || assistant != nil || conversation != nil
            return Terminal.print(isFiltered ? "No response fits." : "No responses yet. Ask something: baton ask \"...\"")
        }
        var table = TextTable(
            ["when", "response", "outcome", "charged", "cost", "in", "out", "tries", "model"], alignRight: [3, 4, 5, 6, 7])
        for row in report.rows {
            // An estimate never looks like a fact.
            let mark = row.estimatedAttempts > 0 ? "≤" : ""
            let cost = row.costState == "known" ? row.cost.text : "\(row.cost.text) (\(row.costState))"
            table.add([
                String(row.createdAt.description.prefix(19)), row.response.text,
                (row.outcome?.rawValue ?? "open") + (row.isReversed ? ", reversed" : ""),
                row.charged.shown, cost, mark + "\(row.tokens.prefix(3).reduce(0, +))", mark + "\(row.tokens.suffix(2).reduce(0, +))",
                "\(row.attemptCount)",
                row.model ?? "-",
            ])
        }
        table.print()
        let totals = report.totals
        Terminal.print("")
        Terminal.print(
            "\(totals.responses) responses, \(totals.billedResponses) billed: charged \(totals.charged.shown) \(report.currency), cost \(totals.cost.shown), margin \(try totals.margin.shown)"
        )
        if totals.unpricedResponses > 0 {
            Terminal.print(
                Style.yellow(
                    "\(totals.unpricedResponses) responses used a model without a price: their cost is not in the sum. Add it to prices.yaml."
                ))
        }
        if totals.unknownAttempts > 0 {
            Terminal.print(
                Style.yellow(
                    "\(totals.unknownAttempts) attempts ended unseen; they may have cost \(totals.unknownBound > .zero ? "up to \(totals.unknownBound)" : "an unknown amount") more."
                ))
        }
    }

    private func explain(_ id: ResponseID, _ meter: Meter, _ workspace: WorkspaceID, _ snapshot: Snapshot) throws {
        guard let charge = try meter.explain(id, of: workspace, in: snapshot) else {
            throw CommandError(.notFound, "There is no response '\(id)'. `baton usage` lists them.")
        }
        try Output.json(charge)
    }
}

/// `baton credit`: what is left, and until when.
struct Credit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "credit", abstract: "Balance, holds, and grants with the time left; grant more.",
        discussion: """
            Examples:
              baton credit
              baton credit grant 100.00 --key invoice-2026-117            paid, does not expire
              baton credit grant 10.00 --key goodwill-4 --promotional --expires-on 2027-01-31
            """,
        subcommands: [Show.self, GrantCredit.self], defaultSubcommand: Show.self)

    struct Show: DataCommand {
        static let configuration = CommandConfiguration(commandName: "show", abstract: "What is left, and until when.")
        @OptionGroup var installation: InstallationOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await Books.open(installation) { meter, workspace, snapshot in
                let credit = try meter.credit(of: workspace.id, in: snapshot)
                if output.json { return try Output.json(credit) }
                Terminal.print(
                    "\(Style.bold("\(credit.available.shown) \(credit.currency)")) available (\(credit.balance.shown) less \(credit.held.shown) held for responses under way)"
                )
                if credit.overrun > .zero { Terminal.print(Style.red("\(credit.overrun) \(credit.currency) was used beyond the credit.")) }
                var table = TextTable(["grant", "kind", "granted", "left", "held", "state", "expires"], alignRight: [2, 3, 4])
                for grant in credit.grants {
                    let left = grant.timeLeftMilliseconds.map { "in \(durationText(milliseconds: $0))" } ?? ""
                    table.add([
                        grant.key, grant.category, grant.granted.shown, grant.left.shown, grant.held.shown, grant.state.rawValue,
                        grant.expires.map { "\(String($0.description.prefix(10))) \(grant.state == .active ? left : "")" } ?? "never",
                    ])
                }
                table.print()
            }
        }
    }

    struct GrantCredit: DataCommand {
        static let configuration = CommandConfiguration(commandName: "grant", abstract: "Give a workspace credit, once for each key.")
        @Argument(help: "How much, as a decimal: 100.00")
        var amount: String
        @Option(help: ArgumentHelp("Names the grant; the same key again changes nothing.", valueName: "key"))
        var key: String
        @Flag(help: "A gift rather than paid for.")
        var promotional = false
        @Option(
            help: ArgumentHelp(
                "The first day (UTC) on which it can no longer be used; without it it never expires.", valueName: "YYYY-MM-DD"))
        var expiresOn: String?
        @Option(help: ArgumentHelp("Why, for the journal.", valueName: "text"))
        var reason = ""
        @OptionGroup var installation: InstallationOptions
        @OptionGroup var output: OutputOptions

        private struct Done: Encodable {
            let key: String
            let amount: String
            let currency: String
            let isNew: Bool
        }

        func run() async throws {
            let settings = try installation.settings()
            let workspace = try Installation.workspace(named: installation.workspace, settings)
            let expires = try expiresOn.map { text in
                // Any failure means: not a day.
                guard text.count == 10, let date = try? Date(text + "T00:00:00Z", strategy: .iso8601) else {
                    throw CommandError(.usage, "--expires-on must be a day such as 2027-01-31.")
                }
                return Timestamp(milliseconds: Int64(date.timeIntervalSince1970) * 1000)
            }
            guard (1...200).contains(key.utf8.count) else { throw CommandError(.usage, "--key must have 1 to 200 bytes.") }
            let money: Money
            do { money = try Money(amount) } catch { throw CommandError(.usage, "\(error)") }
            guard money > .zero else { throw CommandError(.usage, "The amount must be more than nothing, such as 100.00.") }
            try await Installation.open(settings) { installation in
                try await installation.apply(workspace)
                let order = try GrantOrder(
                    key: key, amount: money, category: promotional ? .promotional : .purchased, expires: expires, actor: "baton credit",
                    reason: reason)
                let meter = installation.meter
                let isNew = try await installation.store.write { try meter.grant(order, to: workspace.id, in: $0) }
                if output.json {
                    return try Output.json(Done(key: key, amount: money.text, currency: workspace.currency, isNew: isNew))
                }
                Terminal.print(
                    isNew ? "Granted \(money.shown) \(workspace.currency)." : "The key '\(key)' was used before: nothing changed.")
            }
        }
    }
}

/// `baton ledger verify`: proves the books.
struct Ledger: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger", abstract: "Prove the books.", subcommands: [Verify.self], defaultSubcommand: Verify.self)

    struct Verify: DataCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify", abstract: "Check every journal, balance, hold and hash.",
            discussion:
                "Exit status 0: sound. 8: something contradicts itself, listed line by line. The head is the last journal's hash; keep it outside to prove later that nothing before it was changed."
        )
        @OptionGroup var installation: InstallationOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let settings = try installation.settings()
            let reports = try await Installation.open(settings) { installation in
                let meter = installation.meter
                let name = self.installation.workspace
                return try await installation.store.read { snapshot in
                    try meter.verifyAll(in: snapshot).filter { name == nil || $0.workspace.text == name }
                }
            }
            if let name = self.installation.workspace, reports.isEmpty {
                throw CommandError(.notFound, "There is no ledger of a workspace '\(name)' in \(settings.data.value).")
            }
            if output.json { try Output.json(reports) } else { show(reports) }
            if reports.contains(where: { !$0.isSound }) { throw Exit.integrity }
        }

        private func show(_ reports: [LedgerReport]) {
            if reports.isEmpty { Terminal.print("There is no ledger yet.") }
            for report in reports {
                let verdict = report.isSound ? Style.green("sound") : Style.red("NOT sound")
                Terminal.print(
                    "\(report.workspace): \(verdict), \(report.journals) journals, \(report.responses) responses, head \(report.head)")
                for finding in report.findings { Terminal.print("  \(finding.rule): \(finding.what)".forTerminal) }
            }
        }
    }
}

/// The ledger of one workspace, opened for reading.
enum Books {
    static func open(
        _ options: InstallationOptions, _ body: @escaping @Sendable (Meter, WorkspaceSettings, Snapshot) throws -> Void
    ) async throws {
        let settings = try options.settings()
        let workspace = try Installation.workspace(named: options.workspace, settings)
        try await Installation.open(settings) { installation in
            try await installation.apply(workspace)
            let meter = installation.meter
            // The reading happens on a thread of the database's, which knows nothing of the task that asks.
            let caller = Caller.current
            try await installation.store.read { snapshot in
                try Caller.$current.withValue(caller) { try body(meter, workspace, snapshot) }
            }
        }
    }
}

extension Money {
    /// For people: exact, with at least two decimals.
    fileprivate var shown: String {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let decimals = parts.count > 1 ? parts[1] : ""
        return "\(parts[0])." + decimals + String(repeating: "0", count: max(0, 2 - decimals.count))
    }
}
