import Storage

/// The ledger's tables: accounts, balances, journals with their entries, holds with their lines.
///
/// What must hold is written here, not in Swift, so that no client of the file can break it: nothing of a ledger is updated or deleted; a
/// journal's header comes after its entries and only when they sum to zero; an entry without a header cannot be committed; the hard limit is the
/// CHECK `credit_limit` on the balance. Statements are separated by blank lines: `Schema` reads them for `verify`.
enum LedgerSchema {
    static let migration = Migration("metering-1", sql)

    static let sql: StaticString =
        """
        CREATE TABLE account(
            workspace TEXT NOT NULL REFERENCES workspace(id), code TEXT NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN
                ('grant', 'revenue', 'promo_expense', 'cash', 'breakage', 'overrun', 'cogs', 'provider_payable')),
            currency TEXT NOT NULL CHECK (LENGTH(currency) = 3), floor_pico INTEGER, priority INTEGER NOT NULL, category TEXT NOT NULL
                CHECK (category IN ('', 'promotional', 'purchased')),
            effective_ms INTEGER NOT NULL, expires_ms INTEGER, created_ms INTEGER NOT NULL,
            PRIMARY KEY (workspace, code), CHECK ((kind = 'grant') = (category <> ''))
        ) STRICT, WITHOUT ROWID;

        CREATE INDEX account_burn ON account(workspace, priority, expires_ms) WHERE kind = 'grant';

        CREATE TABLE balance(
            workspace TEXT NOT NULL, account TEXT NOT NULL, posted_pico INTEGER NOT NULL, held_pico INTEGER NOT NULL, floor_pico INTEGER,
            PRIMARY KEY (workspace, account), FOREIGN KEY (workspace, account) REFERENCES account(workspace, code),
            CONSTRAINT held_not_negative CHECK (held_pico >= 0),
            CONSTRAINT credit_limit CHECK (floor_pico IS NULL OR posted_pico - held_pico >= floor_pico)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE journal(
            workspace TEXT NOT NULL REFERENCES workspace(id), number INTEGER NOT NULL, key TEXT NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('open', 'grant', 'prices', 'usage', 'cost', 'release', 'breakage', 'reversal')),
            subject_kind TEXT NOT NULL, subject TEXT NOT NULL, reverses INTEGER, effective_ms INTEGER NOT NULL, recorded_ms INTEGER NOT NULL,
            actor TEXT NOT NULL, reason TEXT NOT NULL, lines INTEGER NOT NULL, evidence BLOB NOT NULL CHECK (LENGTH(evidence) = 32),
            prev_hash BLOB NOT NULL CHECK (LENGTH(prev_hash) = 32), hash BLOB NOT NULL CHECK (LENGTH(hash) = 32),
            PRIMARY KEY (workspace, number), UNIQUE (workspace, key), CHECK ((kind = 'reversal') = (reverses IS NOT NULL))
        ) STRICT, WITHOUT ROWID;

        CREATE UNIQUE INDEX journal_reversed_once ON journal(workspace, reverses) WHERE reverses IS NOT NULL;

        CREATE INDEX journal_subject ON journal(workspace, subject_kind, subject, number);

        CREATE TABLE entry(
            workspace TEXT NOT NULL, journal INTEGER NOT NULL, line INTEGER NOT NULL, account TEXT NOT NULL,
            amount_pico INTEGER NOT NULL CHECK (amount_pico <> 0),
            PRIMARY KEY (workspace, journal, line), FOREIGN KEY (workspace, account) REFERENCES account(workspace, code),
            FOREIGN KEY (workspace, journal) REFERENCES journal(workspace, number) DEFERRABLE INITIALLY DEFERRED
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE hold(
            workspace TEXT NOT NULL, response TEXT NOT NULL, state TEXT NOT NULL CHECK (state IN ('open', 'settled', 'released', 'expired')),
            amount_pico INTEGER NOT NULL CHECK (amount_pico >= 0), expires_ms INTEGER NOT NULL, created_ms INTEGER NOT NULL,
            PRIMARY KEY (workspace, response), FOREIGN KEY (workspace, response) REFERENCES response(workspace, id)
        ) STRICT, WITHOUT ROWID;

        CREATE INDEX hold_expiry ON hold(workspace, expires_ms) WHERE state = 'open';

        CREATE TABLE hold_line(
            workspace TEXT NOT NULL, response TEXT NOT NULL, line INTEGER NOT NULL, account TEXT NOT NULL,
            amount_pico INTEGER NOT NULL CHECK (amount_pico > 0),
            PRIMARY KEY (workspace, response, line), FOREIGN KEY (workspace, account) REFERENCES account(workspace, code),
            FOREIGN KEY (workspace, response) REFERENCES hold(workspace, response) DEFERRABLE INITIALLY DEFERRED
        ) STRICT, WITHOUT ROWID;

        CREATE TRIGGER account_opened AFTER INSERT ON account BEGIN
            INSERT INTO balance(workspace, account, posted_pico, held_pico, floor_pico) VALUES (NEW.workspace, NEW.code, 0, 0, NEW.floor_pico);
        END;

        CREATE TRIGGER account_currency BEFORE INSERT ON account BEGIN
            SELECT RAISE(ABORT, 'a workspace has one currency')
            WHERE EXISTS (SELECT 1 FROM account WHERE workspace = NEW.workspace AND currency <> NEW.currency);
        END;

        CREATE TRIGGER account_fixed BEFORE UPDATE ON account BEGIN SELECT RAISE(ABORT, 'accounts are not changed'); END;

        CREATE TRIGGER account_kept BEFORE DELETE ON account BEGIN SELECT RAISE(ABORT, 'accounts are not deleted'); END;

        CREATE TRIGGER balance_kept BEFORE DELETE ON balance BEGIN SELECT RAISE(ABORT, 'balances are not deleted'); END;

        CREATE TRIGGER balance_fixed BEFORE UPDATE OF workspace, account, floor_pico ON balance BEGIN
            SELECT RAISE(ABORT, 'the limit of an account is not changed');
        END;

        CREATE TRIGGER entry_unsealed BEFORE INSERT ON entry BEGIN
            SELECT RAISE(ABORT, 'the journal is sealed')
            WHERE EXISTS (SELECT 1 FROM journal WHERE workspace = NEW.workspace AND number = NEW.journal);
        END;

        CREATE TRIGGER entry_posted AFTER INSERT ON entry BEGIN
            UPDATE balance SET posted_pico = posted_pico + NEW.amount_pico WHERE workspace = NEW.workspace AND account = NEW.account;
        END;

        CREATE TRIGGER entry_fixed BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'entries are not changed'); END;

        CREATE TRIGGER entry_kept BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, 'entries are not deleted'); END;

        CREATE TRIGGER journal_sealed BEFORE INSERT ON journal BEGIN
            SELECT RAISE(ABORT, 'the journal does not balance') WHERE
                (SELECT COALESCE(SUM(amount_pico), 0) FROM entry WHERE workspace = NEW.workspace AND journal = NEW.number) <> 0;
            SELECT RAISE(ABORT, 'the journal has other lines') WHERE
                (SELECT COUNT(*) FROM entry WHERE workspace = NEW.workspace AND journal = NEW.number) <> NEW.lines;
            SELECT RAISE(ABORT, 'the journal is out of order') WHERE NEW.number <>
                COALESCE((SELECT MAX(number) FROM journal WHERE workspace = NEW.workspace), 0) + 1;
            SELECT RAISE(ABORT, 'the journal breaks the chain') WHERE NEW.prev_hash <>
                COALESCE((SELECT hash FROM journal WHERE workspace = NEW.workspace AND number = NEW.number - 1), zeroblob(32));
        END;

        CREATE TRIGGER journal_fixed BEFORE UPDATE ON journal BEGIN SELECT RAISE(ABORT, 'journals are not changed'); END;

        CREATE TRIGGER journal_kept BEFORE DELETE ON journal BEGIN SELECT RAISE(ABORT, 'journals are not deleted'); END;

        CREATE TRIGGER hold_line_unsealed BEFORE INSERT ON hold_line BEGIN
            SELECT RAISE(ABORT, 'the hold is sealed')
            WHERE EXISTS (SELECT 1 FROM hold WHERE workspace = NEW.workspace AND response = NEW.response);
        END;

        CREATE TRIGGER hold_line_held AFTER INSERT ON hold_line BEGIN
            UPDATE balance SET held_pico = held_pico + NEW.amount_pico WHERE workspace = NEW.workspace AND account = NEW.account;
        END;

        CREATE TRIGGER hold_line_fixed BEFORE UPDATE ON hold_line BEGIN SELECT RAISE(ABORT, 'hold lines are not changed'); END;

        CREATE TRIGGER hold_line_kept BEFORE DELETE ON hold_line BEGIN SELECT RAISE(ABORT, 'hold lines are not deleted'); END;

        CREATE TRIGGER hold_sealed BEFORE INSERT ON hold BEGIN
            SELECT RAISE(ABORT, 'a hold begins open') WHERE NEW.state <> 'open';
            SELECT RAISE(ABORT, 'the hold has other lines') WHERE NEW.amount_pico <>
                (SELECT COALESCE(SUM(amount_pico), 0) FROM hold_line WHERE workspace = NEW.workspace AND response = NEW.response);
        END;

        CREATE TRIGGER hold_resolved_once BEFORE UPDATE ON hold BEGIN
            SELECT RAISE(ABORT, 'a hold is resolved once') WHERE OLD.state <> 'open' OR NEW.state = 'open';
            SELECT RAISE(ABORT, 'only the state of a hold changes') WHERE NEW.workspace <> OLD.workspace OR NEW.response <> OLD.response
                OR NEW.amount_pico <> OLD.amount_pico OR NEW.expires_ms <> OLD.expires_ms OR NEW.created_ms <> OLD.created_ms;
        END;

        CREATE TRIGGER hold_freed AFTER UPDATE OF state ON hold BEGIN
            UPDATE balance SET held_pico = held_pico - (SELECT SUM(l.amount_pico) FROM hold_line l
                WHERE l.workspace = NEW.workspace AND l.response = NEW.response AND l.account = balance.account)
            WHERE workspace = NEW.workspace AND account IN
                (SELECT l.account FROM hold_line l WHERE l.workspace = NEW.workspace AND l.response = NEW.response);
        END;

        CREATE TRIGGER hold_kept BEFORE DELETE ON hold BEGIN SELECT RAISE(ABORT, 'holds are not deleted'); END;
        """
}
