//! `cargo xtask tidy`: the rules of the house that no compiler checks, each in its own file.
//!
//! A rule reads the [`Tree`] and adds a [`Finding`] for each place that breaks it; all findings are shown at
//! once. Why the rules are as they are stands in `CONTRIBUTING.md`.

mod layers;
mod leftovers;
mod manifests;
mod paths;
mod seams;
mod size;
mod source;
mod spelling;
mod tree;
mod unsafety;

use std::fmt;
use std::process::ExitCode;

use crate::workspace::Workspace;
use tree::Tree;

/// One place that breaks a rule.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    path: String,
    line: usize,
    /// What is there, and why it must not be.
    what: String,
    /// The rule's short name.
    rule: &'static str,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {} [{}]", self.path, self.line, self.what, self.rule)
    }
}

/// Collects the findings of one rule.
struct Findings<'a> {
    rule: &'static str,
    all: &'a mut Vec<Finding>,
}

impl Findings<'_> {
    fn add(&mut self, path: &str, line: usize, what: impl Into<String>) {
        self.all.push(Finding { path: path.to_owned(), line, what: what.into(), rule: self.rule });
    }
}

type Rule = fn(&Tree, &mut Findings<'_>);

/// Every rule, by the name that its findings carry.
const RULES: &[(&str, Rule)] = &[
    ("layers", layers::check),
    ("leftovers", leftovers::check),
    ("manifests", manifests::check),
    ("opening", source::check_opening),
    ("paths", paths::check),
    ("seams", seams::check),
    ("size", size::check),
    ("spelling", spelling::check),
    ("unsafe", unsafety::check),
];

fn findings(tree: &Tree) -> Vec<Finding> {
    let mut all = Vec::new();
    for &(rule, check) in RULES {
        check(tree, &mut Findings { rule, all: &mut all });
    }
    all.sort();
    all
}

/// Checks the workspace and shows every finding. `Ok(true)` when there is none.
pub(crate) fn check(workspace: &Workspace) -> anyhow::Result<bool> {
    let (tree, unreadable) = Tree::load(workspace)?;
    let mut all = findings(&tree);
    all.extend(unreadable);
    for finding in &all {
        println!("{finding}");
    }
    let (files, functions) = size::over_aim(&tree);
    println!(
        "tidy: {} sources, {} findings; above the aim: {files} files (300 lines), {functions} functions (40 lines)",
        tree.sources.len(),
        all.len()
    );
    Ok(all.is_empty())
}

/// `cargo xtask tidy`.
pub(crate) fn run(workspace: &Workspace) -> anyhow::Result<ExitCode> {
    Ok(if check(workspace)? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[cfg(test)]
mod tests;
