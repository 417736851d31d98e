//! Putting files in their places: all of them lie beside their places, whole, before the first takes its own.
//!
//! What is absent: which files, and where they come from.

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use tempfile::NamedTempFile;

use super::plan::{LIST, Plan};

/// How the name of a file begins that is not in its place yet.
const UNFINISHED: &str = ".portcullis-";

/// What is in a file's place before it is installed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Before {
    /// Nothing.
    Free,
    /// A file that an earlier installation listed.
    Ours,
    /// A file that someone else put there.
    Foreign,
    /// No file at all, so that none can replace it.
    Folder,
}

/// What is in the place of each file of a plan.
pub(super) fn look(plan: &Plan, root: &Path) -> Vec<Before> {
    let list = fs::read_to_string(root.join(LIST)).unwrap_or_default();
    let ours: BTreeSet<_> = list.lines().collect();
    let before = |path: &str| match fs::symlink_metadata(root.join(path)) {
        Ok(there) if there.is_dir() => Before::Folder,
        Ok(_) if ours.contains(path) => Before::Ours,
        Ok(_) => Before::Foreign,
        Err(_) => Before::Free,
    };
    plan.files.iter().map(|file| before(&file.path)).collect()
}

/// Tries whether files can be made where the plan wants them, before anyone waits for a build.
pub(super) fn try_folders(plan: &Plan, root: &Path) -> anyhow::Result<()> {
    let folders: BTreeSet<_> = plan.files.iter().filter_map(|file| nearest(&root.join(&file.path))).collect();
    folders.iter().try_for_each(|folder| unfinished(folder).map(drop))
}

/// The folder in which something has to be made for this file to be there.
fn nearest(file: &Path) -> Option<PathBuf> {
    file.ancestors().skip(1).find(|folder| folder.symlink_metadata().is_ok()).map(Path::to_owned)
}

/// Files that lie beside their places. Those that never take them are gone when this is dropped, and so are the
/// folders that were made for them.
#[derive(Default)]
pub(super) struct Staged {
    files: Vec<(NamedTempFile, PathBuf)>,
    folders: Vec<PathBuf>,
}

impl Staged {
    /// Writes a file beside its place and makes the folders that it needs.
    pub(super) fn add(
        &mut self,
        place: PathBuf,
        mode: u32,
        content: &mut dyn io::Read,
    ) -> anyhow::Result<()> {
        let folder = place.parent().context("a file lies in a folder")?;
        self.make_folders(folder)?;
        let mut file = unfinished(folder)?;
        io::copy(content, &mut file)
            .and_then(|_| file.as_file().set_permissions(Permissions::from_mode(mode)))
            .and_then(|()| file.as_file().sync_all())
            .with_context(|| format!("cannot write {}", place.display()))?;
        self.files.push((file, place));
        Ok(())
    }

    /// Makes a folder and those above it, for everyone to look into, whatever the umask.
    fn make_folders(&mut self, folder: &Path) -> anyhow::Result<()> {
        let missing: Vec<_> = folder.ancestors().take_while(|folder| !folder.is_dir()).collect();
        for folder in missing.into_iter().rev() {
            fs::create_dir(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
            self.folders.push(folder.to_owned());
            fs::set_permissions(folder, Permissions::from_mode(0o755))
                .with_context(|| format!("cannot open the folder {} to everyone", folder.display()))?;
        }
        Ok(())
    }

    /// Gives each file its place, in the order in which they were added, and calls `each` with it.
    pub(super) fn place(mut self, mut each: impl FnMut(&Path)) -> anyhow::Result<()> {
        for (file, place) in std::mem::take(&mut self.files) {
            file.persist(&place).with_context(|| format!("cannot put {} in its place", place.display()))?;
            each(&place);
        }
        Ok(())
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        self.files.clear();
        for folder in self.folders.iter().rev() {
            // Only an empty folder can be removed: one with files in their places stays.
            let _ = fs::remove_dir(folder);
        }
    }
}

/// A file in this folder that is removed unless it is given a name.
fn unfinished(folder: &Path) -> anyhow::Result<NamedTempFile> {
    let made = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(folder);
    let Err(error) = made else { return Ok(made?) };
    if error.kind() == io::ErrorKind::PermissionDenied {
        bail!(
            "no permission to write into {}; install as a user who has it, or with a --prefix of your own, such as \
             \"$HOME/.local\"",
            folder.display()
        );
    }
    Err(error).with_context(|| format!("cannot write into {}", folder.display()))
}
