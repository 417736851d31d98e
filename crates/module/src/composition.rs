//! The one place where the module's tokens are put together: SQLite stores, the host's randomness and the
//! `aws_lc` engine, which can sign a digest made elsewhere as OpenSSL, GnuTLS and OpenSSH ask. Nothing else here names any of them.

#[allow(unsafe_code)]
mod fork;
mod late;

use std::path::Path;
use std::sync::Arc;

use portcullis_engine::AwsLcEngine;
use portcullis_entropy::{RandomPool, Seed, SeedRecord};
use portcullis_token::{KeyDerivation, Parts, Result, Token};

/// Tells a process from the one that it was forked from.
pub(crate) use portcullis_entropy::process_era;

use late::LateStore;

/// The file of the token's store in its folder.
const STORE: &str = "token.db";

/// The file of the random generator's seed record, apart from the token's, so that drawing randomness never changes
/// the token.
const SEED: &str = "seed.db";

/// Tells machines that are copies of one image apart (`machine-id(5)`).
const MACHINE_ID: &str = "/etc/machine-id";

/// The token in a folder; no folder yet is a token to be initialised.
pub(crate) fn open(folder: &Path) -> Result<Token> {
    let device = std::fs::read(MACHINE_ID).unwrap_or_default();
    let record = SeedRecord::new(Arc::new(LateStore::at(folder.join(SEED))), device.trim_ascii_end());
    Token::open(Parts {
        store: Arc::new(LateStore::at(folder.join(STORE))),
        engine: Arc::new(AwsLcEngine),
        random: Arc::new(RandomPool::host(Seed::Kept(record))),
        key_derivation: KeyDerivation::STANDARD,
    })
}
