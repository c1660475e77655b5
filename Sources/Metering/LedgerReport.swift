package import Storage

/// The result of checking a workspace's whole ledger.
package struct LedgerReport: Hashable, Sendable, Codable {
    /// Something that is not as it must be.
    package struct Finding: Hashable, Sendable, Codable {
        /// Which rule is broken: `chain`, `balance`, `evidence`, `schema`, ...
        package let rule: String
        /// Where, in words.
        package let what: String
    }

    /// Whose ledger.
    package let workspace: WorkspaceID
    /// How many journals were read.
    package internal(set) var journals: Int64 = 0
    /// How many responses were read.
    package internal(set) var responses: Int64 = 0
    /// The newest journal's hash, hexadecimal. Whoever kept an earlier one, and finds it again at its number, knows that nothing before it changed.
    package internal(set) var head = Chain.hex(Ledger.noHash)
    /// What is wrong; empty for a sound ledger. At most `mostFindings`.
    package internal(set) var findings: [Finding] = []

    /// Whether nothing is wrong.
    package var isSound: Bool { findings.isEmpty }

    /// A damaged ledger can break a rule on every row; so many say it.
    package static let mostFindings = 100

    mutating func add(_ rule: String, _ what: String) {
        guard findings.count < Self.mostFindings else { return }
        findings.append(Finding(rule: rule, what: what))
    }
}

extension Meter {
    /// Checks a workspace's whole ledger: the schema and its triggers, every journal's hash, number and sum, every balance, hold, charge and reversal
    /// against what it comes from, and the rows of every closed response, account and price list against the chain. Reads once through
    /// everything and keeps one row at a time.
    /// - Throws: `StorageError`. What is wrong with the ledger is a finding, not an error.
    package func verify(_ workspace: WorkspaceID, in querying: any Querying) throws -> LedgerReport {
        var report = LedgerReport(workspace: workspace)
        try SchemaCheck.run(querying, &report)
        try ChainCheck.run(workspace, querying, &report)
        try EvidenceCheck.run(workspace, querying, &report)
        for check in LedgerQueries.all {
            try querying.eachRow(check.sql, workspace) { try report.add(check.rule, "\(check.what) \($0[0] as String)") }
        }
        return report
    }

    /// Checks every ledger in the file. Workspaces are found in all tables, so that a row which was moved to another name is found too.
    /// - Throws: `StorageError`.
    package func verifyAll(in querying: any Querying) throws -> [LedgerReport] {
        try querying.rows(
            """
            SELECT workspace FROM account UNION SELECT workspace FROM balance UNION SELECT workspace FROM journal
            UNION SELECT workspace FROM entry UNION SELECT workspace FROM response UNION SELECT workspace FROM hold
            UNION SELECT workspace FROM hold_line UNION SELECT workspace FROM attempt UNION SELECT workspace FROM charge
            UNION SELECT workspace FROM price ORDER BY 1
            """
        ).map { try verify($0[0], in: querying) }
    }
}

/// Whether tables, indexes, views and above all triggers are those of the migrations: a ledger whose guards were taken away proves little.
enum SchemaCheck {
    /// Name and text of every statement, as the database keeps them.
    static let expected: [String: String] = {
        var result: [String: String] = [:]
        for sql in [LedgerSchema.sql, UsageSchema.sql] {
            for statement in blocks(of: sql.description) {
                let words = statement.split(separator: " ", maxSplits: 4)
                guard words.count > 3 else { continue }
                let named = words[1] == "UNIQUE" ? words[3] : words[2]
                result[String(named.prefix { $0 != "(" })] = statement
            }
        }
        return result
    }()

    static func run(_ querying: any Querying, _ report: inout LedgerReport) throws {
        var missing = expected
        // The catalogue is SQLite's; a second driver brings its own query.
        try querying.eachRow("SELECT name, type, sql, tbl_name FROM sqlite_master WHERE sql IS NOT NULL") { row in
            let (name, type, sql): (String, String, String) = try (row[0], row[1], row[2])
            if let wanted = missing.removeValue(forKey: name) {
                if wanted != sql { report.add("schema", "the \(type) \(name) is not the one of the migrations") }
            } else if type == "trigger", try expected[row[3] as String] != nil {
                report.add("schema", "there is a foreign trigger \(name)")
            }
        }
        for name in missing.keys.sorted() { report.add("schema", "\(name) is missing") }
    }

    /// Statements stand apart by blank lines and end in a semicolon.
    private static func blocks(of sql: String) -> [String] {
        var blocks: [[Substring]] = [[]]
        for line in sql.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.isEmpty { blocks.append([]) } else { blocks[blocks.count - 1].append(line) }
        }
        return blocks.map { $0.joined(separator: "\n") }.filter { !$0.isEmpty }.map { String($0.dropLast()) }
    }
}

/// Numbers without gaps, sums of zero, hashes that follow from the columns, and balances that follow from the entries.
enum ChainCheck {
    static func run(_ workspace: WorkspaceID, _ querying: any Querying, _ report: inout LedgerReport) throws {
        var walk = Walk(report: report)
        try querying.eachRow(
            """
            SELECT j.number, j.key, j.kind, j.subject_kind, j.subject, j.reverses, j.effective_ms, j.recorded_ms, j.actor, j.reason,
                j.lines, j.evidence, j.prev_hash, j.hash, e.line, e.account, e.amount_pico
            FROM journal j LEFT JOIN entry e ON e.workspace = j.workspace AND e.journal = j.number
            WHERE j.workspace = $1 ORDER BY j.number, e.line
            """, workspace
        ) { try walk.take($0, workspace) }
        try walk.finish()
        try querying.eachRow("SELECT account, posted_pico FROM balance WHERE workspace = $1", workspace) { row in
            let (account, posted): (String, Int64) = try (row[0], row[1])
            let sum = walk.sums[account] ?? 0
            if sum != posted { walk.report.add("balance", "\(account): \(posted) posted, its entries sum to \(sum)") }
        }
        report = walk.report
    }

    private struct Walk {
        var report: LedgerReport
        var sums: [String: Int64] = [:]
        private var header: Chain.Header?
        private var hash: [UInt8] = []
        private var lines: [(account: String, pico: Int64)] = []
        private var areLinesNumbered = true
        private var lastNumber: Int64 = 0
        private var lastHash = Ledger.noHash

        init(report: LedgerReport) { self.report = report }

        mutating func take(_ row: Row, _ workspace: WorkspaceID) throws {
            let number: Int64 = try row[0]
            if header?.number != number {
                try finish()
                header = try Chain.Header(
                    workspace: workspace.text, number: number, key: row[1], kind: row[2], subjectKind: row[3], subject: row[4],
                    reverses: row[5], effective: row[6], recorded: row[7], actor: row[8], reason: row[9], lines: row[10],
                    evidence: row[11], previous: row[12])
                hash = try row[13]
            }
            guard let line: Int = try row[14] else { return }
            let (account, pico): (String, Int64) = try (row[15], row[16])
            lines.append((account, pico))
            if line != lines.count { areLinesNumbered = false }
        }

        /// Judges the journal whose rows have all been taken.
        mutating func finish() throws {
            guard let header else { return }
            let name = "journal \(header.number)"
            if header.number != lastNumber + 1 { report.add("chain", "\(name) follows \(lastNumber)") }
            if header.previous != lastHash { report.add("chain", "\(name) does not name the hash before it") }
            if try Chain.hash(header, lines) != hash { report.add("chain", "\(name) has other contents than its hash says") }
            if header.lines != lines.count || !areLinesNumbered { report.add("lines", "\(name) has other lines than it says") }
            judgeAmounts(of: header, name)
            (lastNumber, lastHash) = (header.number, hash)
            report.journals += 1
            report.head = Chain.hex(hash)
            self.header = nil
            lines.removeAll(keepingCapacity: true)
            areLinesNumbered = true
        }

        private mutating func judgeAmounts(of header: Chain.Header, _ name: String) {
            var sum: Int64 = 0
            for (account, pico) in lines {
                let (next, overflow) = sum.addingReportingOverflow(pico)
                let (posted, tooLarge) = (sums[account] ?? 0).addingReportingOverflow(pico)
                if overflow || tooLarge { report.add("sum", "\(name) leaves the range of amounts") }
                (sum, sums[account]) = (next, posted)
                if account == Account.revenue && header.kind != "usage" && header.kind != "reversal"
                    || account == Account.cogs && header.kind != "cost"
                {
                    report.add("kind", "\(name), of the kind \(header.kind), moves \(account)")
                }
            }
            if sum != 0 { report.add("sum", "\(name) sums to \(sum)") }
        }
    }
}

/// Whether the rows of every closed response, every account and every price list are those that the chain committed to.
enum EvidenceCheck {
    static func run(_ workspace: WorkspaceID, _ querying: any Querying, _ report: inout LedgerReport) throws {
        try responses(workspace, querying, &report)
        try querying.eachRow(
            """
            SELECT subject_kind, subject, evidence FROM journal j WHERE workspace = $1 AND subject_kind <> 'response' AND number =
                (SELECT MAX(number) FROM journal k INDEXED BY journal_subject WHERE k.workspace = j.workspace AND k.subject_kind = j.subject_kind
                AND k.subject = j.subject)
            """, workspace
        ) { row in
            let (kind, subject, evidence): (String, String, [UInt8]) = try (row[0], row[1], row[2])
            let found: [UInt8] =
                switch kind {
                case "account": try Evidence.ofAccount(subject, workspace, querying)
                case "prices": try Evidence.ofPrices(subject, workspace, querying)
                default: try Evidence.ofStandingAccounts(workspace, querying)
                }
            if found != evidence { report.add("evidence", "\(kind) \(subject) has other rows than its journal says") }
        }
    }

    private static func responses(_ workspace: WorkspaceID, _ querying: any Querying, _ report: inout LedgerReport) throws {
        var current: String?
        var wanted: [UInt8]?
        var evidence = Evidence()
        func finish() {
            if let current, let wanted, evidence.bytes != wanted {
                report.add("evidence", "response \(current) has other rows than its journal says")
            }
        }
        try querying.eachRow(
            """
            SELECT v.response, v.place, v.content, CASE WHEN v.place = 0 THEN (SELECT j.evidence FROM journal j INDEXED BY journal_subject WHERE j.workspace = $1
                AND j.subject_kind = 'response' AND j.subject = v.response ORDER BY j.number DESC LIMIT 1) END
            FROM response_evidence v WHERE v.workspace = $1 ORDER BY v.response, v.place, v.item
            """, workspace
        ) { row in
            let response: String = try row[0]
            if response != current {
                finish()
                let place: Int = try row[1]
                (current, wanted, evidence) = try (response, row[3], Evidence())
                report.responses += 1
                if place != 0 { report.add("evidence", "there are rows of a response \(response) that does not exist") }
            }
            try evidence.add(row[2])
        }
        finish()
    }
}
