//! What several test files need: folders as they were, child processes, small file systems, and a way to
//! say that a test could not run.

#![allow(dead_code, reason = "each test file uses a part")]

pub(crate) mod planned;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use portcullis_pal::Label;
pub(crate) use portcullis_pal::testkit::skip;

pub(crate) fn label(name: &str) -> Label {
    Label::new(name.as_bytes()).unwrap()
}

/// The number that an environment variable asks for, else the usual one.
pub(crate) fn number(variable: &str, usual: u64) -> u64 {
    std::env::var(variable).map_or(usual, |value| value.parse().expect("the variable is a number"))
}

/// All files of a folder with their bytes.
pub(crate) fn contents(folder: &Path) -> BTreeMap<OsString, Vec<u8>> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name(), fs::read(entry.path()).unwrap_or_default()))
        .collect()
}

pub(crate) fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

const ROLE: &str = "PORTCULLIS_PAL_TEST_CHILD";

/// The path given to this process when it is a child made by [`child`].
pub(crate) fn child_argument() -> Option<PathBuf> {
    std::env::var_os(ROLE).map(PathBuf::from)
}

/// This test binary again, to run only `test`, which finds `argument` by [`child_argument`].
pub(crate) fn child(test: &str, argument: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture", "--test-threads=1"]).env(ROLE, argument).current_dir("/");
    command
}

/// Runs `check` on a folder of its own as a user for whom permissions mean something: when this is root, in
/// a child process that runs `test` again.
pub(crate) fn without_rights(test: &str, check: fn(&Path)) {
    const NOBODY: u32 = 65534;
    if let Some(folder) = child_argument() {
        return check(&folder);
    }
    let folder = tempfile::tempdir().unwrap();
    if fs::metadata(folder.path()).unwrap().uid() != 0 {
        return check(folder.path());
    }
    set_mode(folder.path(), 0o777);
    match child(test, folder.path()).uid(NOBODY).gid(NOBODY).output() {
        Ok(output) => assert_passed(&output),
        Err(error) => skip(test, &format!("no process could be started as another user: {error}")),
    }
}

pub(crate) fn assert_passed(output: &Output) {
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// A small file system in memory, there until it is dropped.
pub(crate) struct SmallDisk {
    folder: tempfile::TempDir,
}

impl SmallDisk {
    /// Mounts one, or says why `test` is skipped.
    pub(crate) fn mount(test: &str, kibibytes: u32) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let options = format!("size={kibibytes}k,mode=0700");
        match Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(folder.path()).output()
        {
            Ok(output) if output.status.success() => Some(Self { folder }),
            Ok(output) => {
                skip(test, &format!("no tmpfs: {}", String::from_utf8_lossy(&output.stderr).trim()));
                None
            }
            Err(error) => {
                skip(test, &format!("no tmpfs: {error}"));
                None
            }
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn make_read_only(&self) {
        let done = Command::new("mount").args(["-o", "remount,ro"]).arg(self.path()).status().unwrap();
        assert!(done.success());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // A test that fails may still hold files open; the lazy way does not mind.
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}
