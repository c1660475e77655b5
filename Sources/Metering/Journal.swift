import Crypto
import Storage

/// One fact for the ledger: what happened, to what, and which amounts moved between accounts. Its lines sum to zero; some facts move nothing.
struct Journal {
    enum Kind: String { case open, grant, prices, usage, cost, release, breakage, reversal }

    /// What a journal speaks of. The newest journal of a subject commits to the rows that describe it (`Evidence`).
    enum Subject: Hashable {
        case response(ResponseID)
        case account(String)
        case prices(String)
        case workspace

        var kind: String {
            switch self {
            case .response: "response"
            case .account: "account"
            case .prices: "prices"
            case .workspace: "workspace"
            }
        }

        var text: String {
            switch self {
            case .response(let id): id.text
            case .account(let code): code
            case .prices(let revision): revision
            case .workspace: ""
            }
        }
    }

    struct Line: Hashable {
        let account: String
        let amount: Money
    }

    /// Unique in the workspace for ever: a fact is booked once.
    let key: String
    let kind: Kind
    let subject: Subject
    /// When it happened; `recorded` in the table is when it was booked, here the same moment.
    let at: Timestamp
    let evidence: [UInt8]
    var lines: [Line] = []
    var reverses: Int64?
    var actor = ""
    var reason = ""
}

/// Booking. The entries first, the header last: the database then checks sum, lines, order and chain (`LedgerSchema`).
enum Ledger {
    static let noHash = [UInt8](repeating: 0, count: 32)

    /// - Returns: the journal's number.
    /// - Throws: `StorageError.constraint` where the database refuses it.
    @discardableResult
    static func post(_ journal: Journal, _ workspace: WorkspaceID, _ transaction: Transaction) throws -> Int64 {
        let head = try transaction.row("SELECT number, hash FROM journal WHERE workspace = $1 ORDER BY number DESC LIMIT 1", workspace)
        let number: Int64 = try (head?[0] ?? 0) + 1
        let previous: [UInt8] = try head?[1] ?? noHash
        for (index, line) in journal.lines.enumerated() {
            try transaction.run(
                "INSERT INTO entry(workspace, journal, line, account, amount_pico) VALUES ($1, $2, $3, $4, $5)", workspace, number,
                index + 1, line.account, line.amount)
        }
        let hash = try Chain.hash(
            Chain.Header(
                workspace: workspace.text, number: number, key: journal.key, kind: journal.kind.rawValue,
                subjectKind: journal.subject.kind, subject: journal.subject.text, reverses: journal.reverses, effective: journal.at,
                recorded: journal.at, actor: journal.actor, reason: journal.reason, lines: journal.lines.count,
                evidence: journal.evidence, previous: previous),
            journal.lines.map { ($0.account, $0.amount.pico) })
        try transaction.run(
            """
            INSERT INTO journal(workspace, number, key, kind, subject_kind, subject, reverses, effective_ms, recorded_ms, actor, reason,
                lines, evidence, prev_hash, hash)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
            """, workspace, number, journal.key, journal.kind.rawValue, journal.subject.kind, journal.subject.text, journal.reverses,
            journal.at, journal.at, journal.actor, journal.reason, journal.lines.count, journal.evidence, previous, hash)
        return number
    }

    /// - Throws: `MeteringError.noAccount`.
    static func currency(of workspace: WorkspaceID, in querying: any Querying) throws -> String {
        guard let row = try querying.row("SELECT currency FROM account WHERE workspace = $1 AND code = $2", workspace, Account.revenue)
        else { throw MeteringError.noAccount(workspace: workspace.text) }
        return try row[0]
    }
}

/// The accounts that every workspace has. A grant has one of its own: `grant:` and its key.
enum Account {
    /// Earned from responses.
    static let revenue = "revenue"
    /// Gave the promotional grants.
    static let promoExpense = "promo_expense"
    /// Paid for the purchased grants.
    static let cash = "cash"
    /// Credit that expired unused.
    static let breakage = "breakage"
    /// Charged although no credit was left: negative, what the workspace owes.
    static let overrun = "overrun"
    /// What responses cost at providers.
    static let cogs = "cogs"
    /// Owed to providers: negative.
    static let providerPayable = "provider_payable"

    static let standing = [revenue, promoExpense, cash, breakage, overrun, cogs, providerPayable]

    static func grant(_ key: String) -> String { "grant:\(key)" }
}

/// The hash chain: every journal's hash covers all its columns, its entries, and the hash before it, so whoever knows the newest hash knows
/// whether anything earlier was changed, removed or put in between.
enum Chain {
    struct Header {
        let workspace: String
        let number: Int64
        let key: String
        let kind: String
        let subjectKind: String
        let subject: String
        let reverses: Int64?
        let effective: Timestamp
        let recorded: Timestamp
        let actor: String
        let reason: String
        let lines: Int
        let evidence: [UInt8]
        let previous: [UInt8]
    }

    /// SHA-256 over the fields, each with its length before it, so that no two journals have the same bytes.
    static func hash(_ header: Header, _ lines: [(account: String, pico: Int64)]) throws -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(400)
        for text in [header.workspace, header.key, header.kind, header.subjectKind, header.subject, header.actor, header.reason] {
            append(text, to: &bytes)
        }
        for number in [
            header.number, header.reverses ?? -1, header.effective.milliseconds, header.recorded.milliseconds, Int64(header.lines),
        ] { append(number, to: &bytes) }
        bytes += header.evidence
        bytes += header.previous
        for (index, line) in lines.enumerated() {
            append(Int64(index + 1), to: &bytes)
            append(line.account, to: &bytes)
            append(line.pico, to: &bytes)
        }
        return Array(SHA256.hash(data: bytes))
    }

    private static func append(_ number: Int64, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    private static func append(_ text: String, to bytes: inout [UInt8]) {
        append(Int64(text.utf8.count), to: &bytes)
        bytes.append(contentsOf: text.utf8)
    }

    /// Lower-case hexadecimal, for showing.
    static func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}

/// A digest of the rows a journal speaks of, as the views of `UsageSchema` write them: what a response was, its hold, its attempts, its charges. The
/// chain covers it, so these rows are as safe as the journals themselves once the response is closed.
struct Evidence {
    private var digest = SHA256()

    mutating func add(_ content: String) {
        var content = content
        content.withUTF8 { digest.update(bufferPointer: UnsafeRawBufferPointer($0)) }
        digest.update(data: [10])
    }

    var bytes: [UInt8] { Array(digest.finalize()) }

    static func ofResponse(_ response: ResponseID, _ workspace: WorkspaceID, _ querying: any Querying) throws -> [UInt8] {
        var evidence = Evidence()
        try querying.eachRow(
            "SELECT content FROM response_evidence WHERE workspace = $1 AND response = $2 ORDER BY place, item", workspace, response
        ) { try evidence.add($0[0]) }
        return evidence.bytes
    }

    static func ofAccount(_ account: String, _ workspace: WorkspaceID, _ querying: any Querying) throws -> [UInt8] {
        var evidence = Evidence()
        try querying.eachRow("SELECT content FROM account_evidence WHERE workspace = $1 AND account = $2", workspace, account) {
            try evidence.add($0[0])
        }
        return evidence.bytes
    }

    /// Of the accounts that every workspace has.
    static func ofStandingAccounts(_ workspace: WorkspaceID, _ querying: any Querying) throws -> [UInt8] {
        var evidence = Evidence()
        try querying.eachRow(
            "SELECT content FROM account_evidence WHERE workspace = $1 AND account NOT LIKE 'grant:%' ORDER BY account", workspace
        ) { try evidence.add($0[0]) }
        return evidence.bytes
    }

    static func ofPrices(_ revision: String, _ workspace: WorkspaceID, _ querying: any Querying) throws -> [UInt8] {
        var evidence = Evidence()
        try querying.eachRow(
            "SELECT content FROM price_evidence WHERE workspace = $1 AND revision = $2 ORDER BY number", workspace, revision
        ) { try evidence.add($0[0]) }
        return evidence.bytes
    }
}
