//! What cargo has built, found by what cargo says of it, not by where it usually puts things.

use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, bail};
use cargo_metadata::{Artifact, Message};

use crate::shell;
use crate::workspace::Workspace;

/// The artifacts of one build.
pub(crate) struct Artifacts(Vec<Artifact>);

/// Runs `cargo build` with the words of `line`. What cargo says to people goes to standard error, so that standard
/// output is left for results.
pub(crate) fn build(line: &str, workspace: &Workspace) -> anyhow::Result<Artifacts> {
    let mut command = shell::cargo(line.split_whitespace());
    command.arg("--message-format=json-render-diagnostics").current_dir(&workspace.root);
    eprintln!("    $ cargo {line}");
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {}", shell::shown(&command)))?;
    let stdout = child.stdout.take().context("cargo's standard output")?;
    let mut artifacts = Vec::new();
    for message in Message::parse_stream(BufReader::new(stdout)) {
        if let Message::CompilerArtifact(artifact) = message.context("reading what cargo builds")? {
            artifacts.push(artifact);
        }
    }
    if !child.wait().context("waiting for cargo")?.success() {
        bail!("`cargo {line}` failed");
    }
    Ok(Artifacts(artifacts))
}

impl Artifacts {
    /// The program that was built from the target with this name.
    pub(crate) fn program(&self, target: &str) -> anyhow::Result<PathBuf> {
        let of_target = self.0.iter().rfind(|artifact| artifact.target.name == target);
        let program = of_target.and_then(|artifact| artifact.executable.as_ref());
        Ok(program.with_context(|| format!("cargo built no program `{target}`"))?.into())
    }

    /// The file with this name.
    pub(crate) fn file(&self, name: &str) -> anyhow::Result<PathBuf> {
        let mut files = self.0.iter().flat_map(|artifact| &artifact.filenames);
        let named = files.find(|file| file.file_name() == Some(name));
        Ok(Path::new(named.with_context(|| format!("cargo built no `{name}`"))?).to_owned())
    }
}
