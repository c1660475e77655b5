// A plain SQLite workload: rows one after the other, each told on standard output once its transaction is over. The first argument is the database, the
// second the setting of `synchronous` (FULL, NORMAL, OFF), the third how many rows. It shows that the crash images find what a weaker setting
// loses.
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void run(sqlite3 *database, const char *statement) {
    char *error = NULL;
    if (sqlite3_exec(database, statement, NULL, NULL, &error) != SQLITE_OK) {
        fprintf(stderr, "%s: %s\n", statement, error);
        exit(1);
    }
}

int main(int count, char **arguments) {
    if (count != 4) return 2;
    sqlite3 *database;
    if (sqlite3_open(arguments[1], &database) != SQLITE_OK) return 1;
    char statement[512];
    snprintf(statement, sizeof statement, "PRAGMA journal_mode = WAL; PRAGMA synchronous = %s; PRAGMA wal_autocheckpoint = 40", arguments[2]);
    run(database, statement);
    run(database, "CREATE TABLE row(id INTEGER PRIMARY KEY, text TEXT NOT NULL); CREATE INDEX row_text ON row(text)");
    for (int index = 1; index <= atoi(arguments[3]); index++) {
        snprintf(statement, sizeof statement, "INSERT INTO row(id, text) VALUES (%d, hex(randomblob(300)))", index);
        run(database, statement);
        char told[32];
        int length = snprintf(told, sizeof told, "row %d.\n", index);
        if (write(1, told, (size_t)length) != length) return 1;
    }
    sqlite3_close(database);
    return 0;
}
