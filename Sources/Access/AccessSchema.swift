package import Storage

extension AccessControl {
    /// The schema, for `Store(folder:migrations:)`.
    ///
    /// A credential's secret is never in a column, only its SHA-256. Ids of teammates, customers and conversations are text: their rooms are not known
    /// here. The audit log refuses to be changed by triggers, whoever writes the statement.
    package static let migrations = [people, credentials, log, noSetupCodes, browsers]

    private static let people = Migration(
        "access-1",
        """
        CREATE TABLE access_account(
            workspace TEXT NOT NULL REFERENCES workspace(id), teammate TEXT NOT NULL, email TEXT NOT NULL UNIQUE,
            role TEXT NOT NULL CHECK (role IN ('owner', 'teammate', 'finance', 'prompts', 'read-only')), configured_role TEXT,
            password TEXT, password_ms INTEGER, suspended INTEGER NOT NULL DEFAULT 0 CHECK (suspended IN (0, 1)),
            created_ms INTEGER NOT NULL,
            PRIMARY KEY (workspace, teammate)
        ) STRICT;

        CREATE TABLE invitation(
            hash BLOB PRIMARY KEY, workspace TEXT NOT NULL, teammate TEXT NOT NULL, made_by TEXT NOT NULL,
            created_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL,
            FOREIGN KEY (workspace, teammate) REFERENCES access_account(workspace, teammate)
        ) STRICT;
        CREATE INDEX invitation_teammate ON invitation(workspace, teammate);

        CREATE TABLE setup_code(
            hash BLOB PRIMARY KEY, workspace TEXT NOT NULL REFERENCES workspace(id),
            created_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE sign_in_attempt(
            id INTEGER PRIMARY KEY, workspace TEXT, bucket TEXT, address TEXT NOT NULL, at_ms INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX sign_in_attempt_bucket ON sign_in_attempt(bucket, at_ms);
        CREATE INDEX sign_in_attempt_address ON sign_in_attempt(address, at_ms);
        CREATE INDEX sign_in_attempt_age ON sign_in_attempt(at_ms);
        """)

    private static let credentials = Migration(
        "access-2",
        """
        CREATE TABLE session(
            id TEXT PRIMARY KEY, hash BLOB NOT NULL UNIQUE, workspace TEXT NOT NULL, teammate TEXT NOT NULL, address TEXT NOT NULL,
            created_ms INTEGER NOT NULL, seen_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL,
            FOREIGN KEY (workspace, teammate) REFERENCES access_account(workspace, teammate)
        ) STRICT;
        CREATE INDEX session_teammate ON session(workspace, teammate);
        CREATE INDEX session_expiry ON session(expires_ms);

        CREATE TABLE device(
            hash BLOB PRIMARY KEY, workspace TEXT NOT NULL, teammate TEXT NOT NULL, expires_ms INTEGER NOT NULL,
            FOREIGN KEY (workspace, teammate) REFERENCES access_account(workspace, teammate)
        ) STRICT;
        CREATE INDEX device_teammate ON device(workspace, teammate);

        CREATE TABLE api_key(
            id TEXT PRIMARY KEY, hash BLOB NOT NULL UNIQUE, workspace TEXT NOT NULL REFERENCES workspace(id), name TEXT NOT NULL,
            permissions TEXT NOT NULL, maker TEXT, made_by TEXT NOT NULL, created_ms INTEGER NOT NULL, expires_ms INTEGER,
            used_ms INTEGER, revoked_ms INTEGER, revoked_by TEXT,
            FOREIGN KEY (workspace, maker) REFERENCES access_account(workspace, teammate)
        ) STRICT;
        CREATE INDEX api_key_workspace ON api_key(workspace, created_ms);

        CREATE TABLE customer_token(
            id TEXT PRIMARY KEY, hash BLOB NOT NULL UNIQUE, workspace TEXT NOT NULL REFERENCES workspace(id),
            customer TEXT NOT NULL, conversation TEXT NOT NULL,
            created_ms INTEGER NOT NULL, used_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX customer_token_conversation ON customer_token(workspace, conversation);
        CREATE INDEX customer_token_expiry ON customer_token(expires_ms);
        """)

    private static let log = Migration(
        "access-3",
        """
        CREATE TABLE audit(
            seq INTEGER PRIMARY KEY, workspace TEXT REFERENCES workspace(id), event TEXT NOT NULL, actor TEXT NOT NULL,
            subject TEXT NOT NULL, details TEXT NOT NULL, at_ms INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX audit_workspace ON audit(workspace, seq);
        CREATE TRIGGER audit_stays BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is only appended to'); END;
        CREATE TRIGGER audit_keeps BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is only appended to'); END;
        """)

    /// A first owner comes in by an invitation that the machine's administrator makes, as everybody else.
    private static let noSetupCodes = Migration("access-4", "DROP TABLE setup_code;")

    private static let browsers = Migration("access-5", "ALTER TABLE session ADD COLUMN browser TEXT NOT NULL DEFAULT ''")
}
