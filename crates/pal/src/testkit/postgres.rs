//! [`PostgresServer`]: a PostgreSQL server of a test's own, with the programs of the system's package. What is stored
//! in it is the test's concern.

use std::fs::{self, File};
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use super::skip;

/// Where Debian keeps what is not for everyone's path, one folder for each version.
const FOLDERS: &str = "/usr/lib/postgresql";

/// `nobody`, as the server refuses to run as root.
const NOBODY: u32 = 65534;

/// How often, and how far apart, a server that starts is looked at.
const LOOKS: (u32, Duration) = (1200, Duration::from_millis(25));

/// A server on a free port of the loopback address, stopped when it is dropped. Its only role is `portcullis`.
pub struct PostgresServer {
    programs: PathBuf,
    folder: tempfile::TempDir,
    port: u16,
    settings: Vec<(String, String)>,
    running: Option<Child>,
}

impl PostgresServer {
    /// Starts one that lets everyone in, or says why `test` is skipped.
    ///
    /// # Panics
    /// When the package is there and the server does not start.
    #[must_use]
    pub fn start(test: &str) -> Option<Self> {
        Self::start_with(test, &[], &[], "host all all 127.0.0.1/32 trust")
    }

    /// Starts one with settings and with files in its folder of data, as (name, contents) each, and the lines of its
    /// `pg_hba.conf`.
    ///
    /// # Panics
    /// As [`start`](Self::start).
    #[must_use]
    pub fn start_with(
        test: &str,
        settings: &[(&str, &str)],
        files: &[(&str, &[u8])],
        access: &str,
    ) -> Option<Self> {
        let Some(programs) = programs() else {
            skip(test, "postgresql is not installed");
            return None;
        };
        let folder = tempfile::tempdir().expect("a temporary folder");
        let settings =
            settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let mut server = Self { programs, folder, port: 0, settings, running: None };
        server.give(server.folder.path()).expect("a folder of another user");
        let made = server
            .command("initdb")
            .args([
                "--username=portcullis",
                "--auth=trust",
                "--no-sync",
                "--encoding=UTF8",
                "--locale=C",
                "-D",
            ])
            .arg(server.data())
            .output()
            .expect("initdb runs");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        for (name, contents) in files.iter().copied().chain([("pg_hba.conf", access.as_bytes())]) {
            let file = server.data().join(name);
            fs::write(&file, contents).expect("a file");
            fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("its mode");
            server.give(&file).expect("a file of another user");
        }
        server.run();
        Some(server)
    }

    /// The port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The address of a store in a schema.
    #[must_use]
    pub fn address(&self, schema: &str) -> String {
        format!("postgresql://portcullis@127.0.0.1:{}/postgres?schema={schema}", self.port)
    }

    /// Runs SQL as the server's owner, with the package's own program, and gives what it prints.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn sql(&self, commands: &str) -> String {
        let port = self.port.to_string();
        let ran = Command::new(self.programs.join("psql"))
            .args(["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", &port])
            .args(["-U", "portcullis", "-d", "postgres", "-c", commands])
            .output()
            .expect("psql runs");
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        String::from_utf8_lossy(&ran.stdout).trim().to_owned()
    }

    /// Kills the server and all its processes at once, as a loss of power would.
    ///
    /// # Panics
    /// When its processes can't be found.
    pub fn kill(&mut self) {
        let Some(mut child) = self.running.take() else { return };
        let children = format!("/proc/{0}/task/{0}/children", child.id());
        let children = fs::read_to_string(children).unwrap_or_default();
        // First, so that it starts no others.
        child.kill().expect("it is ours");
        let _ =
            Command::new("kill").arg("-9").args(children.split_whitespace()).stderr(Stdio::null()).status();
        child.wait().expect("it was killed");
    }

    /// Starts the server again, on the same port and with the same data.
    ///
    /// # Panics
    /// When it does not start.
    pub fn restart(&mut self) {
        self.kill();
        self.run();
    }

    /// Starts the server and waits until it takes connections: the first time on a free port, which another program
    /// may take first, later on the same one, once what is left of the one before is gone.
    fn run(&mut self) {
        let first = self.port == 0;
        for _ in 0..40 {
            if first {
                let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
                self.port = free.local_addr().expect("its address").port();
            }
            let log = File::create(self.folder.path().join("log")).expect("a log");
            let mut command = self.command("postgres");
            command.arg("-D").arg(self.data()).args(["-p", &self.port.to_string()]);
            command.args(["-c", "listen_addresses=127.0.0.1", "-c", "shared_buffers=16MB"]);
            command.arg("-c").arg(format!("unix_socket_directories={}", self.folder.path().display()));
            for (name, value) in &self.settings {
                command.arg("-c").arg(format!("{name}={value}"));
            }
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
            let mut child = command.spawn().expect("postgres starts");
            if self.is_ready(&mut child) {
                self.running = Some(child);
                return;
            }
            sleep(LOOKS.1 * 4);
        }
        panic!("{}", fs::read_to_string(self.folder.path().join("log")).unwrap_or_default());
    }

    /// The last line of the server's lock file says how far it is.
    fn is_ready(&self, child: &mut Child) -> bool {
        for _ in 0..LOOKS.0 {
            let lock = fs::read_to_string(self.data().join("postmaster.pid")).unwrap_or_default();
            let is_own = lock.lines().next() == Some(child.id().to_string().as_str());
            if is_own && lock.lines().last().is_some_and(|state| state.trim() == "ready") {
                return true;
            }
            if child.try_wait().expect("its state").is_some() {
                return false;
            }
            sleep(LOOKS.1);
        }
        panic!("the server did not start in time");
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Whether programs run as another user.
    fn is_root(&self) -> bool {
        fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
    }

    fn give(&self, path: &Path) -> io::Result<()> {
        if self.is_root() { chown(path, Some(NOBODY), Some(NOBODY)) } else { Ok(()) }
    }

    /// A program of the package, which ends when the thread that starts it does.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new("setpriv");
        if self.is_root() {
            let nobody = NOBODY.to_string();
            command.args(["--reuid", &nobody, "--regid", &nobody, "--clear-groups"]);
        }
        command.args(["--pdeathsig", "QUIT"]).arg(self.programs.join(program)).current_dir("/");
        command
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The folder with the programs of the newest version.
fn programs() -> Option<PathBuf> {
    let mut folders: Vec<_> =
        fs::read_dir(FOLDERS).ok()?.flatten().map(|version| version.path().join("bin")).collect();
    folders.retain(|folder| folder.join("initdb").is_file());
    folders.sort();
    folders.pop()
}
