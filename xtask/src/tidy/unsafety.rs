//! The rule `unsafe`: the word stands only in the rooms made for it, each time with its reason.

use syn::{AttrStyle, Attribute, Meta};

use super::Findings;
use super::source::{Source, Token};
use super::tree::Tree;
use crate::workspace::Crate;

/// Where `unsafe` may be: the C ABI and its tests, the calls to AWS-LC that have no safe form, what asks the processor
/// and the kernel for noise, the symbols by which foreign code draws random bytes, the port of corePKCS11 in C and its
/// tests, the fuzz target of the C ABI, what forks, or looks at freed memory, for the tests of that, what stands in for
/// the C library in tests, and the board below the firmware.
const ROOMS: &[&str] = &[
    "crates/module/",
    "crates/engine/src/aws_lc/raw/",
    "crates/entropy/src/outlet/",
    "crates/entropy/src/source/",
    "crates/entropy/tests/fork/child.rs",
    "crates/entropy/tests/wiped.rs",
    "crates/outage/src/raw.rs",
    "crates/pal/src/c_pal/",
    "crates/pal/tests/c_pal/",
    "embedded/src/board.rs",
    "fuzz/targets/calls.rs",
];

pub(super) fn check(tree: &Tree, findings: &mut Findings<'_>) {
    for source in &tree.sources {
        let room = ROOMS.iter().any(|room| source.path.starts_with(room));
        for (index, token) in source.tokens().iter().enumerate() {
            if !token.is_identifier("unsafe") {
                continue;
            }
            if !room {
                let what = format!("`unsafe` outside its rooms ({})", ROOMS.join(", "));
                findings.add(&source.path, token.line, what);
            } else if needs_reason(source.tokens().get(index + 1)) && !has_reason(source, token.line) {
                let what = "`unsafe` without a `SAFETY:` comment above it that says who promises what";
                findings.add(&source.path, token.line, what);
            }
        }
    }
    for krate in &tree.crates {
        check_roots(tree, krate, findings);
    }
}

/// A package without a room forbids `unsafe` for good; one with a room denies it, so that the room's files
/// must allow it by name.
fn check_roots(tree: &Tree, krate: &Crate, findings: &mut Findings<'_>) {
    let has_room = ROOMS.iter().any(|room| krate.holds(room));
    let level = if has_room { "deny" } else { "forbid" };
    for root in tree.sources_of(krate).filter(|source| krate.roots.contains(&source.path)) {
        let set = |level: &str| root.syntax.attrs.iter().any(|attribute| sets_unsafe_code(attribute, level));
        if !set(level) && !set("forbid") {
            findings.add(&root.path, 1, format!("the crate does not say `#![{level}(unsafe_code)]`"));
        }
    }
}

fn sets_unsafe_code(attribute: &Attribute, level: &str) -> bool {
    matches!(attribute.style, AttrStyle::Inner(_))
        && matches!(&attribute.meta, Meta::List(list) if list.path.is_ident(level)
            && list.tokens.to_string().split(',').any(|lint| lint.trim() == "unsafe_code"))
}

/// Blocks and implementations make a promise; `unsafe fn` and `unsafe extern` only ask for one.
fn needs_reason(next: Option<&Token>) -> bool {
    next.is_some_and(|next| next.is_mark("{") || next.is_identifier("impl"))
}

/// Whether a `SAFETY:` comment stands above the statement that holds `line`.
fn has_reason(source: &Source, line: usize) -> bool {
    let lines: Vec<&str> = source.text.lines().take(line).map(str::trim).collect();
    let above = lines.iter().rev().skip(1);
    for text in above {
        if text.starts_with("//") {
            if text.contains("SAFETY:") {
                return true;
            }
        } else if text.is_empty() || text.ends_with([';', '{', '}']) {
            return false;
        }
    }
    false
}

#[cfg(test)]
mod tests;
