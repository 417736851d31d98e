//! Writes a generator's bytes to standard output for as long as someone reads them: for other people's tests.
//!
//! ```sh
//! cargo run --release --package portcullis-entropy --example draw | dieharder -a -g 200
//! ```
//!
//! The argument `hmac` chooses a board's generator instead of a host's pool, `ctr`; `short` asks that pool for 32 bytes at
//! a time.
#![forbid(unsafe_code)]

use std::error::Error;
use std::io::{ErrorKind, Write as _};

use portcullis_entropy::{Composition, Mechanism, Random, Seed};

/// Bytes that are written at once.
const WRITE: usize = 1 << 14;

fn main() -> Result<(), Box<dyn Error>> {
    let host = Composition::host(Seed::NotKept);
    let (random, request): (Box<dyn Random>, _) = match std::env::args().nth(1).as_deref() {
        None | Some("ctr") => (Box::new(host.pool()), WRITE),
        Some("short") => (Box::new(host.pool()), 32),
        Some("hmac") => (Box::new(host.generator(Mechanism::HmacSha256).single()), WRITE),
        Some(other) => return Err(format!("`{other}` is none of `ctr`, `short` and `hmac`").into()),
    };
    let (mut out, mut buffer) = (std::io::stdout().lock(), vec![0; WRITE]);
    loop {
        buffer.chunks_mut(request).try_for_each(|part| random.fill(part))?;
        match out.write_all(&buffer) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(()),
            written => written?,
        }
    }
}
