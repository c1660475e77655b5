import Storage

/// The tables of what was used: prices, responses, attempts, charges; and the views that everything shown and everything verified is read from.
///
/// A price or a charge is never changed. A response is closed once, an attempt ends once; one whose end nobody saw may still learn the truth.
enum UsageSchema {
    static let migration = Migration("metering-2", sql)

    static let sql: StaticString =
        """
        CREATE TABLE price(
            workspace TEXT NOT NULL REFERENCES workspace(id), number INTEGER NOT NULL, revision TEXT NOT NULL,
            book TEXT NOT NULL CHECK (book IN ('sell', 'cost')), sku TEXT NOT NULL,
            measure TEXT NOT NULL CHECK (measure IN
                ('response', 'input', 'input_cached', 'input_cache_write', 'output', 'output_reasoning')),
            unit_pico INTEGER NOT NULL CHECK (unit_pico >= 0), min_input_tokens INTEGER NOT NULL CHECK (min_input_tokens >= 0),
            service_tier TEXT NOT NULL, effective_ms INTEGER NOT NULL, recorded_ms INTEGER NOT NULL, source TEXT NOT NULL,
            PRIMARY KEY (workspace, number), UNIQUE (workspace, book, sku, measure, service_tier, min_input_tokens, effective_ms)
        ) STRICT, WITHOUT ROWID;

        CREATE INDEX price_revision ON price(workspace, revision);

        CREATE TABLE response(
            workspace TEXT NOT NULL REFERENCES workspace(id), id TEXT NOT NULL, assistant TEXT NOT NULL, conversation TEXT NOT NULL,
            internal INTEGER NOT NULL CHECK (internal IN (0, 1)), sku TEXT NOT NULL, created_ms INTEGER NOT NULL,
            closed_ms INTEGER, outcome TEXT, billable INTEGER CHECK (billable IN (0, 1)), who_pays TEXT, template_version TEXT,
            rules_version TEXT, index_version TEXT, model TEXT, confidence_bp INTEGER CHECK (confidence_bp BETWEEN 0 AND 10000),
            PRIMARY KEY (workspace, id), CHECK ((closed_ms IS NULL) = (outcome IS NULL)), CHECK ((closed_ms IS NULL) = (billable IS NULL)),
            CHECK ((closed_ms IS NULL) = (who_pays IS NULL))
        ) STRICT, WITHOUT ROWID;

        CREATE INDEX response_time ON response(workspace, created_ms, id);

        CREATE INDEX response_open ON response(workspace, created_ms) WHERE closed_ms IS NULL;

        CREATE TABLE attempt(
            workspace TEXT NOT NULL, response TEXT NOT NULL, number INTEGER NOT NULL CHECK (number >= 1), endpoint TEXT NOT NULL,
            provider TEXT NOT NULL, model TEXT NOT NULL, state TEXT NOT NULL CHECK (state IN ('sent', 'ended', 'unknown_outcome')),
            sent_ms INTEGER NOT NULL, bound_input INTEGER NOT NULL CHECK (bound_input >= 0),
            bound_output INTEGER NOT NULL CHECK (bound_output >= 0), bound_pico INTEGER, ended_ms INTEGER, outcome TEXT,
            http_status INTEGER, provider_id TEXT, request_id TEXT, model_answered TEXT, finish_reason TEXT, service_tier TEXT,
            first_byte_ms INTEGER, input INTEGER NOT NULL CHECK (input >= 0), input_cached INTEGER NOT NULL CHECK (input_cached >= 0),
            input_cache_write INTEGER NOT NULL CHECK (input_cache_write >= 0), output INTEGER NOT NULL CHECK (output >= 0),
            output_reasoning INTEGER NOT NULL CHECK (output_reasoning >= 0), total_reported INTEGER,
            usage_source TEXT NOT NULL CHECK (usage_source IN
                ('provider_final', 'provider_partial', 'estimated_bound', 'estimated_local', 'none')),
            usage_rule TEXT, usage_raw TEXT,
            PRIMARY KEY (workspace, response, number), FOREIGN KEY (workspace, response) REFERENCES response(workspace, id),
            CHECK ((state = 'ended') = (outcome IS NOT NULL)), CHECK ((state = 'sent') = (ended_ms IS NULL))
        ) STRICT, WITHOUT ROWID;

        CREATE INDEX attempt_sent ON attempt(workspace, sent_ms) WHERE state = 'sent';

        CREATE TABLE charge(
            workspace TEXT NOT NULL, response TEXT NOT NULL, line INTEGER NOT NULL, attempt INTEGER, book TEXT NOT NULL,
            measure TEXT NOT NULL, quantity INTEGER NOT NULL CHECK (quantity > 0), price INTEGER NOT NULL, amount_pico INTEGER NOT NULL,
            known_prices INTEGER NOT NULL, recorded_ms INTEGER NOT NULL,
            PRIMARY KEY (workspace, response, line), UNIQUE (workspace, response, attempt, measure),
            FOREIGN KEY (workspace, response) REFERENCES response(workspace, id),
            FOREIGN KEY (workspace, price) REFERENCES price(workspace, number), CHECK ((book = 'sell') = (attempt IS NULL))
        ) STRICT, WITHOUT ROWID;

        CREATE TRIGGER price_fixed BEFORE UPDATE ON price BEGIN SELECT RAISE(ABORT, 'prices are not changed'); END;

        CREATE TRIGGER price_kept BEFORE DELETE ON price BEGIN SELECT RAISE(ABORT, 'prices are not deleted'); END;

        CREATE TRIGGER response_closed_once BEFORE UPDATE ON response BEGIN
            SELECT RAISE(ABORT, 'a response is closed once') WHERE OLD.closed_ms IS NOT NULL OR NEW.closed_ms IS NULL;
            SELECT RAISE(ABORT, 'what a response began with does not change') WHERE NEW.workspace <> OLD.workspace OR NEW.id <> OLD.id
                OR NEW.assistant <> OLD.assistant OR NEW.conversation <> OLD.conversation OR NEW.internal <> OLD.internal
                OR NEW.sku <> OLD.sku OR NEW.created_ms <> OLD.created_ms;
        END;

        CREATE TRIGGER response_kept BEFORE DELETE ON response BEGIN SELECT RAISE(ABORT, 'responses are not deleted'); END;

        CREATE TRIGGER attempt_claimed BEFORE INSERT ON attempt BEGIN
            SELECT RAISE(ABORT, 'an attempt begins as sent') WHERE NEW.state <> 'sent';
            SELECT RAISE(ABORT, 'the response is closed') WHERE EXISTS
                (SELECT 1 FROM response WHERE workspace = NEW.workspace AND id = NEW.response AND closed_ms IS NOT NULL);
        END;

        CREATE TRIGGER attempt_ended_once BEFORE UPDATE ON attempt BEGIN
            SELECT RAISE(ABORT, 'an attempt ends once') WHERE OLD.state = 'ended' OR NEW.state = 'sent' OR NEW.state = OLD.state;
            SELECT RAISE(ABORT, 'what an attempt began with does not change') WHERE NEW.workspace <> OLD.workspace
                OR NEW.response <> OLD.response OR NEW.number <> OLD.number OR NEW.endpoint <> OLD.endpoint
                OR NEW.provider <> OLD.provider OR NEW.model <> OLD.model OR NEW.sent_ms <> OLD.sent_ms
                OR NEW.bound_input <> OLD.bound_input OR NEW.bound_output <> OLD.bound_output OR NEW.bound_pico IS NOT OLD.bound_pico;
        END;

        CREATE TRIGGER attempt_kept BEFORE DELETE ON attempt BEGIN SELECT RAISE(ABORT, 'attempts are not deleted'); END;

        CREATE TRIGGER charge_exact BEFORE INSERT ON charge BEGIN
            SELECT RAISE(ABORT, 'the charge is not quantity times price') WHERE NOT EXISTS
                (SELECT 1 FROM price WHERE workspace = NEW.workspace AND number = NEW.price AND book = NEW.book
                AND measure = NEW.measure AND unit_pico * NEW.quantity = NEW.amount_pico);
            SELECT RAISE(ABORT, 'the charge is for tokens that were not counted') WHERE NEW.attempt IS NOT NULL AND NOT EXISTS
                (SELECT 1 FROM attempt WHERE workspace = NEW.workspace AND response = NEW.response AND number = NEW.attempt
                AND NEW.quantity = CASE NEW.measure WHEN 'input' THEN input WHEN 'input_cached' THEN input_cached
                    WHEN 'input_cache_write' THEN input_cache_write WHEN 'output' THEN output ELSE output_reasoning END);
            SELECT RAISE(ABORT, 'a response is charged once') WHERE NEW.attempt IS NULL AND EXISTS
                (SELECT 1 FROM charge WHERE workspace = NEW.workspace AND response = NEW.response AND attempt IS NULL);
        END;

        CREATE TRIGGER charge_fixed BEFORE UPDATE ON charge BEGIN SELECT RAISE(ABORT, 'charges are not changed'); END;

        CREATE TRIGGER charge_kept BEFORE DELETE ON charge BEGIN SELECT RAISE(ABORT, 'charges are not deleted'); END;

        CREATE VIEW response_evidence(workspace, response, place, item, content) AS
            SELECT workspace, id, 0, 0, quote(workspace) || ',' || quote(id) || ',' || quote(assistant) || ',' || quote(conversation)
                    || ',' || quote(internal) || ',' || quote(sku) || ',' || quote(created_ms) || ',' || quote(closed_ms)
                    || ',' || quote(outcome) || ',' || quote(billable) || ',' || quote(who_pays) || ',' || quote(template_version)
                    || ',' || quote(rules_version) || ',' || quote(index_version) || ',' || quote(model)
                    || ',' || quote(confidence_bp) FROM response
            UNION ALL
            SELECT workspace, response, 1, 0, quote(workspace) || ',' || quote(response) || ',' || quote(state) || ',' || quote(amount_pico)
                    || ',' || quote(expires_ms) || ',' || quote(created_ms) FROM hold
            UNION ALL
            SELECT workspace, response, 2, line, quote(workspace) || ',' || quote(response) || ',' || quote(line) || ',' || quote(account)
                    || ',' || quote(amount_pico) FROM hold_line
            UNION ALL
            SELECT workspace, response, 3, number, quote(workspace) || ',' || quote(response) || ',' || quote(number) || ',' || quote(endpoint)
                    || ',' || quote(provider) || ',' || quote(model) || ',' || quote(state) || ',' || quote(sent_ms)
                    || ',' || quote(bound_input) || ',' || quote(bound_output) || ',' || quote(bound_pico)
                    || ',' || quote(ended_ms) || ',' || quote(outcome) || ',' || quote(http_status) || ',' || quote(provider_id)
                    || ',' || quote(request_id) || ',' || quote(model_answered) || ',' || quote(finish_reason)
                    || ',' || quote(service_tier) || ',' || quote(first_byte_ms) || ',' || quote(input)
                    || ',' || quote(input_cached) || ',' || quote(input_cache_write) || ',' || quote(output)
                    || ',' || quote(output_reasoning) || ',' || quote(total_reported) || ',' || quote(usage_source)
                    || ',' || quote(usage_rule) || ',' || quote(usage_raw) FROM attempt
            UNION ALL
            SELECT workspace, response, 4, line, quote(workspace) || ',' || quote(response) || ',' || quote(line) || ',' || quote(attempt)
                    || ',' || quote(book) || ',' || quote(measure) || ',' || quote(quantity) || ',' || quote(price)
                    || ',' || quote(amount_pico) || ',' || quote(known_prices) || ',' || quote(recorded_ms) FROM charge;

        CREATE VIEW account_evidence(workspace, account, content) AS
            SELECT workspace, code, quote(workspace) || ',' || quote(code) || ',' || quote(kind) || ',' || quote(currency)
                    || ',' || quote(floor_pico) || ',' || quote(priority) || ',' || quote(category) || ',' || quote(effective_ms)
                    || ',' || quote(expires_ms) || ',' || quote(created_ms) FROM account;

        CREATE VIEW price_evidence(workspace, revision, number, content) AS
            SELECT workspace, revision, number, quote(workspace) || ',' || quote(number) || ',' || quote(revision) || ',' || quote(book) || ',' || quote(sku)
                    || ',' || quote(measure) || ',' || quote(unit_pico) || ',' || quote(min_input_tokens)
                    || ',' || quote(service_tier) || ',' || quote(effective_ms) || ',' || quote(recorded_ms)
                    || ',' || quote(source) FROM price;

        CREATE VIEW usage_row AS
            SELECT r.*,
                (SELECT COALESCE(SUM(e.amount_pico), 0) FROM journal j INDEXED BY journal_subject
                    CROSS JOIN entry e ON e.workspace = j.workspace AND e.journal = j.number AND e.account = 'revenue'
                    WHERE j.workspace = r.workspace AND j.subject_kind = 'response' AND j.subject = r.id) AS charged_pico,
                (SELECT COALESCE(SUM(e.amount_pico), 0) FROM journal j INDEXED BY journal_subject
                    CROSS JOIN entry e ON e.workspace = j.workspace AND e.journal = j.number AND e.account = 'cogs'
                    WHERE j.workspace = r.workspace AND j.subject_kind = 'response' AND j.subject = r.id) AS cost_pico,
                EXISTS (SELECT 1 FROM journal j INDEXED BY journal_subject WHERE j.workspace = r.workspace AND j.subject_kind = 'response' AND j.subject = r.id
                    AND j.kind = 'reversal') AS reversed,
                (SELECT COUNT(*) FROM attempt a WHERE a.workspace = r.workspace AND a.response = r.id) AS attempts,
                (SELECT COALESCE(SUM(input), 0) FROM attempt a WHERE a.workspace = r.workspace AND a.response = r.id) AS input,
                (SELECT COALESCE(SUM(input_cached), 0) FROM attempt a WHERE a.workspace = r.workspace AND a.response = r.id)
                    AS input_cached,
                (SELECT COALESCE(SUM(input_cache_write), 0) FROM attempt a WHERE a.workspace = r.workspace AND a.response = r.id)
                    AS input_cache_write,
                (SELECT COALESCE(SUM(output), 0) FROM attempt a WHERE a.workspace = r.workspace AND a.response = r.id) AS output,
                (SELECT COALESCE(SUM(output_reasoning), 0) FROM attempt a WHERE a.workspace = r.workspace AND a.response = r.id)
                    AS output_reasoning,
                (SELECT COUNT(*) FROM attempt a WHERE a.workspace = r.workspace AND a.response = r.id AND a.state = 'unknown_outcome')
                    AS unknown_attempts,
                (SELECT COALESCE(SUM(bound_pico), 0) FROM attempt a WHERE a.workspace = r.workspace AND a.response = r.id
                    AND a.state = 'unknown_outcome') AS bound_pico,
                (SELECT COUNT(*) FROM attempt a WHERE a.workspace = r.workspace AND a.response = r.id
                    AND a.usage_source IN ('estimated_bound', 'estimated_local')) AS estimated_attempts,
                CASE WHEN r.closed_ms IS NULL THEN 0 ELSE
                    (SELECT COALESCE(SUM((input > 0) + (input_cached > 0) + (input_cache_write > 0) + (output > 0) + (output_reasoning > 0)), 0)
                        FROM attempt a WHERE a.workspace = r.workspace AND a.response = r.id)
                    - (SELECT COUNT(*) FROM charge c WHERE c.workspace = r.workspace AND c.response = r.id AND c.book = 'cost') END
                    AS unpriced_measures
            FROM response r;
        """
}
