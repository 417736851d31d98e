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
    /// Names that its sources must not take out of a crate, as (crate, name). The name alone may mean anything.
    taken: &'static [(&'static str, &'static str)],
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
        taken: &[],
        parts: &["sqlite", "/dev/random", "/dev/urandom"],
        why: "a token meets storage, randomness and cryptography only as `ObjectStore`, `Random` and `Engine`",
    },
    Seam {
        package: "portcullis-tls",
        dependencies: &["cryptoki", "getrandom", "rusqlite"],
        identifiers: &[
            "getrandom",
            "portcullis_engine",
            "portcullis_module",
            "portcullis_pal",
            "rusqlite",
            "SystemRandom",
        ],
        taken: &[("portcullis_token", "Token")],
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
            let shipped: Vec<_> = source.shipped().collect();
            let named = shipped.iter().copied().filter(|token| seam.forbids(token));
            for token in named.chain(seam.taken_in(&shipped)) {
                let what = format!("`{}` must not name `{}`: {}", krate.name, token.text, seam.why);
                findings.add(&source.path, token.line, what);
            }
        }
    }
}

impl Seam {
    /// The tokens that take a name out of a crate: on the crate's path or in the braces of its import.
    fn taken_in<'a>(&self, tokens: &[&'a Token]) -> Vec<&'a Token> {
        let mut all = Vec::new();
        for (owner, name) in self.taken {
            for (index, _) in tokens.iter().enumerate().filter(|(_, token)| token.is_identifier(owner)) {
                let path = tokens.iter().skip(index + 1).scan(0_usize, |depth, token| {
                    *depth += usize::from(token.is_mark("{"));
                    *depth = depth.saturating_sub(usize::from(token.is_mark("}")));
                    let separator = token.is_mark(":") || token.is_mark("{") || token.is_mark("}");
                    let inside = *depth > 0 && !token.is_mark(";");
                    (inside || separator || token.kind == Kind::Identifier).then_some(*token)
                });
                all.extend(path.filter(|token| token.is_identifier(name)));
            }
        }
        all
    }

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
