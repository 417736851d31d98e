//! The tree that the rules read: the packages and every text file that git has or would take.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, bail};

use super::Finding;
use super::source::Source;
use crate::workspace::{Crate, Workspace};

/// Everything that a rule may look at.
pub(super) struct Tree {
    pub(super) crates: Vec<Crate>,
    /// Every text file that is no Rust source.
    pub(super) others: Vec<(String, String)>,
    pub(super) sources: Vec<Source>,
}

impl Tree {
    /// Reads the files of a workspace, and gives the sources that do not parse as findings.
    pub(super) fn load(workspace: &Workspace) -> anyhow::Result<(Self, Vec<Finding>)> {
        let listed = Command::new("git")
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .current_dir(&workspace.root)
            .output()
            .context("tidy asks git which files belong to the tree, and cannot start it")?;
        if !listed.status.success() {
            bail!("git ls-files: {}", String::from_utf8_lossy(&listed.stderr).trim());
        }
        let mut files = Vec::new();
        for path in String::from_utf8_lossy(&listed.stdout).split_terminator('\0') {
            // A listed file may be deleted in the working tree; one that is no UTF-8 is data, not text.
            if let Ok(text) = fs::read_to_string(workspace.root.join(path)) {
                files.push((path.to_owned(), text));
            }
        }
        let crates = workspace.crates.clone();
        Ok(Self::new(crates, files))
    }

    /// A tree of the files given as path and text.
    pub(super) fn new(crates: Vec<Crate>, files: Vec<(String, String)>) -> (Self, Vec<Finding>) {
        let (mut sources, mut others, mut unreadable) = (Vec::new(), Vec::new(), Vec::new());
        for (path, text) in files {
            if !path.ends_with(".rs") {
                others.push((path, text));
                continue;
            }
            match Source::parse(path, text) {
                Ok(source) => sources.push(source),
                Err(finding) => unreadable.push(finding),
            }
        }
        mark_test_modules(&mut sources);
        (Self { crates, others, sources }, unreadable)
    }

    /// The sources of one package.
    pub(super) fn sources_of<'a>(&'a self, krate: &'a Crate) -> impl Iterator<Item = &'a Source> {
        self.sources.iter().filter(|source| krate.holds(&source.path))
    }

    /// The text of a package's `Cargo.toml`.
    pub(super) fn manifest(&self, krate: &Crate) -> Option<(&str, &str)> {
        let path = format!("{}/Cargo.toml", krate.dir);
        self.others.iter().find(|(p, _)| *p == path).map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// Every file with its text.
    pub(super) fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        let sources = self.sources.iter().map(|s| (s.path.as_str(), s.text.as_str()));
        self.others.iter().map(|(path, text)| (path.as_str(), text.as_str())).chain(sources)
    }
}

/// Marks the files behind `#[cfg(test)] mod name;` as tests.
fn mark_test_modules(sources: &mut [Source]) {
    let modules: Vec<_> = sources.iter().flat_map(Source::test_modules).collect();
    for source in sources {
        let inside = |module: &String| {
            source
                .path
                .strip_prefix(module.as_str())
                .is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
        };
        source.is_test |= modules.iter().any(inside);
    }
}
