package import Storage

/// Usage as CSV (RFC 4180), one line a response, for a spreadsheet or a script.
///
/// Amounts are exact decimals that `Money(text)` reads back to the same picos. Names come from outside: a cell that a spreadsheet would take for a
/// formula gets an apostrophe before it (OWASP, CSV injection), so that an assistant called `=HYPERLINK(...)` stays a name.
enum CSV {
    /// One line with its end. Text is guarded and quoted where needed.
    static func line(_ cells: [Cell]) -> String {
        cells.map { cell in
            switch cell {
            case .text(let text): quoted(guarded(text))
            case .exact(let text): text
            }
        }.joined(separator: ",") + "\r\n"
    }

    /// A cell: text from anywhere, or a number, a moment or a word of our own.
    enum Cell {
        case text(String)
        case exact(String)
    }

    private static func guarded(_ text: String) -> String {
        // Spreadsheets look past spaces and quotes.
        guard let first = text.utf8.first(where: { !Self.passedOver.contains($0) }), Self.formulaStarts.contains(first) else { return text }
        return "'" + text
    }

    private static func quoted(_ text: String) -> String {
        guard text.utf8.contains(where: { Self.special.contains($0) }) else { return text }
        var result = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" { result += "\"" }
            result.unicodeScalars.append(scalar)
        }
        return result + "\""
    }

    private static let formulaStarts = Set("=+-@\t\r\n".utf8)
    private static let passedOver = Set(" \"'".utf8)
    private static let special = Set(",\"\r\n".utf8)
}

extension Meter {
    /// The columns of the CSV export, in their order.
    package static let exportColumns = [
        "response", "created", "closed", "assistant", "conversation", "internal", "outcome", "responses_billed", "who_pays_version",
        "currency", "charged", "cost", "margin", "cost_state", "cost_bound_of_unknown", "reversed", "attempts", "input_tokens",
        "input_cached_tokens", "input_cache_write_tokens", "output_tokens", "output_reasoning_tokens", "model", "template_version",
        "rules_version", "index_version", "confidence_basis_points",
    ]

    /// Writes the responses of a filter as CSV, newest first, one piece after the other, so that a year of them needs no memory.
    /// - Parameter write: takes a line with its end, the header first.
    /// - Throws: `MeteringError.noAccount`, `StorageError`, or what `write` throws.
    package func exportUsage(
        of workspace: WorkspaceID, _ filter: UsageFilter = UsageFilter(), in querying: any Querying, write: (String) throws -> Void
    ) throws {
        let currency = try Ledger.currency(of: workspace, in: querying)
        try write(CSV.line(Self.exportColumns.map { .exact($0) }))
        try eachUsage(of: workspace, filter, in: querying) { try write(CSV.line(Self.cells($0, currency))) }
    }

    /// A piece of the same CSV, for whoever writes it to somebody slow: between two pieces the database is not held.
    /// - Parameters:
    ///   - after: where the piece before ended; nil for the first, which begins with the header.
    ///   - limit: lines of a piece.
    /// - Returns: the lines, and where they end; nil with the last piece.
    /// - Throws: `MeteringError.noAccount`, `StorageError`.
    package func exportPiece(
        of workspace: WorkspaceID, _ filter: UsageFilter, after: UsagePosition?, limit: Int, in querying: any Querying
    ) throws -> (text: String, end: UsagePosition?) {
        let currency = try Ledger.currency(of: workspace, in: querying)
        var text = after == nil ? CSV.line(Self.exportColumns.map { .exact($0) }) : ""
        var (count, end) = (0, UsagePosition?.none)
        try eachUsage(of: workspace, filter, after: after, limit: limit, in: querying) { row in
            text += try CSV.line(Self.cells(row, currency))
            (count, end) = (count + 1, row.position)
        }
        return (text, count < max(1, limit) ? nil : end)
    }

    private static func cells(_ row: UsageRow, _ currency: String) throws -> [CSV.Cell] {
        let who: [CSV.Cell] = [
            .text(row.response.text), .exact(row.createdAt.description), .exact(row.closedAt?.description ?? ""), .text(row.assistant),
            .text(row.conversation), .exact(row.isInternal ? "1" : "0"), .exact(row.outcome?.rawValue ?? "open"),
            .exact(row.isBilled ? "1" : "0"), .exact(row.whoPaysVersion ?? ""),
        ]
        let money: [CSV.Cell] = try [
            .exact(currency), .exact(row.charged.text), .exact(row.cost.text), .exact(row.margin.text), .exact(row.costState),
            .exact(row.unknownBound.text), .exact(row.isReversed ? "1" : "0"), .exact("\(row.attemptCount)"),
        ]
        let versions: [CSV.Cell] = [
            .text(row.model ?? ""), .text(row.templateVersion ?? ""), .text(row.rulesVersion ?? ""), .text(row.indexVersion ?? ""),
            .exact(row.confidenceBasisPoints.map { "\($0)" } ?? ""),
        ]
        return who + money + row.tokens.map { .exact("\($0)") } + versions
    }
}
