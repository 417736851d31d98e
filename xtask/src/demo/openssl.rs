//! Mutual TLS with `openssl s_server`, which verifies the device's certificate and answers each line reversed.

use std::io::Write as _;
use std::process::Stdio;

use anyhow::{Context as _, bail};

use super::Stage;
use super::server::Server;
use crate::shell;

pub(super) const PROGRAM: &str = "openssl";

const MESSAGE: &str = "hello from the device";

pub(super) fn play(stage: &Stage, version: &str) -> anyhow::Result<()> {
    let program = shell::find_program(PROGRAM).context("openssl is not installed")?;
    let mut command = stage.in_folder(&program);
    command.args(["s_server", "-accept", "127.0.0.1:0", "-naccept", "1", "-rev"]);
    command.args(["-cert", "server.pem", "-key", "server.key", "-CAfile", "ca.pem"]);
    command.args(["-Verify", "1", "-verify_return_error"]);
    command.arg(if version == "1.2" { "-tls1_2" } else { "-tls1_3" });
    let mut server = Server::start(&mut command, stage.path(&format!("openssl-{version}.log")))?;
    let address = server.logged("ACCEPT ")?;

    let answer = send(stage, &format!("connect {address} --key device"))?;
    let reversed: String = MESSAGE.chars().rev().collect();
    if answer.trim_end() != reversed {
        bail!("OpenSSL answered \"{}\" and not \"{reversed}\"", answer.trim_end());
    }
    let subject = server.logged("Peer certificate: ")?;
    let spoken = server.logged("Protocol version: ")?;
    let verified = server.logged("Verification: ")?;
    println!("    OpenSSL saw \"{subject}\" over {spoken}, verification: {verified}");
    if !subject.contains("CN = device") || spoken != format!("TLSv{version}") || verified != "OK" {
        bail!("that is not what it should have seen");
    }
    Ok(())
}

/// Sends the message through `portcullis connect`; what came back.
fn send(stage: &Stage, line: &str) -> anyhow::Result<String> {
    let mut command = stage.portcullis(line);
    println!("    $ echo {MESSAGE} | {}", shell::shown(&command));
    let mut client =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().context("cannot start portcullis")?;
    let mut input = client.stdin.take().context("portcullis has no standard input")?;
    writeln!(input, "{MESSAGE}").context("writing to portcullis")?;
    drop(input);
    let output = client.wait_with_output().context("waiting for portcullis")?;
    if !output.status.success() {
        bail!("`portcullis connect` ended with {}", output.status);
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
