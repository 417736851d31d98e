//! Files that commands read.

use std::io::Read;
use std::path::Path;

use crate::error::{Error, Result};

/// A file's bytes, or those of standard input for `-`.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    let bytes = if path.as_os_str() == "-" {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        std::fs::read(path)
    };
    bytes.map_err(|source| Error::ReadFile { path: path.to_owned(), source })
}
