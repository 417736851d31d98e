//! What a store file looks like to SQLite: its numbers, its tables, and the check that a file has exactly
//! these. Reading and writing rows is done elsewhere.
//!
//! `PRAGMA application_id` and `PRAGMA user_version` are the two numbers of the SQLite file header that are
//! an application's to set (<https://www.sqlite.org/fileformat2.html>, 1.3).

use rusqlite::{Connection, ffi};

use super::trouble::Trouble;

/// "PTCL": says that a file is a Portcullis store.
pub(super) const APPLICATION_ID: i32 = i32::from_be_bytes(*b"PTCL");

/// The file format that this version writes, and the newest that it reads.
pub(super) const FORMAT: u32 = 1;

/// How many destroyed objects are remembered for incremental scans.
pub(super) const REMEMBERED: i64 = 4096;

/// The one row of `head`: `stamp` as in the contract, `last_id` the newest id ever given, `history` the
/// stamp since which every destroyed object is in `destroyed`.
///
/// `destroyed.place` counts up; rows leave from its low end only.
const TABLES: [(&str, &str); 4] = [
    (
        "destroyed",
        "CREATE TABLE destroyed (place INTEGER PRIMARY KEY, id INTEGER NOT NULL, label BLOB NOT NULL, \
         revision INTEGER NOT NULL) STRICT",
    ),
    (
        "head",
        "CREATE TABLE head (only INTEGER PRIMARY KEY CHECK (only = 1), stamp INTEGER NOT NULL, \
         last_id INTEGER NOT NULL, history INTEGER NOT NULL) STRICT",
    ),
    (
        "object",
        "CREATE TABLE object (id INTEGER PRIMARY KEY CHECK (id > 0), \
         label BLOB NOT NULL UNIQUE CHECK (length(label) <= 32), revision INTEGER NOT NULL, \
         value BLOB NOT NULL) STRICT",
    ),
    ("object_revision", "CREATE INDEX object_revision ON object (revision)"),
];

/// Writes an empty store into an empty database.
pub(super) fn create(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    let transaction = connection.transaction()?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", FORMAT)?;
    for (_, sql) in TABLES {
        transaction.execute(sql, ())?;
    }
    transaction.execute("INSERT INTO head VALUES (1, 0, 0, 0)", ())?;
    transaction.commit()?;
    // Closing does so too, but does not say when it fails, and the file alone becomes the store.
    let is_busy: bool = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |row| row.get(0))?;
    if is_busy {
        return Err(rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_BUSY), None));
    }
    Ok(())
}

/// Whether the database is a store of a format that this version reads, with the tables of that format and
/// nothing beside them: a trigger or view that someone added would run inside our own statements.
pub(super) fn check(connection: &Connection) -> Result<(), Trouble> {
    let application: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if application != APPLICATION_ID {
        return Err(Trouble::Foreign);
    }
    let format: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if format > FORMAT {
        return Err(Trouble::Newer { found: format });
    }
    if format != FORMAT {
        return Err(Trouble::Damaged("it names no store format"));
    }
    let mut rows =
        connection.prepare("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")?;
    let found: Vec<(String, String)> =
        rows.query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    if found.iter().map(|(name, sql)| (name.as_str(), sql.as_str())).ne(TABLES) {
        return Err(Trouble::Damaged("its tables are not those of a store"));
    }
    Ok(())
}
