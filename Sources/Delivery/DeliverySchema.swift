package import Storage

extension Webhooks {
    /// The tables of this room. `webhook.after_seq`: only events after it are told. `delivery.payload` is what is sent, the same at every attempt.
    /// `letter` holds what is still to be told to people, one row for each receiver, so that one who is hard to reach holds up nobody.
    package static let migrations = [
        Migration(
            "delivery-1",
            """
            CREATE TABLE webhook(
                id TEXT PRIMARY KEY, workspace TEXT NOT NULL REFERENCES workspace(id), url TEXT NOT NULL, events TEXT NOT NULL,
                description TEXT NOT NULL, secret BLOB NOT NULL, old_secret BLOB, old_until_ms INTEGER, after_seq INTEGER NOT NULL,
                created_ms INTEGER NOT NULL, disabled_ms INTEGER, disabled_why TEXT,
                CHECK ((old_secret IS NULL) = (old_until_ms IS NULL)),
                CHECK ((disabled_ms IS NULL) = (disabled_why IS NULL))
            ) STRICT;
            CREATE INDEX webhook_workspace ON webhook(workspace, id);

            CREATE TABLE delivery(
                id TEXT PRIMARY KEY, workspace TEXT NOT NULL REFERENCES workspace(id),
                webhook TEXT NOT NULL REFERENCES webhook(id) ON DELETE CASCADE, event INTEGER NOT NULL, kind TEXT NOT NULL,
                payload BLOB NOT NULL, replay_of TEXT, state TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'failed', 'dropped')),
                attempts INTEGER NOT NULL DEFAULT 0, http_status INTEGER, error TEXT, created_ms INTEGER NOT NULL,
                due_ms INTEGER NOT NULL, attempted_ms INTEGER, ended_ms INTEGER,
                CHECK ((state = 'waiting') = (ended_ms IS NULL))
            ) STRICT;
            CREATE UNIQUE INDEX delivery_once ON delivery(webhook, event) WHERE replay_of IS NULL;
            CREATE INDEX delivery_due ON delivery(webhook, due_ms) WHERE state = 'waiting';
            CREATE INDEX delivery_log ON delivery(webhook, id);
            CREATE INDEX delivery_ended ON delivery(ended_ms) WHERE ended_ms IS NOT NULL;

            CREATE TABLE fan_out(only INTEGER PRIMARY KEY CHECK (only = 1), seq INTEGER NOT NULL) STRICT;
            INSERT INTO fan_out VALUES (1, 0);

            CREATE TABLE letter(
                id INTEGER PRIMARY KEY, workspace TEXT NOT NULL REFERENCES workspace(id), item INTEGER NOT NULL,
                way TEXT NOT NULL CHECK (way IN ('mail', 'chat')), receiver TEXT NOT NULL, target BLOB NOT NULL,
                subject TEXT NOT NULL, text TEXT NOT NULL, line TEXT NOT NULL,
                state TEXT NOT NULL CHECK (state IN ('waiting', 'told', 'failed')), attempts INTEGER NOT NULL DEFAULT 0, error TEXT,
                created_ms INTEGER NOT NULL, due_ms INTEGER NOT NULL, ended_ms INTEGER,
                UNIQUE (item, way, receiver),
                CHECK ((state = 'waiting') = (ended_ms IS NULL))
            ) STRICT;
            CREATE INDEX letter_due ON letter(workspace, way, receiver, due_ms) WHERE state = 'waiting';
            CREATE INDEX letter_ended ON letter(ended_ms) WHERE ended_ms IS NOT NULL;
            """)
    ]
}
