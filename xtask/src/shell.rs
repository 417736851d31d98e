//! Running other programs: every command is shown before it starts, and its output is shown while it runs.
//!
//! Written here and not taken from `xshell` or `duct` because a chore must both show a command's output as
//! it comes and read the test counts out of it afterwards, which neither does.

use std::ffi::OsStr;
use std::io::{IsTerminal as _, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, thread};

use anyhow::Context as _;

/// What a finished command left behind.
pub(crate) struct Finished {
    /// Whether it ended with status 0.
    pub(crate) ok: bool,
    /// Its standard output and standard error, interleaved as they came, without terminal colours.
    pub(crate) text: String,
}

/// A `cargo` command as a user would start it.
///
/// `cargo run` describes the xtask package to its child in the environment. Build scripts that watch these
/// variables (ring's does) would build anew whenever a plain `cargo build` alternates with `cargo xtask`.
pub(crate) fn cargo<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in env::vars_os() {
        let described = name.to_str().is_some_and(|name| {
            name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") || name == "CARGO_BIN_NAME"
        });
        if described {
            command.env_remove(name);
        }
    }
    if std::io::stdout().is_terminal() {
        command.env("CARGO_TERM_COLOR", "always");
    }
    command.args(args);
    command
}

/// Runs a command, showing it and its output, and keeps a copy of the output.
pub(crate) fn stream(command: &mut Command) -> anyhow::Result<Finished> {
    println!("    $ {}", shown(command));
    let (mut reader, writer) = std::io::pipe().context("pipe")?;
    command.stdin(Stdio::null()).stdout(writer.try_clone().context("pipe")?).stderr(writer);
    let mut child = command.spawn().with_context(|| format!("cannot start {}", shown(command)))?;
    // The command still holds the writing end; without this the reader would never see the end.
    command.stdout(Stdio::null()).stderr(Stdio::null());

    let (mut all, mut chunk) = (Vec::new(), [0; 8192]);
    loop {
        let count = reader.read(&mut chunk).context("reading a command's output")?;
        if count == 0 {
            break;
        }
        let new = chunk.get(..count).unwrap_or_default();
        all.extend_from_slice(new);
        let mut stdout = std::io::stdout().lock();
        stdout.write_all(new).and_then(|()| stdout.flush()).context("writing to standard output")?;
    }
    let status = child.wait().context("waiting for a command")?;
    Ok(Finished { ok: status.success(), text: without_colours(&String::from_utf8_lossy(&all)) })
}

/// Runs a command without showing anything; standard input is empty.
pub(crate) fn quiet(command: &mut Command) -> anyhow::Result<Finished> {
    let output =
        command.stdin(Stdio::null()).output().with_context(|| format!("cannot start {}", shown(command)))?;
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    Ok(Finished { ok: output.status.success(), text })
}

/// Runs a command quietly, and ends it when it takes longer than `limit`: for what waits on a network.
pub(crate) fn within(limit: Duration, command: &mut Command) -> anyhow::Result<Finished> {
    println!("    $ {}", shown(command));
    let mut kept = tempfile::tempfile().context("temporary file")?;
    let copy = kept.try_clone().context("temporary file")?;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(copy)
        .spawn()
        .with_context(|| format!("cannot start {}", shown(command)))?;
    let start = Instant::now();
    let ok = loop {
        if let Some(status) = child.try_wait().context("waiting for a command")? {
            break status.success();
        }
        if start.elapsed() > limit {
            child.kill().and_then(|()| child.wait()).context("ending a command")?;
            return Ok(Finished { ok: false, text: format!("no answer within {} s", limit.as_secs()) });
        }
        thread::sleep(Duration::from_millis(50));
    };
    let mut text = String::new();
    kept.rewind().and_then(|()| kept.read_to_string(&mut text)).context("reading a command's output")?;
    Ok(Finished { ok, text: without_colours(&text) })
}

/// Where a program lies: on `PATH`, or where Debian puts the daemons that ordinary users have not on theirs.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let daemons = ["/usr/local/sbin", "/usr/sbin", "/sbin"].map(PathBuf::from);
    env::split_paths(&path).chain(daemons).map(|dir| dir.join(name)).find(|file| is_program(file))
}

/// Whether `file` is a regular file that someone may execute.
pub(crate) fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    file.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

/// A command as one would type it, for showing only: arguments are not quoted.
pub(crate) fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default();
    std::iter::once(program)
        .chain(command.get_args())
        .map(OsStr::to_string_lossy)
        .collect::<Vec<_>>()
        .join(" ")
}

/// `text` without the escape sequences that colour a terminal (ECMA-48 control sequences, `ESC [ ... letter`).
fn without_colours(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        rest = after.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
        rest = rest.get(1..).unwrap_or_default();
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests;
