//! The port of corePKCS11 over a SQLite store, as a static library for a C program: link `libcore_pkcs11_pal.a` in the
//! place of the vendor's port. The store is the file that `PORTCULLIS_PAL_STORE` names, else `core_pkcs11.db` in the
//! folder that the program runs in.
#![deny(unsafe_code)]

use std::env;
use std::path::PathBuf;
use std::sync::Arc;

use portcullis_pal::{ObjectStore, Result, SqliteStore};

fn open() -> Result<Arc<dyn ObjectStore>> {
    let path = env::var_os("PORTCULLIS_PAL_STORE").map_or_else(|| "core_pkcs11.db".into(), PathBuf::from);
    Ok(Arc::new(SqliteStore::open_or_create(path)?))
}

portcullis_pal::export_c_pal!(super::open);
