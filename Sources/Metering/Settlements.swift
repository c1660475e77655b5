package import Storage

extension Meter {
    /// Whether a response is closed as one that the customer saw: true for each reply that was given, false otherwise.
    /// - Throws: `StorageError`.
    package func isSettled(_ response: ResponseID, of workspace: WorkspaceID, in querying: any Querying) throws -> Bool {
        try querying.row(
            """
            SELECT 1 FROM response WHERE workspace = $1 AND id = $2
            AND outcome IN ('delivered', 'delivered_and_escalated', 'cut_at_length', 'aborted_shown', 'internal')
            """, workspace, response
        ) != nil
    }

    /// How many responses of a workspace are closed as ones that the customer saw.
    /// - Throws: `StorageError`.
    package func settledResponses(of workspace: WorkspaceID, in querying: any Querying) throws -> Int {
        try querying.row(
            """
            SELECT COUNT(*) FROM response WHERE workspace = $1
            AND outcome IN ('delivered', 'delivered_and_escalated', 'cut_at_length', 'aborted_shown')
            """, workspace
        ).map { try $0[0] } ?? 0
    }

    /// The sums over all entries of a workspace's journals, exact decimals of the currency: of all (zero in sound books), and of those above zero (what was ever
    /// moved, which only grows). Two copies with the same sums and the same head hold the same books.
    /// - Throws: `StorageError`.
    package func sums(of workspace: WorkspaceID, in querying: any Querying) throws -> (all: String, moved: String) {
        var (all, moved) = (Int128(0), Int128(0))
        // Added here: a sum in SQL would leave the range of an Int64 long before the books do.
        try querying.eachRow("SELECT amount_pico FROM entry WHERE workspace = $1", workspace) { row in
            let pico: Int64 = try row[0]
            all += Int128(pico)
            moved += Int128(max(pico, 0))
        }
        return (Self.decimal(all), Self.decimal(moved))
    }

    private static func decimal(_ pico: Int128) -> String {
        let (whole, part) = pico.magnitude.quotientAndRemainder(dividingBy: 1_000_000_000_000)
        let digits = String(part)
        var decimals = String(repeating: "0", count: 12 - digits.count) + digits
        while decimals.last == "0" { decimals.removeLast() }
        return (pico < 0 ? "-" : "") + "\(whole)" + (decimals.isEmpty ? "" : "." + decimals)
    }
}
