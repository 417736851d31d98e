//! `cargo deny` for the chores: where the tool comes from, and how its checks are asked for.
//!
//! What is allowed stands in `deny.toml`, each exception with its reason.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::bail;

use crate::cache;
use crate::shell::{self, Finished};

/// The version that is built where none is installed.
const VERSION: &str = "0.20.2";
const PROGRAM: &str = "cargo-deny";

/// How long the advisory database may keep us waiting.
const PATIENCE: Duration = Duration::from_secs(60);

/// An installed `cargo deny`.
pub(crate) struct Deny {
    program: PathBuf,
    root: PathBuf,
}

impl Deny {
    /// Takes `cargo-deny` from `PATH` or from the folder of tools, or builds it there.
    pub(crate) fn find_or_build(root: &Path) -> anyhow::Result<Self> {
        let tools = cache::folder()?.join("tools");
        let built = tools.join("bin").join(PROGRAM);
        let program = match shell::find_program(PROGRAM) {
            Some(program) => program,
            None if shell::is_program(&built) => built,
            None => {
                println!(
                    "{PROGRAM} is not installed; building it once into the tools folder takes some minutes"
                );
                let mut install =
                    shell::cargo(["install", "--locked", "--version", VERSION, PROGRAM, "--root"]);
                // Built for this machine and kept; it is none of the workspace's artefacts.
                install.arg(&tools).env_remove("CARGO_TARGET_DIR").env_remove("CARGO_BUILD_TARGET");
                if !shell::stream(&mut install)?.ok {
                    bail!(
                        "cannot build {PROGRAM} {VERSION}; install it by hand, or use --fast to go without"
                    );
                }
                built
            }
        };
        Ok(Self { program, root: root.to_owned() })
    }

    /// Checks licences, bans and sources. Nothing of it needs a network once `cargo fetch` has succeeded.
    pub(crate) fn check(&self) -> anyhow::Result<Finished> {
        shell::stream(self.command().args(["check", "--hide-inclusion-graph", "bans", "licenses", "sources"]))
    }

    /// Checks for known vulnerabilities, or says with `Err` of the inner result why it could not.
    pub(crate) fn check_advisories(&self) -> anyhow::Result<Result<Finished, String>> {
        let fetched =
            shell::within(PATIENCE, self.command().env("GIT_TERMINAL_PROMPT", "0").args(["fetch", "db"]))?;
        if !fetched.ok {
            return Ok(Err(reason(&fetched.text)));
        }
        Ok(Ok(shell::stream(self.command().args(["check", "--disable-fetch", "advisories"]))?))
    }

    /// All features count: what only one feature brings is brought all the same.
    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.current_dir(&self.root).args(["--workspace", "--all-features", "--locked"]);
        command
    }
}

/// Why a fetch failed: the last line that says something.
fn reason(text: &str) -> String {
    let said = text.lines().map(str::trim).rfind(|line| !line.is_empty());
    said.unwrap_or("no reason given").to_owned()
}
