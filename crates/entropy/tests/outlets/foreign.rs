//! Builds the foreign programs as their authors would: packages of their own, outside this workspace, in their own
//! target folder, from the dependencies that this workspace's lock file names.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::NamedTempFile;

/// A package, by its manifest from `[lib]` or `[[bin]]` on; `SOURCES` and `ENTROPY` stand for folders.
pub(crate) struct Package {
    pub(crate) name: &'static str,
    pub(crate) manifest: &'static str,
    pub(crate) rustflags: &'static str,
}

impl Package {
    /// Builds it, and gives the folder where its programs and libraries are.
    pub(crate) fn build(&self) -> PathBuf {
        let entropy = Path::new(env!("CARGO_MANIFEST_DIR"));
        let all = Path::new(env!("CARGO_TARGET_TMPDIR")).join("outlets");
        let folder = all.join(self.name);
        std::fs::create_dir_all(&folder).unwrap();
        let manifest = self
            .manifest
            .replace("SOURCES", entropy.join("tests/outlets/foreign").to_str().unwrap())
            .replace("ENTROPY", entropy.to_str().unwrap());
        let head = format!("[workspace]\n[package]\nname = \"{}\"\nedition = \"2024\"\n", self.name);
        replace(&folder.join("Cargo.toml"), (head + &manifest).as_bytes());
        replace(&folder.join("Cargo.lock"), &std::fs::read(entropy.join("../../Cargo.lock")).unwrap());

        let target = all.join("target");
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--offline", "--target-dir"]).arg(&target).current_dir(&folder);
        cargo.env("RUSTFLAGS", self.rustflags).env_remove("CARGO_ENCODED_RUSTFLAGS");
        let output = cargo.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        target.join("debug")
    }
}

/// Replaces a file at once, as other tests build from it at the same time.
fn replace(file: &Path, contents: &[u8]) {
    let mut new = NamedTempFile::new_in(file.parent().unwrap()).unwrap();
    new.write_all(contents).unwrap();
    new.persist(file).unwrap();
}

/// The host's program: both symbols, and a source that the environment chooses.
pub(crate) fn host() -> PathBuf {
    let package = Package {
        name: "foreign",
        manifest: r#"
            [lib]
            path = "SOURCES/lib.rs"
            crate-type = ["rlib", "staticlib"]
            [[bin]]
            name = "foreign"
            path = "SOURCES/main.rs"
            [dependencies]
            getrandom = "0.4"
            portcullis-entropy = { path = "ENTROPY", features = ["getrandom_backend", "mbedtls"] }
            [profile.dev]
            debug = false
        "#,
        rustflags: "--cfg getrandom_backend=\"custom\"",
    };
    package.build()
}

/// What a program printed, its last line break left out, and how it ended.
pub(crate) fn run(command: &mut Command) -> (String, bool) {
    let output = command.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    (text.trim_end().to_owned(), output.status.success())
}
