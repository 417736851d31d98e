//! The rule `manifests`: one table of dependencies for all packages, and one place that they come from.

use toml_edit::{Document, Item, TableLike};

use super::Findings;
use super::tree::Tree;

/// The only source of packages, by the name under which lock files know crates.io everywhere, mirrored or not.
const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Where a manifest or cargo's configuration could send builds to another source.
const DETOURS: &[&str] = &["patch", "registries", "registry", "replace", "source"];

const TABLES: &[&str] = &["build-dependencies", "dependencies", "dev-dependencies"];

pub(super) fn check(tree: &Tree, findings: &mut Findings<'_>) {
    for (path, text) in &tree.others {
        let file = path.rsplit('/').next().unwrap_or(path);
        let configuration = path.ends_with(".cargo/config.toml");
        if file == "Cargo.lock" {
            check_lock(path, text, findings);
        } else if file == "Cargo.toml" || configuration {
            match Document::parse(text.as_str()) {
                Ok(document) => check_manifest(path, &document, findings),
                Err(error) => findings.add(path, 1, format!("cannot be read: {}", error.message())),
            }
        }
    }
}

fn check_lock(path: &str, text: &str, findings: &mut Findings<'_>) {
    for (index, line) in text.lines().enumerate() {
        let source = line.strip_prefix("source = ").map(|value| value.trim_matches('"'));
        if let Some(other) = source.filter(|source| *source != CRATES_IO) {
            findings.add(path, index + 1, format!("a package from `{other}`: only crates.io is a source"));
        }
    }
}

fn check_manifest(path: &str, document: &Document<&str>, findings: &mut Findings<'_>) {
    let root = document.as_table();
    for detour in DETOURS.iter().filter(|key| root.contains_key(key)) {
        let what = format!("`[{detour}]` sends builds to another source: only crates.io is one");
        findings.add(path, line(document, root, detour), what);
    }
    let targets = root.get("target").and_then(Item::as_table_like);
    let platforms =
        targets.into_iter().flat_map(|targets| targets.iter()).filter_map(|(_, t)| t.as_table_like());
    for owner in std::iter::once(root as &dyn TableLike).chain(platforms) {
        for table in TABLES.iter().filter_map(|name| owner.get(name)).filter_map(Item::as_table_like) {
            for (name, _) in table.iter().filter(|(_, value)| !is_inherited(value)) {
                let what = format!("`{name}` is not taken from the workspace's table of dependencies");
                findings.add(path, line(document, table, name), what);
            }
        }
    }
    let shared = root.get("workspace").and_then(|w| w.get("dependencies")).and_then(Item::as_table_like);
    let Some(shared) = shared else { return };
    for (name, value) in shared.iter() {
        let other = ["git", "registry", "registry-index"].iter().any(|key| value.get(key).is_some());
        let outside = value.get("path").and_then(Item::as_str).is_some_and(|place| is_outside(path, place));
        if other || outside {
            let what = format!("`{name}` comes from outside: only crates.io and this workspace are sources");
            findings.add(path, line(document, shared, name), what);
        }
    }
}

/// Whether a place, as seen from a manifest's folder, is not in this tree.
fn is_outside(manifest: &str, place: &str) -> bool {
    let ups = place.split('/').take_while(|part| *part == "..").count();
    place.starts_with('/') || ups > manifest.matches('/').count()
}

fn is_inherited(value: &Item) -> bool {
    value.get("workspace").and_then(Item::as_bool) == Some(true)
}

/// The line of a table's key; 1 where it cannot be told.
fn line(document: &Document<&str>, table: &dyn TableLike, key: &str) -> usize {
    let start = table.key(key).and_then(toml_edit::Key::span).map(|span| span.start);
    let before = start.and_then(|start| document.raw().get(..start)).unwrap_or_default();
    before.matches('\n').count() + 1
}

#[cfg(test)]
mod tests;
