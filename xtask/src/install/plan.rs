//! Which files are installed, below the prefix, and what is in each.
//!
//! What is absent: the file system. A plan is the same whatever is there.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::path::{self, Path, PathBuf};

use anyhow::{Context as _, bail};

/// The list of what was installed, one path below the prefix a line. A file that it names may be replaced.
pub(super) const LIST: &str = "share/doc/portcullis/installed";

/// What p11-kit and pkg-config are given; `crates/module/tests/peers` tries the first.
const MODULE_FILE: &str = include_str!("../../../crates/module/share/portcullis.module");
const PKG_CONFIG_FILE: &str = include_str!("../../../crates/module/share/portcullis.pc");

/// Files of the repository that users read, and what they are called where they are installed.
const DOCUMENTS: &[(&str, &str)] = &[
    ("LICENSE-APACHE", "LICENSE-APACHE"),
    ("LICENSE-MIT", "LICENSE-MIT"),
    ("CHANGELOG.md", "CHANGELOG.md"),
    ("crates/cli/README.md", "command.md"),
    ("crates/module/README.md", "module.md"),
    ("docs/programs.md", "programs.md"),
];

/// A folder that files can name: absolute, and without what p11-kit or pkg-config would read as something else.
#[derive(Debug)]
pub(super) struct Prefix(String);

/// Everything that is installed.
pub(super) struct Plan {
    pub(super) files: Vec<Planned>,
}

/// One file.
pub(super) struct Planned {
    /// Where it goes, below the prefix.
    pub(super) path: String,
    /// Who may do what with it.
    pub(super) mode: u32,
    pub(super) content: Content,
}

/// Where the bytes of a file come from.
#[derive(Debug, PartialEq)]
pub(super) enum Content {
    /// The PKCS #11 module, which cargo builds.
    Library,
    /// The program `portcullis`, which cargo builds.
    Program,
    /// A file of the repository.
    Document(&'static str),
    /// This.
    Text(String),
}

impl Prefix {
    /// Takes the folder as the command line names it.
    pub(super) fn parse(named: &Path) -> anyhow::Result<Self> {
        let text = named.to_str().with_context(|| format!("--prefix {} is not UTF-8", named.display()))?;
        if text.starts_with('~') {
            bail!("--prefix {text}: the shell did not replace the `~`; write \"$HOME\" instead");
        }
        if let Some(odd) = text.chars().find(|c| c.is_control() || "$#\\".contains(*c)) {
            bail!("--prefix {text}: a pkg-config file can't name a folder with {odd:?} in it");
        }
        let absolute = path::absolute(named).context("--prefix")?;
        let absolute = absolute.to_str().context("the current folder is not UTF-8")?;
        Ok(Self(absolute.trim_end_matches('/').to_owned()))
    }

    /// A path below it, as programs see it once it is installed.
    pub(super) fn file(&self, path: &str) -> String {
        format!("{}/{path}", self.0)
    }

    /// The folder that is its counterpart below `destdir`.
    pub(super) fn below(&self, destdir: Option<&Path>) -> PathBuf {
        match destdir {
            Some(destdir) => destdir.join(self.0.trim_start_matches('/')),
            None => self.file("").into(),
        }
    }
}

impl Plan {
    /// What is installed for programs that look below `prefix`.
    pub(super) fn new(prefix: &Prefix) -> Self {
        let text = |template: &str| Content::Text(filled_in(template, prefix));
        let mut files = vec![
            Planned::new(&library(), 0o755, Content::Library),
            Planned::new("bin/portcullis", 0o755, Content::Program),
            Planned::new("share/p11-kit/modules/portcullis.module", 0o644, text(MODULE_FILE)),
            Planned::new("lib/pkgconfig/portcullis.pc", 0o644, text(PKG_CONFIG_FILE)),
        ];
        files.extend(DOCUMENTS.iter().map(|&(file, name)| {
            Planned::new(&format!("share/doc/portcullis/{name}"), 0o644, Content::Document(file))
        }));
        let paths = files.iter().map(|file| file.path.as_str()).chain([LIST]);
        let list = paths.map(|path| format!("{path}\n")).collect();
        // Comes first, so that a file that is there was listed before, wherever an installation ends.
        files.insert(0, Planned::new(LIST, 0o644, Content::Text(list)));
        Self { files }
    }
}

impl Planned {
    fn new(path: &str, mode: u32, content: Content) -> Self {
        Self { path: path.to_owned(), mode, content }
    }
}

/// What cargo calls the library.
pub(super) fn library_name() -> String {
    format!("{DLL_PREFIX}portcullis_pkcs11{DLL_SUFFIX}")
}

/// Where the library goes, below the prefix.
pub(super) fn library() -> String {
    format!("lib/pkcs11/{}", library_name())
}

/// A template with everything in its place.
fn filled_in(template: &str, prefix: &Prefix) -> String {
    template
        .replace("@module@", &prefix.file(&library()))
        .replace("@library@", &library_name())
        .replace("@prefix@", &prefix.0)
        .replace("@url@", env!("CARGO_PKG_REPOSITORY"))
        .replace("@version@", env!("CARGO_PKG_VERSION"))
}
