/// Rules of the ledger as queries: each gives a row, beginning with a name, for everything that breaks it.
///
/// `INDEXED BY` and `CROSS JOIN` (which keeps the order of the join) stand where SQLite, without statistics, would read all journals of a
/// workspace for each response.
enum LedgerQueries {
    struct Check {
        let rule: String
        let what: String
        let sql: StaticString
    }

    static let all = balances + holds + responses + charges + reversals

    private static let balances = [
        Check(
            rule: "held", what: "what is held does not follow from the open holds:",
            sql: """
                SELECT b.account FROM balance b LEFT JOIN
                    (SELECT l.account, SUM(l.amount_pico) AS held FROM hold h
                        JOIN hold_line l ON l.workspace = h.workspace AND l.response = h.response
                        WHERE h.workspace = $1 AND h.state = 'open' GROUP BY l.account) x ON x.account = b.account
                WHERE b.workspace = $1 AND b.held_pico <> COALESCE(x.held, 0)
                """),
        Check(
            rule: "limit", what: "the limit is passed or is not the account's:",
            sql: """
                SELECT a.code FROM account a LEFT JOIN balance b ON b.workspace = a.workspace AND b.account = a.code
                WHERE a.workspace = $1 AND (b.account IS NULL OR b.floor_pico IS NOT a.floor_pico
                    OR a.floor_pico IS NOT CASE a.kind WHEN 'grant' THEN 0 END OR b.posted_pico - b.held_pico < a.floor_pico)
                """),
        Check(
            rule: "limit", what: "there is a balance without an account:",
            sql: """
                SELECT b.account FROM balance b WHERE b.workspace = $1
                AND NOT EXISTS (SELECT 1 FROM account a WHERE a.workspace = b.workspace AND a.code = b.account)
                """),
        Check(
            rule: "orphan", what: "there is an entry without a journal:",
            sql: """
                SELECT e.journal || '/' || e.line FROM entry e WHERE e.workspace = $1
                AND NOT EXISTS (SELECT 1 FROM journal j WHERE j.workspace = e.workspace AND j.number = e.journal)
                """),
        Check(
            rule: "orphan", what: "no journal tells of the account",
            sql: """
                SELECT a.code FROM account a WHERE a.workspace = $1 AND NOT EXISTS (SELECT 1 FROM journal j
                    WHERE j.workspace = a.workspace AND (j.key = a.code OR (a.kind <> 'grant' AND j.key = 'open')))
                """),
        Check(
            rule: "orphan", what: "no journal tells of the prices",
            sql: """
                SELECT DISTINCT p.revision FROM price p WHERE p.workspace = $1 AND NOT EXISTS (SELECT 1 FROM journal j INDEXED BY journal_subject
                    WHERE j.workspace = p.workspace AND j.subject_kind = 'prices' AND j.subject = p.revision)
                """),
    ]

    private static let holds = [
        Check(
            rule: "hold", what: "the hold is not the sum of its lines:",
            sql: """
                SELECT h.response FROM hold h WHERE h.workspace = $1 AND h.amount_pico <> (SELECT COALESCE(SUM(l.amount_pico), 0)
                    FROM hold_line l WHERE l.workspace = h.workspace AND l.response = h.response)
                """),
        Check(
            rule: "hold", what: "there are lines without a hold:",
            sql: """
                SELECT DISTINCT l.response FROM hold_line l WHERE l.workspace = $1
                AND NOT EXISTS (SELECT 1 FROM hold h WHERE h.workspace = l.workspace AND h.response = l.response)
                """),
        Check(
            rule: "expiry", what: "a hold took from a grant outside its time:",
            sql: """
                SELECT h.response FROM hold h JOIN hold_line l ON l.workspace = h.workspace AND l.response = h.response
                JOIN account a ON a.workspace = l.workspace AND a.code = l.account
                WHERE h.workspace = $1 AND (a.expires_ms <= h.created_ms OR a.effective_ms > h.created_ms)
                """),
        Check(
            rule: "hold", what: "a hold is open although the response is closed:",
            sql: """
                SELECT h.response FROM hold h JOIN response r ON r.workspace = h.workspace AND r.id = h.response
                WHERE h.workspace = $1 AND h.state = 'open' AND r.closed_ms IS NOT NULL
                """),
    ]

    private static let responses = [
        Check(
            rule: "once", what: "the response's journals do not fit how it was closed:",
            sql: """
                SELECT r.id FROM response r WHERE r.workspace = $1 AND (COALESCE(r.billable, 0) <> (SELECT COUNT(*) FROM journal j INDEXED BY journal_subject
                    WHERE j.workspace = r.workspace AND j.subject_kind = 'response' AND j.subject = r.id AND j.kind = 'usage')
                OR (r.closed_ms IS NOT NULL) <> EXISTS (SELECT 1 FROM journal j INDEXED BY journal_subject
                    WHERE j.workspace = r.workspace AND j.subject_kind = 'response' AND j.subject = r.id))
                """),
        Check(
            rule: "orphan", what: "a journal tells of something that does not exist:",
            sql: """
                SELECT j.subject_kind || ' ' || j.subject FROM journal j WHERE j.workspace = $1 AND CASE j.subject_kind
                    WHEN 'response' THEN NOT EXISTS (SELECT 1 FROM response r WHERE r.workspace = j.workspace AND r.id = j.subject)
                    WHEN 'account' THEN NOT EXISTS (SELECT 1 FROM account a WHERE a.workspace = j.workspace AND a.code = j.subject)
                    WHEN 'prices' THEN NOT EXISTS (SELECT 1 FROM price p WHERE p.workspace = j.workspace AND p.revision = j.subject)
                    ELSE 0 END
                """),
    ]

    private static let charges = [
        Check(
            rule: "charge", what: "journals and charges of the response differ:",
            sql: """
                SELECT r.id FROM response r WHERE r.workspace = $1 AND (
                    (SELECT COALESCE(SUM(c.amount_pico), 0) FROM charge c
                        WHERE c.workspace = r.workspace AND c.response = r.id AND c.book = 'sell') <>
                    (SELECT COALESCE(SUM(e.amount_pico), 0) FROM journal j INDEXED BY journal_subject
                        CROSS JOIN entry e ON e.workspace = j.workspace AND e.journal = j.number AND e.account = 'revenue'
                        WHERE j.workspace = r.workspace AND j.subject_kind = 'response' AND j.subject = r.id AND j.kind = 'usage')
                OR (SELECT COALESCE(SUM(c.amount_pico), 0) FROM charge c
                        WHERE c.workspace = r.workspace AND c.response = r.id AND c.book = 'cost') <>
                    (SELECT COALESCE(SUM(e.amount_pico), 0) FROM journal j INDEXED BY journal_subject
                        CROSS JOIN entry e ON e.workspace = j.workspace AND e.journal = j.number AND e.account = 'cogs'
                        WHERE j.workspace = r.workspace AND j.subject_kind = 'response' AND j.subject = r.id AND j.kind = 'cost'))
                """),
        Check(
            rule: "price", what: "the price of a sale was not the one in force:",
            sql: """
                SELECT c.response FROM charge c JOIN response r ON r.workspace = c.workspace AND r.id = c.response
                WHERE c.workspace = $1 AND c.book = 'sell' AND (c.price IS NOT
                    (SELECT p.number FROM price p WHERE p.workspace = c.workspace AND p.book = 'sell' AND p.sku = r.sku
                        AND p.measure = c.measure AND p.effective_ms <= r.created_ms AND p.number <= c.known_prices
                        ORDER BY p.effective_ms DESC LIMIT 1)
                OR c.amount_pico IS NOT (SELECT p.unit_pico * c.quantity FROM price p WHERE p.workspace = c.workspace AND p.number = c.price))
                """),
        Check(
            rule: "price", what: "the price of a cost was not the one in force:",
            sql: """
                SELECT c.response || '/' || c.line FROM charge c
                JOIN attempt a ON a.workspace = c.workspace AND a.response = c.response AND a.number = c.attempt
                WHERE c.workspace = $1 AND c.book = 'cost' AND (c.price IS NOT
                    (SELECT p.number FROM price p WHERE p.workspace = c.workspace AND p.book = 'cost'
                        AND p.sku IN (a.endpoint || '/' || a.model, a.model) AND p.measure = c.measure
                        AND p.service_tier IN ('', COALESCE(a.service_tier, ''))
                        AND p.min_input_tokens <= a.input + a.input_cached + a.input_cache_write
                        AND p.effective_ms <= a.sent_ms AND p.number <= c.known_prices
                        ORDER BY LENGTH(p.sku) DESC, p.service_tier <> '' DESC, p.min_input_tokens DESC,
                            p.effective_ms DESC LIMIT 1)
                OR c.amount_pico IS NOT (SELECT p.unit_pico * c.quantity FROM price p WHERE p.workspace = c.workspace AND p.number = c.price)
                OR c.quantity <> CASE c.measure WHEN 'input' THEN a.input WHEN 'input_cached' THEN a.input_cached
                    WHEN 'input_cache_write' THEN a.input_cache_write WHEN 'output' THEN a.output ELSE a.output_reasoning END)
                """),
    ]

    private static let reversals = [
        Check(
            rule: "reversal", what: "the reversal is not the exact opposite: journal",
            sql: """
                SELECT CAST(r.number AS TEXT) FROM journal r WHERE r.workspace = $1 AND r.kind = 'reversal' AND (EXISTS
                    (SELECT 1 FROM entry e WHERE e.workspace = r.workspace AND e.journal IN (r.number, r.reverses)
                    GROUP BY e.account HAVING SUM(e.amount_pico) <> 0)
                OR NOT EXISTS (SELECT 1 FROM journal u WHERE u.workspace = r.workspace AND u.number = r.reverses AND u.kind = 'usage'
                    AND u.subject = r.subject AND u.lines = r.lines))
                """)
    ]
}
