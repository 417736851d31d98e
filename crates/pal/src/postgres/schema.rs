//! What a store looks like to PostgreSQL: its tables, and the check that a schema has exactly these. Reading and
//! writing rows is done elsewhere.

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::place::PostgresPlace;
use super::read::column;
use super::trouble::Trouble;

/// The format that this version writes, and the newest that it reads.
pub(super) const FORMAT: u32 = 1;

/// How many destroyed objects are remembered for incremental scans, and how many batches for those that want to know
/// what became of theirs.
pub(super) const REMEMBERED: i64 = 4096;

/// Makes the tables in the schema `{s}`.
///
/// The one row of `head`: `stamp`, `last_id` and `history` as in a SQLite store; `space` is a number of the store's
/// own, under which its advisory locks and its channel are; `has_leases` whether readers may rely on them. `turn` has
/// no rows: its lock is the writers' turn. `batch` has the mark of each batch under the stamp that it made.
const TABLES: &str = "\
    CREATE TABLE {s}.head (only_one smallint PRIMARY KEY CHECK (only_one = 1), format integer NOT NULL, \
        space integer NOT NULL, has_leases boolean NOT NULL, stamp bigint NOT NULL, last_id bigint NOT NULL, \
        history bigint NOT NULL); \
    CREATE TABLE {s}.object (id bigint PRIMARY KEY CHECK (id > 0), \
        label bytea NOT NULL UNIQUE CHECK (octet_length(label) <= 32), revision bigint NOT NULL, \
        value bytea NOT NULL); \
    CREATE INDEX object_revision ON {s}.object (revision); \
    CREATE TABLE {s}.destroyed (place bigint PRIMARY KEY, id bigint NOT NULL, label bytea NOT NULL, \
        revision bigint NOT NULL); \
    CREATE TABLE {s}.batch (stamp bigint PRIMARY KEY, mark bytea NOT NULL); \
    CREATE TABLE {s}.turn (nothing smallint PRIMARY KEY); \
    INSERT INTO {s}.head VALUES (1, {format}, {space}, {leases}, 0, 0, 0)";

/// The columns of these tables, in the order of their names' tables.
const COLUMNS: &[(&str, &str, &str)] = &[
    ("batch", "stamp", "bigint"),
    ("batch", "mark", "bytea"),
    ("destroyed", "place", "bigint"),
    ("destroyed", "id", "bigint"),
    ("destroyed", "label", "bytea"),
    ("destroyed", "revision", "bigint"),
    ("head", "only_one", "smallint"),
    ("head", "format", "integer"),
    ("head", "space", "integer"),
    ("head", "has_leases", "boolean"),
    ("head", "stamp", "bigint"),
    ("head", "last_id", "bigint"),
    ("head", "history", "bigint"),
    ("object", "id", "bigint"),
    ("object", "label", "bytea"),
    ("object", "revision", "bigint"),
    ("object", "value", "bytea"),
    ("turn", "nothing", "smallint"),
];

/// What a store says of itself that never changes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Traits {
    pub(super) space: i32,
    pub(super) has_leases: bool,
}

/// Writes an empty store into a schema that is not there, or has no tables of a store.
pub(super) async fn create(client: &Client, place: &PostgresPlace) -> Result<(), Trouble> {
    let leases = !place.is_compatible && is_postgresql(client).await?;
    let mut space = [0; 4];
    getrandom::fill(&mut space).map_err(|error| Trouble::Thread(error.into()))?;
    let tables = TABLES
        .replace("{s}", &place.schema)
        .replace("{format}", &FORMAT.to_string())
        .replace("{space}", &i32::from_ne_bytes(space).to_string())
        .replace("{leases}", if leases { "true" } else { "false" });
    let there = client
        .query_opt("SELECT 1 FROM information_schema.schemata WHERE schema_name = $1", &[&place.schema])
        .await?;
    // Making a schema takes rights that filling one that is there does not.
    let schema = if there.is_none() { format!("CREATE SCHEMA {}; ", place.schema) } else { String::new() };
    let made = client.batch_execute(&format!("BEGIN; {schema}{tables}; COMMIT")).await;
    made.map_err(|error| match error.code() {
        // The last when another process makes the same at the same time.
        Some(
            &SqlState::DUPLICATE_SCHEMA
            | &SqlState::DUPLICATE_TABLE
            | &SqlState::DUPLICATE_OBJECT
            | &SqlState::UNIQUE_VIOLATION,
        ) => Trouble::Exists,
        Some(&SqlState::INSUFFICIENT_PRIVILEGE) => Trouble::ReadOnly,
        _ => error.into(),
    })
}

/// Whether the server is PostgreSQL itself. Others speak its protocol, and have no notifications or no locks of an
/// application's own.
async fn is_postgresql(client: &Client) -> Result<bool, Trouble> {
    let row = client.query_one("SELECT version()::text", &[]).await?;
    let version: &str = column(&row, 0)?;
    Ok(version.starts_with("PostgreSQL ") && !version.contains("-YB-"))
}

/// What the store says of itself, when the schema is one of a format that this version reads, with the tables of that
/// format and nothing beside them.
pub(super) async fn check(client: &Client, place: &PostgresPlace) -> Result<Traits, Trouble> {
    let rows = client
        .query(
            "SELECT table_name::text, column_name::text, data_type::text FROM information_schema.columns \
             WHERE table_schema = $1 ORDER BY table_name::text COLLATE \"C\", ordinal_position",
            &[&place.schema],
        )
        .await?;
    if rows.is_empty() {
        return Err(Trouble::Missing);
    }
    let mut found = Vec::new();
    for row in &rows {
        found.push((column(row, 0)?, column(row, 1)?, column(row, 2)?));
    }
    let has = |wanted: &(&str, &str, &str)| found.contains(wanted);
    if !has(&("head", "format", "integer")) {
        return Err(Trouble::Damaged("its tables are not those of a store"));
    }
    let head = client.query_opt(&format!("SELECT format FROM {}.head", place.schema), &[]).await?;
    let format: i32 = column(&head.ok_or(super::read::NO_HEAD)?, 0)?;
    match u32::try_from(format) {
        Ok(FORMAT) => {}
        Ok(format) if format > FORMAT => return Err(Trouble::Newer { found: format }),
        _ => return Err(Trouble::Damaged("it names no store format")),
    }
    if found != COLUMNS {
        return Err(Trouble::Damaged("its tables are not those of a store"));
    }
    let row = client.query_one(&format!("SELECT space, has_leases FROM {}.head", place.schema), &[]).await?;
    Ok(Traits { space: column(&row, 0)?, has_leases: column(&row, 1)? })
}
