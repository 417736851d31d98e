//! The rule `leftovers`: what says "later" in code, tests that do not run, and names that mean anything.

use super::Findings;
use super::tree::Tree;

const MACROS: &[&str] = &["dbg", "todo", "unimplemented"];
const REMARKS: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME")];
const NAMES: &[&str] = &["helper", "helpers", "manager", "misc", "util", "utils"];

pub(super) fn check(tree: &Tree, findings: &mut Findings<'_>) {
    for source in &tree.sources {
        for window in source.tokens().windows(3) {
            let [first, second, third] = window else { continue };
            if MACROS.iter().any(|name| first.is_identifier(name)) && second.is_mark("!") {
                findings.add(
                    &source.path,
                    first.line,
                    format!("`{}!` is left over: finish it or drop it", first.text),
                );
            }
            if first.is_mark("#") && second.is_mark("[") && third.is_identifier("ignore") {
                findings.add(
                    &source.path,
                    first.line,
                    "an ignored test proves nothing: let it run or drop it",
                );
            }
        }
        for (index, line) in source.text.lines().enumerate() {
            if let Some(remark) = REMARKS.iter().find(|remark| line.contains(**remark)) {
                findings.add(&source.path, index + 1, format!("{remark}: open work belongs in an issue"));
            }
        }
        let parts = source.path.split('/').map(|part| part.trim_end_matches(".rs"));
        for part in parts.filter(|part| NAMES.contains(part)) {
            findings.add(&source.path, 1, format!("`{part}` names no room: say what lives there"));
        }
    }
}

#[cfg(test)]
mod tests;
