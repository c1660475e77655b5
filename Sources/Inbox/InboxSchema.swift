package import Storage

extension Inbox {
    /// The schema, for `Store(folder:migrations:)`.
    ///
    /// What must never be is written here once more as a constraint: two open turns or two open handoffs of one conversation, two replies to one turn,
    /// two announcements of one handoff, a row that points into another workspace.
    package static let migrations = [
        people, threads, unanswered, receipts, attachmentSchema, listing, searching, judging, satisfactionSchema, introductionSchema,
        promises,
        macros, merging, addresses,
    ]

    private static let people = Migration(
        "inbox-1",
        """
        CREATE TABLE team(
            workspace TEXT NOT NULL REFERENCES workspace(id), id TEXT NOT NULL, name TEXT NOT NULL,
            is_default INTEGER NOT NULL CHECK (is_default IN (0, 1)), hours TEXT, created_ms INTEGER NOT NULL,
            PRIMARY KEY (workspace, id)
        ) STRICT;
        CREATE UNIQUE INDEX team_default ON team(workspace) WHERE is_default = 1;

        CREATE TABLE teammate(
            workspace TEXT NOT NULL REFERENCES workspace(id), id TEXT NOT NULL, name TEXT NOT NULL, email TEXT,
            capacity INTEGER NOT NULL CHECK (capacity >= 0),
            availability TEXT NOT NULL DEFAULT 'away' CHECK (availability IN ('available', 'away')),
            suspended INTEGER NOT NULL DEFAULT 0 CHECK (suspended IN (0, 1)),
            present_ms INTEGER, assigned_ms INTEGER, created_ms INTEGER NOT NULL,
            PRIMARY KEY (workspace, id)
        ) STRICT;

        CREATE TABLE membership(
            workspace TEXT NOT NULL, team TEXT NOT NULL, teammate TEXT NOT NULL,
            PRIMARY KEY (workspace, team, teammate),
            FOREIGN KEY (workspace, team) REFERENCES team(workspace, id),
            FOREIGN KEY (workspace, teammate) REFERENCES teammate(workspace, id)
        ) STRICT;

        CREATE TABLE skill(
            workspace TEXT NOT NULL, teammate TEXT NOT NULL, name TEXT NOT NULL,
            PRIMARY KEY (workspace, teammate, name),
            FOREIGN KEY (workspace, teammate) REFERENCES teammate(workspace, id)
        ) STRICT;

        CREATE TABLE customer(
            workspace TEXT NOT NULL REFERENCES workspace(id), id TEXT NOT NULL, external_id TEXT, name TEXT, email TEXT,
            verified INTEGER NOT NULL DEFAULT 0 CHECK (verified IN (0, 1)), created_ms INTEGER NOT NULL,
            PRIMARY KEY (workspace, id)
        ) STRICT;
        CREATE UNIQUE INDEX customer_external ON customer(workspace, external_id) WHERE external_id IS NOT NULL;
        """)

    private static let threads = Migration(
        "inbox-2",
        """
        CREATE TABLE conversation(
            workspace TEXT NOT NULL REFERENCES workspace(id), id TEXT NOT NULL, assistant TEXT NOT NULL, customer TEXT NOT NULL,
            owner TEXT NOT NULL CHECK (owner IN ('assistant', 'queue', 'teammate')), owner_teammate TEXT,
            epoch INTEGER NOT NULL, state TEXT NOT NULL CHECK (state IN ('open', 'resolved')),
            team TEXT, suggested TEXT, subject TEXT, captured TEXT NOT NULL DEFAULT '{}',
            last_seq INTEGER NOT NULL DEFAULT 0, last_line TEXT, last_author TEXT,
            awaiting TEXT NOT NULL DEFAULT 'customer' CHECK (awaiting IN ('customer', 'company')),
            waiting_ms INTEGER, notice_ms INTEGER, opened_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL, resolved_ms INTEGER,
            CHECK ((owner = 'teammate') = (owner_teammate IS NOT NULL)),
            PRIMARY KEY (workspace, id),
            FOREIGN KEY (workspace, customer) REFERENCES customer(workspace, id),
            FOREIGN KEY (workspace, owner_teammate) REFERENCES teammate(workspace, id),
            FOREIGN KEY (workspace, suggested) REFERENCES teammate(workspace, id),
            FOREIGN KEY (workspace, team) REFERENCES team(workspace, id)
        ) STRICT;
        CREATE INDEX conversation_list ON conversation(workspace, state, owner, updated_ms);
        CREATE INDEX conversation_owner ON conversation(workspace, owner_teammate) WHERE owner_teammate IS NOT NULL;
        CREATE INDEX conversation_suggested ON conversation(workspace, suggested) WHERE suggested IS NOT NULL;
        CREATE INDEX conversation_customer ON conversation(workspace, customer, updated_ms);

        CREATE TABLE turn(
            workspace TEXT NOT NULL, id TEXT NOT NULL, conversation TEXT NOT NULL, message TEXT NOT NULL, seq INTEGER NOT NULL,
            epoch INTEGER NOT NULL, burst_ms INTEGER NOT NULL, deadline_ms INTEGER NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('open', 'answered', 'handedOver', 'superseded', 'taken')),
            lease TEXT, lease_ms INTEGER, runs INTEGER NOT NULL DEFAULT 0, opened_ms INTEGER NOT NULL, closed_ms INTEGER,
            CHECK ((state = 'open') = (closed_ms IS NULL)),
            PRIMARY KEY (workspace, id),
            FOREIGN KEY (workspace, conversation) REFERENCES conversation(workspace, id)
        ) STRICT;
        CREATE UNIQUE INDEX turn_one_open ON turn(workspace, conversation) WHERE state = 'open';
        CREATE INDEX turn_due ON turn(deadline_ms) WHERE state = 'open';
        CREATE INDEX turn_conversation ON turn(workspace, conversation, seq);

        CREATE TABLE handoff(
            workspace TEXT NOT NULL, id TEXT NOT NULL, conversation TEXT NOT NULL, turn TEXT, epoch INTEGER NOT NULL,
            reason TEXT NOT NULL, package TEXT NOT NULL, announcement TEXT, team TEXT, skill TEXT, assigned TEXT,
            priority INTEGER NOT NULL DEFAULT 1 CHECK (priority BETWEEN 0 AND 3),
            state TEXT NOT NULL CHECK (state IN ('waiting', 'claimed', 'handedBack', 'resolved')),
            created_ms INTEGER NOT NULL, notified_ms INTEGER, seen_ms INTEGER, seen_by TEXT, claimed_ms INTEGER, claimed_by TEXT,
            replied_ms INTEGER, closed_ms INTEGER, round INTEGER NOT NULL DEFAULT 1, remind_ms INTEGER,
            CHECK ((state IN ('handedBack', 'resolved')) = (closed_ms IS NOT NULL)),
            PRIMARY KEY (workspace, id),
            FOREIGN KEY (workspace, conversation) REFERENCES conversation(workspace, id),
            FOREIGN KEY (workspace, assigned) REFERENCES teammate(workspace, id)
        ) STRICT;
        CREATE UNIQUE INDEX handoff_one_open ON handoff(workspace, conversation) WHERE closed_ms IS NULL;
        CREATE INDEX handoff_remind ON handoff(remind_ms) WHERE state = 'waiting';
        CREATE INDEX handoff_created ON handoff(workspace, created_ms);
        CREATE INDEX handoff_conversation ON handoff(workspace, conversation, created_ms);

        CREATE TABLE message(
            workspace TEXT NOT NULL, conversation TEXT NOT NULL, seq INTEGER NOT NULL, id TEXT NOT NULL,
            author TEXT NOT NULL CHECK (author IN ('customer', 'assistant', 'teammate', 'system')), teammate TEXT,
            kind TEXT NOT NULL CHECK (kind IN ('text', 'announcement', 'notice', 'note', 'suggestion')),
            text TEXT NOT NULL, citations TEXT, details TEXT, epoch INTEGER NOT NULL, turn TEXT, handoff TEXT, at_ms INTEGER NOT NULL,
            CHECK ((author = 'teammate') = (teammate IS NOT NULL)),
            PRIMARY KEY (workspace, conversation, seq),
            FOREIGN KEY (workspace, conversation) REFERENCES conversation(workspace, id),
            FOREIGN KEY (workspace, teammate) REFERENCES teammate(workspace, id)
        ) STRICT;
        CREATE UNIQUE INDEX message_id ON message(workspace, id);
        CREATE UNIQUE INDEX message_one_reply ON message(workspace, turn) WHERE author = 'assistant' AND kind = 'text';
        CREATE UNIQUE INDEX message_one_suggestion ON message(workspace, turn) WHERE kind = 'suggestion';
        CREATE UNIQUE INDEX message_one_announcement ON message(workspace, handoff) WHERE kind = 'announcement';

        CREATE TABLE tag(
            workspace TEXT NOT NULL, conversation TEXT NOT NULL, name TEXT NOT NULL, at_ms INTEGER NOT NULL,
            PRIMARY KEY (workspace, conversation, name),
            FOREIGN KEY (workspace, conversation) REFERENCES conversation(workspace, id)
        ) STRICT;
        CREATE INDEX tag_name ON tag(workspace, name);

        CREATE TABLE read_mark(
            workspace TEXT NOT NULL, conversation TEXT NOT NULL, teammate TEXT NOT NULL, seq INTEGER NOT NULL, at_ms INTEGER NOT NULL,
            PRIMARY KEY (workspace, conversation, teammate),
            FOREIGN KEY (workspace, conversation) REFERENCES conversation(workspace, id),
            FOREIGN KEY (workspace, teammate) REFERENCES teammate(workspace, id)
        ) STRICT;
        """)

    private static let unanswered = Migration(
        "inbox-3",
        """
        CREATE INDEX conversation_unanswered ON conversation(waiting_ms) WHERE owner = 'teammate' AND awaiting = 'company';
        CREATE INDEX conversation_queue ON conversation(workspace, waiting_ms) WHERE owner = 'queue';
        """)

    private static let receipts = Migration("inbox-4", "ALTER TABLE turn ADD COLUMN receipt TEXT;")
}
