//! The rule `paths`: nothing committed knows on which machine it was written.

use super::Findings;
use super::tree::Tree;

/// First folders of absolute paths that exist on somebody's machine only.
const FIRST_FOLDERS: &[&str] = &["Users", "home", "root", "work"];

pub(super) fn check(tree: &Tree, findings: &mut Findings<'_>) {
    for (path, text) in tree.texts() {
        for (index, line) in text.lines().enumerate() {
            if let Some(folder) = FIRST_FOLDERS.iter().find(|folder| names_folder(line, folder)) {
                let what = format!("an absolute path below /{folder} of one machine: use a relative one");
                findings.add(path, index + 1, what);
            }
        }
    }
}

/// Whether `line` has `/folder/` where a path can start: not inside a longer path, a URL or after a variable.
fn names_folder(line: &str, folder: &str) -> bool {
    let pattern = format!("/{folder}/");
    line.match_indices(&pattern).any(|(at, _)| {
        let before = line.get(..at).and_then(|start| start.chars().next_back());
        before.is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '_' | '-' | '.' | '~' | '}' | '*'))
    })
}

#[cfg(test)]
mod tests;
