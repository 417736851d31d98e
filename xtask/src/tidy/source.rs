//! One Rust source: its text, its syntax tree, and its tokens with the lines they stand on.
//!
//! Rules that look for names read the tokens, so neither comments nor documentation nor the inside of a
//! string counts as code; macro bodies do.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};

use super::tree::Tree;
use super::{Finding, Findings};

/// A parsed source file.
pub(super) struct Source {
    /// Relative to the root of the workspace.
    pub(super) path: String,
    pub(super) text: String,
    pub(super) syntax: syn::File,
    tokens: Vec<Token>,
    /// Whether the whole file is built for tests, benchmarks or examples only.
    pub(super) is_test: bool,
}

/// One token; groups are flattened into their delimiters.
#[derive(Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) text: String,
    pub(super) line: usize,
    /// Whether it stands in an item under `#[cfg(test)]`.
    in_test: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Identifier,
    Literal,
    /// Punctuation and delimiters.
    Mark,
}

impl Token {
    pub(super) fn is_identifier(&self, text: &str) -> bool {
        self.kind == Kind::Identifier && self.text == text
    }

    pub(super) fn is_mark(&self, text: &str) -> bool {
        self.kind == Kind::Mark && self.text == text
    }
}

impl Source {
    pub(super) fn parse(path: String, text: String) -> Result<Self, Finding> {
        let parsed = text.parse::<TokenStream>().map_err(|error| (error.span(), error.to_string()));
        let parsed = parsed.and_then(|stream| {
            let syntax = syn::parse_file(&text).map_err(|error| (error.span(), error.to_string()))?;
            Ok((stream, syntax))
        });
        let (stream, syntax) = parsed.map_err(|(span, error)| Finding {
            path: path.clone(),
            line: span.start().line,
            what: format!("cannot be read as Rust: {error}"),
            rule: "parse",
        })?;
        let mut tokens = Vec::new();
        flatten(stream, false, &mut tokens);
        let is_test =
            path.split('/').any(|part| matches!(part, "tests" | "tests.rs" | "benches" | "examples"));
        Ok(Self { path, text, syntax, tokens, is_test })
    }

    /// All tokens but those of documentation.
    pub(super) fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// The tokens that are built into what users get: nothing of tests, benchmarks or examples.
    pub(super) fn shipped(&self) -> impl Iterator<Item = &Token> {
        self.tokens.iter().filter(|token| !self.is_test && !token.in_test)
    }

    /// Where the files of modules declared as `#[cfg(test)] mod name;` lie, without `.rs`.
    pub(super) fn test_modules(&self) -> Vec<String> {
        let (dir, file) = self.path.rsplit_once('/').unwrap_or(("", &self.path));
        let dir = match file {
            "lib.rs" | "main.rs" | "mod.rs" => dir.to_owned(),
            _ => self.path.trim_end_matches(".rs").to_owned(),
        };
        let declared = self.tokens.windows(3).filter_map(|window| match window {
            [keyword, name, end] if keyword.in_test && keyword.is_identifier("mod") && end.is_mark(";") => {
                Some(format!("{dir}/{}", name.text))
            }
            _ => None,
        });
        declared.collect()
    }
}

/// Flattens a stream into tokens. Attributes that are documentation are left out.
fn flatten(stream: TokenStream, in_test: bool, tokens: &mut Vec<Token>) {
    let mut trees = stream.into_iter().peekable();
    // Inside an item that an attribute gave to tests, up to the semicolon or the brace that ends it.
    let mut test_item = in_test;
    let mut after_hash = false;
    while let Some(tree) = trees.next() {
        let mark = if let TokenTree::Punct(mark) = &tree { mark.as_char() } else { ' ' };
        if let Some(TokenTree::Group(attribute)) = trees.peek() {
            // `#[...]` or, within what it describes, `#![...]`.
            if (mark == '#' || (after_hash && mark == '!')) && is_documentation(&attribute.stream()) {
                trees.next();
                continue;
            }
            test_item |= mark == '#' && is_for_tests(&attribute.stream());
        }
        after_hash = mark == '#';
        let mut push = |kind, text: String, span: Span| {
            tokens.push(Token { kind, text, line: span.start().line, in_test: test_item });
        };
        match tree {
            TokenTree::Ident(name) => push(Kind::Identifier, name.to_string(), name.span()),
            TokenTree::Literal(value) => push(Kind::Literal, value.to_string(), value.span()),
            TokenTree::Punct(mark) => {
                push(Kind::Mark, mark.to_string(), mark.span());
                test_item &= in_test || mark.as_char() != ';';
            }
            TokenTree::Group(group) => {
                let (open, close) = delimiters(group.delimiter());
                push(Kind::Mark, open.to_owned(), group.span_open());
                flatten(group.stream(), test_item, tokens);
                let line = group.span_close().start().line;
                tokens.push(Token { kind: Kind::Mark, text: close.to_owned(), line, in_test: test_item });
                test_item &= in_test || group.delimiter() != Delimiter::Brace;
            }
        }
    }
}

fn delimiters(delimiter: Delimiter) -> (&'static str, &'static str) {
    match delimiter {
        Delimiter::Brace => ("{", "}"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::None => ("", ""),
    }
}

/// Whether the inside of an attribute's brackets is documentation.
fn is_documentation(attribute: &TokenStream) -> bool {
    matches!(attribute.clone().into_iter().next(), Some(TokenTree::Ident(name)) if name == "doc")
}

/// Whether the inside of an attribute's brackets gives what follows to tests alone.
fn is_for_tests(attribute: &TokenStream) -> bool {
    matches!(attribute.to_string().replace(' ', "").as_str(), "cfg(test)" | "test")
}

/// The rule `opening`: a file says what it is before anything else.
pub(super) fn check_opening(tree: &Tree, findings: &mut Findings<'_>) {
    for source in tree.sources.iter().filter(|source| !source.text.starts_with("//!")) {
        findings.add(
            &source.path,
            1,
            "the file does not start with `//!`: say what lives here and what does not",
        );
    }
}

#[cfg(test)]
mod tests;
