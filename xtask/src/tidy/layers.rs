//! The rule `layers`: which of our packages may depend on which. `ARCHITECTURE.md` draws the same picture.
//!
//! Dependencies to build and to link count; dev-dependencies are free.

use super::Findings;
use super::tree::Tree;

/// One package and what it may use.
struct Layer {
    package: &'static str,
    may_use: &'static [&'static str],
}

/// The whole picture. Crates meet through traits, so most rows are short; compositions are made in `module` and `cli`
/// only.
const LAYERS: &[Layer] = &[
    Layer { package: "portcullis-pal", may_use: &[] },
    Layer { package: "portcullis-entropy", may_use: &["portcullis-pal"] },
    Layer { package: "portcullis-token", may_use: &["portcullis-pal", "portcullis-entropy"] },
    Layer { package: "portcullis-engine", may_use: &["portcullis-token", "portcullis-entropy"] },
    Layer { package: "portcullis-tls", may_use: &["portcullis-token", "portcullis-entropy"] },
    Layer {
        package: "portcullis-module",
        // TLS is for the way to a store in a database (decision 0021); what a caller of the module does with TLS is
        // the caller's own.
        may_use: &[
            "portcullis-pal",
            "portcullis-entropy",
            "portcullis-token",
            "portcullis-engine",
            "portcullis-tls",
        ],
    },
    Layer {
        package: "portcullis-cli",
        may_use: &[
            "portcullis-pal",
            "portcullis-entropy",
            "portcullis-token",
            "portcullis-engine",
            "portcullis-tls",
        ],
    },
    Layer { package: "portcullis-outage", may_use: &[] },
    Layer { package: "xtask", may_use: &[] },
];

pub(super) fn check(tree: &Tree, findings: &mut Findings<'_>) {
    let ours = |name: &String| tree.crates.iter().any(|other| other.name == *name);
    for krate in &tree.crates {
        let manifest = format!("{}/Cargo.toml", krate.dir);
        let Some(layer) = LAYERS.iter().find(|layer| layer.package == krate.name) else {
            findings.add(&manifest, 1, format!("`{}` has no row in the table of layers", krate.name));
            continue;
        };
        for used in krate.dependencies.iter().filter(|name| ours(name)) {
            if !layer.may_use.contains(&used.as_str()) {
                let line = tree.manifest(krate).map_or(1, |(_, text)| line_of(text, used));
                let what =
                    format!("`{}` must not depend on `{used}`: crates meet only through traits", krate.name);
                findings.add(&manifest, line, what);
            }
        }
    }
}

/// The line of a manifest on which a dependency's row starts; 1 where it cannot be told.
pub(super) fn line_of(manifest: &str, dependency: &str) -> usize {
    let row = |line: &str| {
        line.trim_start().strip_prefix(dependency).is_some_and(|rest| rest.starts_with(['.', ' ', '=']))
    };
    manifest.lines().position(row).map_or(1, |index| index + 1)
}

#[cfg(test)]
mod tests;
