//! The rule `spelling`: the C names of PKCS #11 stay in the crate that speaks C.
//!
//! Everywhere else the standard's words stand in Rust case; documentation may give the C name as a source.

use super::Findings;
use super::source::Kind;
use super::tree::Tree;

/// The crate that may use them.
const ROOM: &str = "crates/module/";

pub(super) fn check(tree: &Tree, findings: &mut Findings<'_>) {
    let elsewhere = |path: &str| path.starts_with("crates/") && !path.starts_with(ROOM);
    for source in tree.sources.iter().filter(|source| elsewhere(&source.path)) {
        for token in source.tokens().iter().filter(|t| t.kind == Kind::Identifier && is_c_name(&t.text)) {
            let what = format!("`{}` is a C name of PKCS #11: only {ROOM} spells them", token.text);
            findings.add(&source.path, token.line, what);
        }
    }
}

/// Whether a name is one of `CK_...`, `CKA_...`, `CKR_...` and their like, or a function `C_...`.
fn is_c_name(name: &str) -> bool {
    let Some((prefix, rest)) = name.split_once('_') else { return false };
    let kind = prefix.strip_prefix("CK").is_some_and(|letter| letter.len() <= 1);
    let function = prefix == "C" && rest.chars().any(|c| c.is_ascii_lowercase());
    (kind && prefix.chars().all(|c| c.is_ascii_uppercase())) || function
}

#[cfg(test)]
mod tests;
