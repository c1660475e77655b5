import Storage

/// The tables of documents and chunks.
///
/// A row that an ingest replaces or removes is first marked `retired` and deleted only when the new index stands, so that a search with
/// the old index still finds the texts it names. Rows of chunks are never numbered twice (AUTOINCREMENT): indexes and score vectors know
/// chunks by row.
enum Schema {
    static let migrations = [
        Migration(
            "retrieval-1",
            """
            CREATE TABLE document(
                row INTEGER PRIMARY KEY AUTOINCREMENT, workspace TEXT NOT NULL REFERENCES workspace(id), collection TEXT NOT NULL,
                id TEXT NOT NULL, origin TEXT NOT NULL, title TEXT NOT NULL, fingerprint BLOB NOT NULL, bytes INTEGER NOT NULL,
                chunks INTEGER NOT NULL, updated_ms INTEGER NOT NULL, retired INTEGER NOT NULL DEFAULT 0
            ) STRICT;
            CREATE UNIQUE INDEX document_id ON document(workspace, collection, id) WHERE retired = 0;
            CREATE INDEX document_retired ON document(workspace, collection) WHERE retired = 1;

            CREATE TABLE chunk(
                row INTEGER PRIMARY KEY AUTOINCREMENT, workspace TEXT NOT NULL REFERENCES workspace(id),
                document INTEGER NOT NULL REFERENCES document(row), n INTEGER NOT NULL, headings TEXT NOT NULL, text TEXT NOT NULL,
                fingerprint BLOB NOT NULL, retired INTEGER NOT NULL DEFAULT 0
            ) STRICT;
            CREATE UNIQUE INDEX chunk_place ON chunk(document, n) WHERE retired = 0;
            CREATE INDEX chunk_document ON chunk(document);
            """)
    ]
}
