//! Bytes of a generator, led from the program that draws them into a tool that reads them.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Instant;

use anyhow::{Context as _, bail};

use crate::shell;

/// The program that draws, and whose bytes.
pub(super) struct Draw {
    pub(super) program: PathBuf,
    pub(super) generator: String,
}

/// How many bytes a tool gets: so many, or what comes until then.
pub(super) struct Bytes {
    pub(super) most: u64,
    pub(super) until: Instant,
}

/// A program that is ended when nobody waits for it any more.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // One that has ended by itself can't be ended, and is only collected.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Draw {
    fn start(&self) -> anyhow::Result<Running> {
        let mut command = Command::new(&self.program);
        command.arg(&self.generator).stdin(Stdio::null()).stdout(Stdio::piped());
        Ok(Running(command.spawn().with_context(|| format!("cannot start {}", shell::shown(&command)))?))
    }

    /// What `tool` prints of these bytes, on both its outputs.
    pub(super) fn feed(&self, tool: &mut Command, bytes: Bytes) -> anyhow::Result<String> {
        let mut draw = self.start()?;
        let mut source = draw.0.stdout.take().context("the generator's output")?;
        tool.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut reader = tool.spawn().with_context(|| format!("cannot start {}", shell::shown(tool)))?;
        let mut sink = reader.stdin.take().context("the tool's input")?;
        let feeder = thread::spawn(move || -> anyhow::Result<()> {
            let (mut buffer, mut left) = (vec![0; 1 << 16], bytes.most);
            // At least one buffer, however little time there is.
            while left > 0 {
                source.read_exact(&mut buffer).context("the generator has ended")?;
                let now = left.min(buffer.len() as u64) as usize;
                // A tool that ends has had enough.
                if sink.write_all(&buffer[..now]).is_err() || Instant::now() >= bytes.until {
                    break;
                }
                left -= now as u64;
            }
            Ok(())
        });
        let output = reader.wait_with_output().context("waiting for a tool")?;
        if let Ok(fed) = feeder.join() {
            fed?;
        } else {
            bail!("feeding a tool");
        }
        let text = [output.stdout, output.stderr].concat();
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    /// Hands on each line that `tool` prints, until it ends or the time is over; whether it ended.
    pub(super) fn read_lines(
        &self,
        tool: &mut Command,
        until: Instant,
        mut each: impl FnMut(&str) -> anyhow::Result<()>,
    ) -> anyhow::Result<bool> {
        let mut draw = self.start()?;
        let source = draw.0.stdout.take().context("the generator's output")?;
        tool.stdin(source).stdout(Stdio::piped());
        let mut reader =
            Running(tool.spawn().with_context(|| format!("cannot start {}", shell::shown(tool)))?);
        let output = BufReader::new(reader.0.stdout.take().context("the tool's output")?);
        let (sender, lines) = mpsc::channel();
        // It ends with the tool, whose output it reads.
        thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        loop {
            match lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(line) => each(&line)?,
                Err(RecvTimeoutError::Timeout) => return Ok(false),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        let status = reader.0.wait().context("waiting for a tool")?;
        if !status.success() {
            bail!("{} ended with {status}", shell::shown(tool));
        }
        Ok(true)
    }
}
