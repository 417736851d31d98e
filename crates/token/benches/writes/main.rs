//! What durable objects cost: creates a second by one thread and by eight; and with many objects in one token, how long
//! opening, logging in, finding one and destroying all take, and how much memory each needs. On SQLite stores in the
//! temporary folder, so the disk decides much of it.
//!
//! Arguments: `--seconds N` for each rate (3), `--objects N` for many (10000), `--sync-ms N` for a disk whose syncs take
//! so much longer than this one's (0, and it may be a fraction).

#![allow(clippy::unwrap_used, reason = "a benchmark ends by a panic")]

mod many;
mod rates;
mod tokens;

use std::env;
use std::fmt::Debug;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

fn main() {
    let objects = argument("--objects", 10_000);
    if let Some(place) = given("--opened") {
        return many::opened(Path::new(&place), objects);
    }
    let folder = tempfile::tempdir().unwrap();
    let sync = Duration::from_secs_f64(argument("--sync-ms", 0.0) / 1000.0);
    rates::compare(&folder.path().join("rates"), Duration::from_secs(argument("--seconds", 3)), sync);
    if objects > 0 {
        many::measure(folder.path(), objects);
    }
}

fn argument<T: FromStr<Err: Debug>>(name: &str, standard: T) -> T {
    given(name).map_or(standard, |number| number.parse().unwrap())
}

fn given(name: &str) -> Option<String> {
    env::args().skip_while(|argument| argument != name).nth(1)
}
