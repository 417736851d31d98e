//! Writes a generator's bytes to standard output for as long as someone reads them: for other people's tests.
//!
//! ```sh
//! cargo run --release --package portcullis-entropy --example draw | dieharder -a -g 200
//! ```
//!
//! The argument `hmac` chooses a board's generator instead of a host's pool, `ctr`.
#![forbid(unsafe_code)]

use std::error::Error;
use std::io::{ErrorKind, Write as _};

use portcullis_entropy::{Composition, Mechanism, Random, Seed};

/// Bytes in a request.
const REQUEST: usize = 1 << 14;

fn main() -> Result<(), Box<dyn Error>> {
    let host = Composition::host(Seed::NotKept);
    let random: Box<dyn Random> = match std::env::args().nth(1).as_deref() {
        None | Some("ctr") => Box::new(host.pool()),
        Some("hmac") => Box::new(host.generator(Mechanism::HmacSha256).single()),
        Some(other) => return Err(format!("`{other}` is neither `ctr` nor `hmac`").into()),
    };
    let (mut out, mut buffer) = (std::io::stdout().lock(), vec![0; REQUEST]);
    loop {
        random.fill(&mut buffer)?;
        match out.write_all(&buffer) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(()),
            written => written?,
        }
    }
}
