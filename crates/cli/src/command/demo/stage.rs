//! Running the commands of the demo: each is shown as a user would type it, and is run as a process of its
//! own, so that nothing is shared between steps but the files.

use std::ffi::OsStr;
use std::fs::{self, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use crate::args::ASIDE;
use crate::error::{Error, Result};

/// The folder of the token, within the demo's.
pub(super) const TOKEN: &str = "token";

/// The files with the PINs.
pub(super) const USER_PIN: &str = "user.pin";
pub(super) const SO_PIN: &str = "so.pin";

/// Where the demo plays.
pub(super) struct Stage {
    folder: PathBuf,
    program: PathBuf,
    quiet: bool,
}

/// A `portcullis serve` that ends with this value.
pub(super) struct Server {
    process: Child,
    output: BufReader<ChildStdout>,
}

impl Stage {
    /// `quiet` keeps the stage from telling what it does.
    pub(super) fn new(folder: PathBuf, quiet: bool) -> Result<Self> {
        let program = std::env::current_exe()
            .map_err(|error| Error::Demo(format!("this program's own file can't be found: {error}")))?;
        Ok(Self { folder, program, quiet })
    }

    pub(super) fn say(&self, text: &str) {
        if !self.quiet {
            let _ = writeln!(io::stdout().lock(), "{text}");
        }
    }

    pub(super) fn path(&self, file: &str) -> PathBuf {
        self.folder.join(file)
    }

    /// Writes a file that anyone may read.
    pub(super) fn write(&self, file: &str, text: &str) -> Result<()> {
        let path = self.path(file);
        self.say(&format!("   writes {file}"));
        fs::write(&path, text).map_err(|source| Error::WriteFile { path, source })
    }

    /// Writes a file that only its owner may read.
    pub(super) fn write_secret(&self, file: &str, text: &str) -> Result<()> {
        let path = self.path(file);
        self.say(&format!("   writes {file}, for its owner only"));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let written = options.open(&path).and_then(|mut file| file.write_all(text.as_bytes()));
        written.map_err(|source| Error::WriteFile { path, source })
    }

    pub(super) fn read(&self, file: &str) -> Result<Vec<u8>> {
        let path = self.path(file);
        fs::read(&path).map_err(|source| Error::ReadFile { path, source })
    }

    /// Runs a command that must succeed.
    pub(super) fn run(&self, line: &str) -> Result<()> {
        let output = self.outcome(line, b"")?;
        if output.status.success() { Ok(()) } else { Err(Error::Demo(complaint(line, &output))) }
    }

    /// Runs a command with this input, however it ends.
    pub(super) fn outcome(&self, line: &str, input: &[u8]) -> Result<Output> {
        let failed = |error| Error::Demo(format!("`portcullis {line}` could not be run: {error}"));
        let mut process = self.start(line, Stdio::piped()).map_err(failed)?;
        if let Some(mut stdin) = process.stdin.take() {
            // A command that ends early needs no input.
            let _ = stdin.write_all(input);
        }
        process.wait_with_output().map_err(failed)
    }

    /// Starts a `portcullis serve --json` and waits until it listens; its address.
    pub(super) fn serve(&self, line: &str) -> Result<(Server, String)> {
        let failed = |error| Error::Demo(format!("`portcullis {line}` could not be run: {error}"));
        let mut process = self.start(line, Stdio::null()).map_err(failed)?;
        let output = process.stdout.take().ok_or_else(|| failed(io::ErrorKind::BrokenPipe.into()))?;
        let mut server = Server { process, output: BufReader::new(output) };
        let address = server.line()?.get("listening").and_then(|address| address.as_str().map(str::to_owned));
        match address {
            Some(address) => Ok((server, address)),
            None => Err(Error::Demo(format!("`portcullis {line}` did not start to listen"))),
        }
    }

    fn start(&self, line: &str, input: Stdio) -> io::Result<Child> {
        self.say(&format!("   $ portcullis {line}"));
        Command::new(&self.program)
            .current_dir(&self.folder)
            .args(["--store", TOKEN, "--pin-file", USER_PIN, "--so-pin-file", SO_PIN])
            .args(line.split(' ').map(OsStr::new))
            .env_remove(ASIDE)
            .stdin(input)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
    }

    /// Every file under a folder of the stage.
    pub(super) fn files(&self, folder: &str) -> Result<Vec<PathBuf>> {
        let path = self.path(folder);
        let failed = |source| Error::ReadFile { path: path.clone(), source };
        let entries = fs::read_dir(&path).map_err(failed)?;
        entries.map(|entry| entry.map(|entry| entry.path()).map_err(failed)).collect()
    }

    /// Where the token is.
    pub(super) fn token(&self) -> PathBuf {
        self.folder.join(Path::new(TOKEN))
    }
}

impl Server {
    /// The next line that it prints.
    pub(super) fn line(&mut self) -> Result<serde_json::Value> {
        let mut line = String::new();
        let read = self.output.read_line(&mut line);
        read.and_then(|_| Ok(serde_json::from_str(&line)?))
            .map_err(|error| Error::Demo(format!("the server did not answer as expected: {error}")))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that has ended by itself can't be killed, and need not be.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What a failed command said.
pub(super) fn complaint(line: &str, output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    format!("`portcullis {line}` ended with {}: {}", output.status, said.trim())
}
