//! A peer's server: started on a free loopback port, ready when it says so, stopped by its handle.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use crate::shell;

/// How long a server may take to get ready, or to write what is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

/// How often it is looked at meanwhile.
const GLANCE: Duration = Duration::from_millis(20);

/// A running server, with all that it prints in a file.
pub(super) struct Server {
    process: Child,
    log: PathBuf,
}

impl Server {
    pub(super) fn start(command: &mut Command, log: PathBuf) -> anyhow::Result<Self> {
        println!("    $ {}", shell::shown(command));
        let file = File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
        let copy = file.try_clone().context("a server's log")?;
        let started = command.stdin(Stdio::null()).stdout(file).stderr(copy).spawn();
        let process = started.with_context(|| format!("cannot start {}", shell::shown(command)))?;
        Ok(Self { process, log })
    }

    /// Waits until the log has a line that starts with `prefix`; the rest of that line.
    pub(super) fn logged(&mut self, prefix: &str) -> anyhow::Result<String> {
        self.wait(|server| {
            let text = server.text();
            // A line is whole only when its end is there.
            let whole = text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
            whole.into_iter().find_map(|line| line.strip_prefix(prefix)).map(|rest| rest.trim().to_owned())
        })
        .with_context(|| format!("no \"{prefix}\" in what the server printed"))
    }

    /// Waits until something accepts connections there.
    pub(super) fn listens(&mut self, address: SocketAddr) -> anyhow::Result<()> {
        self.wait(|_| TcpStream::connect(address).ok().map(drop))
    }

    /// All that it has printed so far.
    pub(super) fn text(&self) -> String {
        fs::read(&self.log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }

    fn wait<T>(&mut self, mut look: impl FnMut(&Self) -> Option<T>) -> anyhow::Result<T> {
        let start = Instant::now();
        loop {
            if let Some(found) = look(self) {
                return Ok(found);
            }
            if let Some(status) = self.process.try_wait().context("a server")? {
                // It may have printed what is looked for just before it ended.
                return match look(self) {
                    Some(found) => Ok(found),
                    None => bail!("the server ended with {status}:\n{}", self.text()),
                };
            }
            if start.elapsed() > PATIENCE {
                bail!("the server did not do so within {} s:\n{}", PATIENCE.as_secs(), self.text());
            }
            thread::sleep(GLANCE);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that has ended by itself can't be killed, and need not be.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A port of this machine that was free a moment ago, for servers that can't choose one themselves.
pub(super) fn free_port() -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?;
    listener.local_addr().context("no free port")
}
