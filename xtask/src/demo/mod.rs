//! `cargo xtask demo`: the main job, in front of the reader's eyes: first against our own server, then against
//! OpenSSL and against an MQTT broker.
//!
//! What is absent: the first part itself, which is `portcullis demo` and can be run without this repository.

mod mosquitto;
mod openssl;
mod server;

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, bail};
use cargo_metadata::MetadataCommand;
use tempfile::TempDir;

use crate::peers::{self, Standing};
use crate::shell;

/// Show the main job: a device proves who it is with a key that never leaves its token
///
/// Builds the programs, makes a CA and a token in a temporary folder, and then
/// runs mutual TLS against our own server, against `openssl s_server`, and MQTT
/// through a mosquitto broker that requires certificates. As root on Debian it
/// installs the peers that are missing, after saying which.
///
/// Exit status: 0 every step succeeded, or was left out for want of a peer;
/// 1 a step failed.
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Options {
    /// Install nothing; steps whose peer is missing are left out.
    #[arg(long)]
    no_install: bool,
}

/// What the steps share: the programs that were built and the folder that `portcullis demo` has left.
struct Stage {
    portcullis: PathBuf,
    mqtt: PathBuf,
    folder: TempDir,
}

/// One step.
struct Step {
    title: &'static str,
    /// The program without which it is left out.
    peer: Option<&'static str>,
    /// What has been proved when it succeeds.
    proves: &'static str,
    play: fn(&Stage) -> anyhow::Result<()>,
}

const STEPS: &[Step] = &[
    Step {
        title: "the main job against our own server",
        peer: None,
        proves: "A key made in the token opens TLS 1.3 and 1.2, and can't be read back.",
        play: ours,
    },
    Step {
        title: "mutual TLS 1.3 with OpenSSL",
        peer: Some(openssl::PROGRAM),
        proves: "A server that shares no code with us has verified the device's certificate and signature.",
        play: |stage| openssl::play(stage, "1.3"),
    },
    Step {
        title: "mutual TLS 1.2 with OpenSSL",
        peer: Some(openssl::PROGRAM),
        proves: "The same holds for the older version.",
        play: |stage| openssl::play(stage, "1.2"),
    },
    Step {
        title: "MQTT through mosquitto, which requires a certificate",
        peer: Some(mosquitto::PROGRAM),
        proves: "This is how a thing talks to AWS IoT; the broker takes its user name from the certificate.",
        play: mosquitto::play,
    },
];

/// How a step ended.
enum Ending {
    Passed,
    Failed(String),
    LeftOut(&'static str),
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    println!("Building the command line and the MQTT example; the first time this takes some minutes.");
    let stage = Stage::build()?;
    println!("\nLooking for the peers: openssl and mosquitto.");
    match peers::ensure(!options.no_install) {
        Ok(Standing::Present) => println!("They are here."),
        Ok(Standing::Installed(new)) => println!("Installed: {}", new.join(" ")),
        Ok(Standing::Missing(_, advice)) => println!("{advice}"),
        // Without a network, what is there can still be shown.
        Err(error) => println!("The peers could not be installed: {error:#}"),
    }
    let mut endings = Vec::new();
    for (index, step) in STEPS.iter().enumerate() {
        endings.push(play(&stage, index, step));
        // The later steps live on what the first one leaves; among themselves they are independent.
        if matches!(endings.as_slice(), [Ending::Failed(_)]) {
            break;
        }
    }
    summarize(&endings);
    let failed = endings.iter().any(|ending| matches!(ending, Ending::Failed(_)));
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn play(stage: &Stage, index: usize, step: &Step) -> Ending {
    println!("\n=== {}. {}", index + 1, step.title);
    if let Some(peer) = step.peer.filter(|peer| shell::find_program(peer).is_none()) {
        println!("    left out: {peer} is not installed");
        return Ending::LeftOut(peer);
    }
    match (step.play)(stage) {
        Ok(()) => {
            println!("    {}", step.proves);
            Ending::Passed
        }
        Err(error) => {
            println!("    FAILED: {error:#}");
            Ending::Failed(format!("{error:#}"))
        }
    }
}

fn summarize(endings: &[Ending]) {
    println!("\n=== Summary");
    for (index, (step, ending)) in STEPS.iter().zip(endings).enumerate() {
        let number = index + 1;
        match ending {
            Ending::Passed => println!("  ok        {number}. {}: {}", step.title, step.proves),
            Ending::Failed(why) => println!("  FAILED    {number}. {}: {why}", step.title),
            Ending::LeftOut(peer) => {
                println!("  left out  {number}. {}: {peer} is not installed", step.title);
            }
        }
    }
    if endings.len() < STEPS.len() {
        println!("  {} more were not tried", STEPS.len() - endings.len());
    }
    println!("The demo's folder is removed now.");
}

/// `portcullis demo`, which leaves what the later steps need.
fn ours(stage: &Stage) -> anyhow::Result<()> {
    let mut demo = Command::new(&stage.portcullis);
    demo.arg("demo").arg("--keep").arg("--dir").arg(stage.folder.path());
    if shell::stream(&mut demo)?.ok { Ok(()) } else { bail!("`portcullis demo` failed") }
}

impl Stage {
    fn build() -> anyhow::Result<Self> {
        let metadata = MetadataCommand::new().no_deps().exec().context("cargo metadata")?;
        let mut build = shell::cargo(["build", "--package", "portcullis-cli", "--bin", "portcullis"]);
        build
            .args(["--package", "portcullis-tls", "--example", "mqtt"])
            .current_dir(&metadata.workspace_root);
        if !shell::stream(&mut build)?.ok {
            bail!("the programs could not be built");
        }
        let built = metadata.target_directory.join("debug").into_std_path_buf();
        Ok(Self {
            portcullis: built.join(program("portcullis")),
            mqtt: built.join("examples").join(program("mqtt")),
            folder: tempfile::Builder::new()
                .prefix("portcullis-demo-")
                .tempdir()
                .context("temporary folder")?,
        })
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    /// A `portcullis` command on the demo's token.
    fn portcullis(&self, line: &str) -> Command {
        let mut command = self.in_folder(&self.portcullis);
        command.args(["--store", "token", "--pin-file", "user.pin"]).args(line.split(' '));
        command
    }

    /// A command that runs in the demo's folder.
    fn in_folder(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.folder.path());
        command
    }
}

fn program(name: &str) -> String {
    format!("{name}{}", env::consts::EXE_SUFFIX)
}
