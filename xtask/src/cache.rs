//! Where the chores keep what they build or fetch once: a folder in the user's cache.

use std::env;
use std::path::PathBuf;

use anyhow::Context as _;

/// `$XDG_CACHE_HOME/portcullis`, or the same below `~/.cache`; it may not be there yet.
pub(crate) fn folder() -> anyhow::Result<PathBuf> {
    let set = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|home| home.join(".cache")));
    Ok(cache.context("neither XDG_CACHE_HOME nor HOME is set")?.join("portcullis"))
}
