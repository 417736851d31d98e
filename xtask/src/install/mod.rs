//! `cargo xtask install`: the PKCS #11 module and the command, where programs and users look for them.
//!
//! What is absent: uninstalling. Every file stands in the list that is installed with them.

mod advice;
mod place;
mod plan;

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};

use crate::built;
use crate::workspace::Workspace;
use place::{Before, Staged};
use plan::{Content, Plan, Prefix};

/// Install libportcullis_pkcs11.so and the command portcullis below a prefix
///
/// Builds both for release, then writes below PREFIX:
///
///   lib/pkcs11/libportcullis_pkcs11.so       the PKCS #11 module
///   bin/portcullis                           the command
///   share/p11-kit/modules/portcullis.module  tells p11-kit of the module
///   lib/pkgconfig/portcullis.pc              tells pkg-config where it is
///   share/doc/portcullis/                    licences, how to use it, and
///                                            `installed`, the list of all files
///
/// A file that an earlier installation listed is replaced; any other file in
/// the way is left alone, and nothing is installed, unless --force is given.
/// Nothing takes its place before everything is written.
///
/// Examples:
///   cargo xtask install --prefix "$HOME/.local"
///   cargo xtask install --prefix /usr/local --dry-run
///   cargo xtask install --prefix /usr --destdir "$PWD/package"
///   cargo xtask install --prefix /usr/local --features postgres
/// To remove it again:
///   cd PREFIX && xargs rm < share/doc/portcullis/installed
///
/// Exit status: 0 it is installed, or could be (--dry-run); 1 otherwise.
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Options {
    /// The folder that programs will find everything in.
    #[arg(long, value_name = "PATH")]
    prefix: PathBuf,
    /// Write below DIR, for a package: DIR/PREFIX/..., while the files name PREFIX.
    #[arg(long, value_name = "DIR")]
    destdir: Option<PathBuf>,
    /// Say what would be written and what is there now; build and write nothing.
    #[arg(long)]
    dry_run: bool,
    /// Build both with it: postgres, for tokens in a database that several machines share.
    #[arg(long, value_name = "NAME")]
    features: Vec<Feature>,
    /// Also replace files that no installation of Portcullis listed.
    #[arg(long)]
    force: bool,
}

/// What both the module and the command can be built with.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Feature {
    Postgres,
}

impl Feature {
    /// What cargo calls it.
    fn name(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
        }
    }
}

pub(crate) fn run(options: &Options, workspace: &Workspace) -> anyhow::Result<ExitCode> {
    let prefix = Prefix::parse(&options.prefix)?;
    let root = prefix.below(options.destdir.as_deref());
    let plan = Plan::new(&prefix);
    let before = place::look(&plan, &root);
    if options.dry_run {
        show(&plan, &root, &before);
    }
    refuse(&plan, &root, &before, options.force)?;
    place::try_folders(&plan, &root)?;
    if options.dry_run {
        return Ok(ExitCode::SUCCESS);
    }
    write(&plan, &root, &Sources::build(workspace, &options.features)?)?;
    print!("{}", advice::text(&prefix, options.destdir.as_deref()));
    Ok(ExitCode::SUCCESS)
}

/// Shows what would be done with each file.
fn show(plan: &Plan, root: &Path, before: &[Before]) {
    for (file, before) in plan.files.iter().zip(before) {
        let done = match before {
            Before::Free => "would write",
            Before::Ours => "would replace",
            Before::Foreign | Before::Folder => "is in the way:",
        };
        println!("{done:<14} {}", root.join(&file.path).display());
    }
}

/// Fails where something is in the way.
fn refuse(plan: &Plan, root: &Path, before: &[Before], force: bool) -> anyhow::Result<()> {
    let place_of = |kind: Before| {
        let mut files = plan.files.iter().zip(before);
        files.find(|(_, before)| **before == kind).map(|(file, _)| root.join(&file.path))
    };
    if let Some(folder) = place_of(Before::Folder) {
        bail!("{} is a folder, where a file would be installed", folder.display());
    }
    if let Some(file) = place_of(Before::Foreign).filter(|_| !force) {
        bail!("{} is there and was not installed by this command; --force replaces it", file.display());
    }
    Ok(())
}

/// Where the files of a plan come from.
struct Sources {
    library: PathBuf,
    program: PathBuf,
    /// The root of the repository.
    tree: PathBuf,
}

impl Sources {
    /// Builds what has to be built. One after the other: together, each would get the other's features too.
    fn build(workspace: &Workspace, features: &[Feature]) -> anyhow::Result<Self> {
        let build = |target: &str| built::build(&build_line(target, features), workspace);
        Ok(Self {
            library: build("portcullis-module --lib")?.file(&plan::library_name())?,
            program: build("portcullis-cli --bin portcullis")?.program("portcullis")?,
            tree: workspace.root.clone().into(),
        })
    }

    /// Opens what a file is to contain.
    fn open<'a>(&self, content: &'a Content) -> anyhow::Result<Box<dyn Read + 'a>> {
        let file = match content {
            Content::Library => self.library.clone(),
            Content::Program => self.program.clone(),
            Content::Document(path) => self.tree.join(path),
            Content::Text(text) => return Ok(Box::new(text.as_bytes())),
        };
        let opened = File::open(&file).with_context(|| format!("cannot read {}", file.display()))?;
        Ok(Box::new(opened))
    }
}

/// What cargo is told to build.
fn build_line(target: &str, features: &[Feature]) -> String {
    let mut line = format!("build --release --locked --package {target}");
    for feature in features {
        line += " --features ";
        line += feature.name();
    }
    line
}

/// Writes all files of a plan, and says of each that it is there.
fn write(plan: &Plan, root: &Path, sources: &Sources) -> anyhow::Result<()> {
    let mut staged = Staged::default();
    for file in &plan.files {
        staged.add(root.join(&file.path), file.mode, &mut sources.open(&file.content)?)?;
    }
    staged.place(|place| {
        let size = fs::metadata(place).map(|there| there.len().div_ceil(1024)).unwrap_or_default();
        println!("installed {size:>6} KiB  {}", place.display());
    })
}

#[cfg(test)]
mod tests;
