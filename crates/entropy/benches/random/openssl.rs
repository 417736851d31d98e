//! OpenSSL beside a pool, by its own `openssl speed`: its generator, and the cipher alone that is below such
//! generators. It is a program of its own, so a turn is one of its runs.

use std::process::Command;

use super::{Side, median};

const ROUNDS: usize = 5;

/// What `openssl speed` measures.
const MEASURES: [(&str, &[&str]); 2] =
    [("OpenSSL RAND_bytes", &["rand"]), ("OpenSSL AES-256-CTR", &["-evp", "aes-256-ctr"])];

/// Prints nothing where there is no OpenSSL.
pub(crate) fn compare(pool: &Side<'_>, len: usize) {
    for (name, arguments) in MEASURES {
        let turns: Option<Vec<_>> =
            (0..ROUNDS).map(|_| Some((time(arguments, len)?, pool.time(len)))).collect();
        let Some(turns) = turns else { return };
        let own = median(turns.iter().map(|(own, _)| *own).collect());
        let ratio = median(turns.iter().map(|(own, pool)| own / pool).collect());
        println!("{name:<36} {own:>9.0} ns {ratio:>7.2}");
    }
}

/// Nanoseconds for `len` bytes. The last line of what it prints ends in thousands of bytes a second, as `1234.56k`.
fn time(arguments: &[&str], len: usize) -> Option<f64> {
    let mut speed = Command::new("openssl");
    // By the wall clock, as everything here; without being told so it counts the time of its process.
    speed.args(["speed", "-elapsed", "-seconds", "1", "-bytes", &len.to_string()]).args(arguments);
    let output = speed.output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let thousands: f64 = text.trim_end().strip_suffix('k')?.rsplit(' ').next()?.parse().ok()?;
    Some(len as f64 / thousands * 1e6)
}
