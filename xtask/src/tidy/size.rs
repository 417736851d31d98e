//! The rule `size`: files and functions that are too long to be read at once.

use syn::visit::{self, Visit};

use super::Findings;
use super::source::Source;
use super::tree::Tree;

/// Lines of a file: what we aim at, and what is refused.
const FILE: (usize, usize) = (300, 500);
/// Lines of a function, from its signature to its closing brace.
const FUNCTION: (usize, usize) = (40, 70);

pub(super) fn check(tree: &Tree, findings: &mut Findings<'_>) {
    for source in &tree.sources {
        let lines = source.text.lines().count();
        if lines > FILE.1 {
            let what = format!("{lines} lines; a file has at most {}: something wants out", FILE.1);
            findings.add(&source.path, lines, what);
        }
        for function in functions(source).iter().filter(|function| function.lines > FUNCTION.1) {
            let what = format!(
                "`{}` has {} lines; a function has at most {}: something wants out",
                function.name, function.lines, FUNCTION.1
            );
            findings.add(&source.path, function.line, what);
        }
    }
}

/// How many files and functions are longer than what we aim at.
pub(super) fn over_aim(tree: &Tree) -> (usize, usize) {
    let files = tree.sources.iter().filter(|source| source.text.lines().count() > FILE.0).count();
    let functions = tree.sources.iter().flat_map(functions).filter(|f| f.lines > FUNCTION.0).count();
    (files, functions)
}

struct Function {
    name: String,
    line: usize,
    lines: usize,
}

fn functions(source: &Source) -> Vec<Function> {
    let mut found = Functions::default();
    found.visit_file(&source.syntax);
    found.0
}

#[derive(Default)]
struct Functions(Vec<Function>);

impl Functions {
    fn add(&mut self, signature: &syn::Signature, body: &syn::Block) {
        let line = signature.fn_token.span.start().line;
        let end = body.brace_token.span.close();
        self.0.push(Function {
            name: signature.ident.to_string(),
            line,
            lines: (end.end().line + 1).saturating_sub(line),
        });
    }
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.add(&function.sig, &function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.add(&function.sig, &function.block);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast syn::TraitItemFn) {
        if let Some(body) = &function.default {
            self.add(&function.sig, body);
        }
        visit::visit_trait_item_fn(self, function);
    }
}

#[cfg(test)]
mod tests;
