//! The rule `seams`: names that must not be said on one side of a trait, because they lie behind it.
//!
//! Dependencies and shipped sources are checked; tests, benchmarks and examples compose as they like.

use super::Findings;
use super::layers::line_of;
use super::source::{Kind, Token};
use super::tree::Tree;

/// What one package must not name.
struct Seam {
    package: &'static str,
    /// Packages that it must not depend on directly.
    dependencies: &'static [&'static str],
    /// Identifiers that its sources must not contain.
    identifiers: &'static [&'static str],
    /// Parts of identifiers and strings that its sources must not contain, in lower case.
    parts: &'static [&'static str],
    why: &'static str,
}

const SEAMS: &[Seam] = &[
    Seam {
        package: "portcullis-token",
        dependencies: &["aws-lc-rs", "getrandom", "libc", "ring", "rusqlite", "rustls", "sequential-storage"],
        identifiers: &[
            "OsRng",
            "SysRng",
            "aws_lc_rs",
            "getrandom",
            "libc",
            "ring",
            "rustls",
            "sequential_storage",
        ],
        parts: &["sqlite", "/dev/random", "/dev/urandom"],
        why: "a token meets storage, randomness and cryptography only as `ObjectStore`, `Random` and `Engine`",
    },
    Seam {
        package: "portcullis-tls",
        dependencies: &["cryptoki", "getrandom", "rusqlite"],
        identifiers: &[
            "Token",
            "getrandom",
            "portcullis_engine",
            "portcullis_module",
            "portcullis_pal",
            "rusqlite",
            "SystemRandom",
        ],
        parts: &[],
        why: "TLS knows a token only as `KeyService` and randomness only as `Random`",
    },
];

pub(super) fn check(tree: &Tree, findings: &mut Findings<'_>) {
    for seam in SEAMS {
        let Some(krate) = tree.crates.iter().find(|krate| krate.name == seam.package) else { continue };
        for dependency in krate.dependencies.iter().filter(|name| seam.dependencies.contains(&name.as_str()))
        {
            let line = tree.manifest(krate).map_or(1, |(_, text)| line_of(text, dependency));
            let what = format!("`{}` must not depend on `{dependency}`: {}", krate.name, seam.why);
            findings.add(&format!("{}/Cargo.toml", krate.dir), line, what);
        }
        for source in tree.sources_of(krate) {
            for token in source.shipped().filter(|token| seam.forbids(token)) {
                let what = format!("`{}` must not name `{}`: {}", krate.name, token.text, seam.why);
                findings.add(&source.path, token.line, what);
            }
        }
    }
}

impl Seam {
    fn forbids(&self, token: &Token) -> bool {
        let part = || self.parts.iter().any(|part| token.text.to_lowercase().contains(part));
        match token.kind {
            Kind::Identifier => self.identifiers.contains(&token.text.as_str()) || part(),
            Kind::Literal => part(),
            Kind::Mark => false,
        }
    }
}

#[cfg(test)]
mod tests;
