//! What the tests share: a token in a temporary folder, the binary run on it, and what it left behind.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

pub(crate) use portcullis_pal::testkit::skip;
use portcullis_pal::{ObjectStore, SqliteStore, Stamp};
use tempfile::TempDir;

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_portcullis");
pub(crate) const USER_PIN: &str = "user-1234";
pub(crate) const SO_PIN: &str = "officer-5678";

/// A folder with a token in it (or none yet) and room for files.
pub(crate) struct Scene {
    dir: TempDir,
}

/// How a run of the binary ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Scene {
    /// No token.
    pub(crate) fn empty() -> Self {
        Self { dir: tempfile::tempdir().expect("a temporary folder") }
    }

    /// A token with a P-256 key called `device`. It is made once and copied, since every login takes a while
    /// by design.
    pub(crate) fn with_key() -> Self {
        static MADE: OnceLock<Vec<u8>> = OnceLock::new();
        let made = MADE.get_or_init(|| {
            let scene = Self::empty();
            scene.ok(&["init", "--label", "test token"]);
            scene.ok(&["keygen", "--label", "device"]);
            scene.bytes()
        });
        let scene = Self::empty();
        fs::create_dir(scene.store_folder()).expect("a folder");
        fs::write(scene.store(), made).expect("a copy of the token");
        scene
    }

    pub(crate) fn store_folder(&self) -> PathBuf {
        self.dir.path().join("store")
    }

    /// The token's file.
    pub(crate) fn store(&self) -> PathBuf {
        self.store_folder().join("token.db")
    }

    /// The token's file, byte for byte.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        fs::read(self.store()).expect("the store's file")
    }

    /// What the token's store holds, whatever its history.
    pub(crate) fn records(&self) -> BTreeMap<String, Vec<u8>> {
        records(&self.store())
    }

    /// A file beside the store.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.file(name);
        fs::write(&path, bytes).expect("a file");
        path.display().to_string()
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.file(name).display().to_string()
    }

    /// The binary with the token's folder and PINs in its environment.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(BINARY);
        command
            .args(args)
            .current_dir(self.dir.path())
            .env("PORTCULLIS_STORE", self.store_folder())
            .env("PORTCULLIS_PIN", USER_PIN)
            .env("PORTCULLIS_SO_PIN", SO_PIN)
            .env_remove("PORTCULLIS_NEW_PIN")
            .env_remove("PORTCULLIS_ASIDE")
            .env_remove("PORTCULLIS_LOG")
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Run {
        Run::of(self.command(args).output())
    }

    /// Runs a command that must succeed, and gives what it printed.
    pub(crate) fn ok(&self, args: &[&str]) -> String {
        let run = self.run(args);
        assert_eq!(run.code, 0, "{args:?}: {}", run.stderr);
        run.stdout
    }

    /// Runs a command that must be refused: with this exit code, one sentence that holds `words`, and the
    /// store's contents as they were.
    pub(crate) fn refused(&self, args: &[&str], code: i32, words: &str) -> Run {
        let before = self.records();
        let run = self.run(args);
        run.assert_refused(code, words);
        assert_eq!(self.records(), before, "{args:?} changed the store");
        run
    }

    /// As [`refused`](Self::refused), where the store's file must not change by a byte: no login came first.
    pub(crate) fn refused_untouched(&self, args: &[&str], code: i32, words: &str) -> Run {
        let before = self.bytes();
        let run = self.run(args);
        run.assert_refused(code, words);
        assert!(self.bytes() == before, "{args:?} changed the store's file");
        run
    }

    pub(crate) fn json(&self, args: &[&str]) -> serde_json::Value {
        serde_json::from_str(&self.ok(&[&["--json"], args].concat())).expect("JSON")
    }
}

impl Run {
    pub(crate) fn of(output: std::io::Result<Output>) -> Self {
        let output = output.expect("the binary runs");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        Self {
            code: output.status.code().expect("it was not killed"),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// One sentence for the user; candidates may follow, indented.
    pub(crate) fn assert_refused(&self, code: i32, words: &str) {
        assert_eq!(self.code, code, "{self:?}");
        assert!(self.stderr.contains(words), "no \"{words}\" in {self:?}");
        let mut lines = self.stderr.lines();
        assert!(lines.next().is_some_and(|line| line.starts_with("portcullis: ")), "{self:?}");
        assert!(lines.all(|line| line.starts_with("  ")), "{self:?}");
    }
}

/// The records of a store's file.
pub(crate) fn records(store: &Path) -> BTreeMap<String, Vec<u8>> {
    let store = SqliteStore::open(store).expect("a store");
    let mut records = BTreeMap::new();
    store
        .scan(Stamp::START, &mut |record| {
            records.insert(record.label.to_string(), record.value.unwrap_or_default().to_vec());
        })
        .expect("a readable store");
    records
}

/// Whether the `openssl` command is there. Where it is not, the test is named as skipped.
pub(crate) fn has_openssl(test: &str) -> bool {
    if Command::new("openssl").arg("version").output().is_ok_and(|output| output.status.success()) {
        return true;
    }
    skip(test, "openssl is not installed");
    false
}

/// Runs `openssl`, which must succeed, and gives what it printed on both streams.
pub(crate) fn openssl(scene: &Scene, args: &[&str]) -> String {
    let output = Command::new("openssl")
        .args(args)
        .current_dir(scene.file("."))
        .stdin(Stdio::null())
        .output()
        .expect("openssl runs");
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(output.status.success(), "openssl {args:?}: {said}");
    said
}
