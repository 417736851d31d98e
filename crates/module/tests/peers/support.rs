//! What the tests share: a token in a temporary folder, and programs that are told of it by `PORTCULLIS_CONF`.

use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use portcullis_pal::testkit::skip;
use tempfile::TempDir;

pub(crate) use crate::built::library_file;

pub(crate) const PIN: &str = "654321";
pub(crate) const SO_PIN: &str = "12345678";

/// How long a server may take until it can be reached: far more than it needs, as many tests run side by side.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where a program lies: on `PATH`, or where Debian puts daemons.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    folders.map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// A library of this machine's kind, below `/usr/lib/x86_64-linux-gnu` or the like.
pub(crate) fn system_library(name: &str) -> Option<PathBuf> {
    let folders = Path::new("/usr/lib").read_dir().ok()?.flatten();
    folders.map(|folder| folder.path().join(name)).find(|file| file.is_file())
}

/// Skips the test unless all these programs and libraries are there.
pub(crate) fn has_all(test: &str, programs: &[&str], libraries: &[&str]) -> bool {
    let programs = programs.iter().filter(|name| program(name).is_none());
    let libraries = libraries.iter().filter(|name| system_library(name).is_none());
    let missing: Vec<_> = programs.chain(libraries).copied().collect();
    if !missing.is_empty() {
        skip(test, &format!("{} is not installed", missing.join(", ")));
    }
    missing.is_empty()
}

/// A folder for tokens and for what programs write.
pub(crate) struct Scene {
    folder: TempDir,
}

impl Scene {
    /// A folder with a configuration, and no token.
    pub(crate) fn bare(config: &str) -> Self {
        let scene = Self { folder: tempfile::tempdir().unwrap() };
        scene.write("config.toml", config);
        scene
    }

    /// A token called `tool` without objects.
    pub(crate) fn new() -> Self {
        let scene = Self::bare("[[slot]]\nstore = \"store\"\ndescription = \"test\"\n");
        scene.write("pin", PIN);
        scene.tool(&format!("--init-token --label tool --so-pin {SO_PIN}"));
        scene.tool(&format!("--login --login-type so --so-pin {SO_PIN} --init-pin --pin {PIN}"));
        scene
    }

    /// A token with a P-256 key `ec` and an RSA key `rsa`.
    pub(crate) fn with_keys() -> Self {
        let scene = Self::new();
        scene.tool(&format!("-l --pin {PIN} --keypairgen --key-type EC:prime256v1 --label ec --id 01"));
        scene.tool(&format!("-l --pin {PIN} --keypairgen --key-type rsa:2048 --label rsa --id 02"));
        scene
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn shown(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    pub(crate) fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    /// What a file holds, in hexadecimal digits.
    pub(crate) fn hexadecimal(&self, name: &str) -> String {
        hex::encode(self.bytes(name))
    }

    /// Writes an executable script.
    pub(crate) fn script(&self, name: &str, text: &str) {
        self.write(name, text);
        self.set_mode(name, 0o755);
    }

    pub(crate) fn set_mode(&self, name: &str, mode: u32) {
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(mode)).unwrap();
    }

    pub(crate) fn command(&self, name: &str) -> Command {
        let mut command = Command::new(program(name).unwrap_or_else(|| name.into()));
        command
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .env("HOME", self.folder.path())
            .env("PORTCULLIS_CONF", self.path("config.toml"))
            .env("PORTCULLIS_MODULE", library_file())
            .env_remove("OPENSSL_CONF")
            .env_remove("XDG_CONFIG_HOME");
        command
    }

    /// Runs a program with blank-separated arguments, which must succeed, and gives what it says.
    pub(crate) fn ok(&self, name: &str, line: &str) -> String {
        succeeds(self.command(name).args(line.split_whitespace()))
    }

    /// Runs `pkcs11-tool` on the built library.
    pub(crate) fn tool(&self, line: &str) -> String {
        self.ok("pkcs11-tool", &format!("--module {} {line}", library_file().display()))
    }

    /// OpenSSL with its engine set up for the token.
    pub(crate) fn openssl(&self, line: &str) -> String {
        let mut command = self.command("openssl");
        succeeds(command.env("OPENSSL_CONF", self.openssl_conf()).args(line.split_whitespace()))
    }

    /// The configuration that gives OpenSSL the engine.
    pub(crate) fn openssl_conf(&self) -> PathBuf {
        let engine = system_library("engines-3/pkcs11.so").unwrap();
        let text = format!(
            "openssl_conf = init\n[init]\nengines = engines\n[engines]\npkcs11 = pkcs11\n[pkcs11]\n\
             engine_id = pkcs11\ndynamic_path = {}\nMODULE_PATH = {}\nPIN = {PIN}\ninit = 0\n\
             [req]\ndistinguished_name = name\n[name]\n",
            engine.display(),
            library_file().display(),
        );
        self.write("openssl.cnf", &text);
        self.path("openssl.cnf")
    }

    /// Makes a self-signed certificate for `localhost` with one of the token's keys: `NAME.pem`.
    pub(crate) fn certify(&self, key: &str) {
        self.openssl(&format!(
            "req -new -x509 -engine pkcs11 -keyform engine -key pkcs11:token=tool;object={key};type=private \
             -subj /CN=localhost -addext subjectAltName=DNS:localhost -days 10 -out {key}.pem"
        ));
    }
}

/// Runs a command, which must succeed, and gives what it says.
pub(crate) fn succeeds(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = said(&output);
    assert!(output.status.success(), "{command:?}: {}: {said}", output.status);
    said
}

pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// A program that runs until this is dropped.
pub(crate) struct Server(Child);

impl Server {
    /// Starts a server and waits until `ready` says that it can be used.
    pub(crate) fn start(command: &mut Command, log: &Path, ready: impl Fn() -> bool) -> Self {
        let file = fs::File::create(log).unwrap();
        command.stdout(file.try_clone().unwrap()).stderr(file);
        let mut server = Self(command.spawn().unwrap());
        let started = Instant::now();
        while !ready() {
            let ended = server.0.try_wait().unwrap();
            let log = fs::read_to_string(log).unwrap_or_default();
            assert!(ended.is_none(), "{command:?} ended: {ended:?}: {log}");
            assert!(started.elapsed() < PATIENCE, "{command:?} is not ready: {log}");
            thread::sleep(Duration::from_millis(20));
        }
        server
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // nginx ends its workers when it is asked to, and not when it is killed.
        let asked = Command::new("kill").arg(self.0.id().to_string()).status();
        if asked.is_err() {
            let _ = self.0.kill();
        }
        let _ = self.0.wait();
    }
}

/// A port of the loopback that nobody uses now.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Whether someone listens on a port.
pub(crate) fn listens(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

/// Whether this test runs as root.
pub(crate) fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata("/proc/self").is_ok_and(|seen| seen.uid() == 0)
}

/// Lets a program run without root's rights, as a user whom every Debian has, where the test has them.
pub(crate) fn without_rights(command: &mut Command) -> &mut Command {
    use std::os::unix::process::CommandExt as _;
    const DAEMON: u32 = 1;
    if is_root() { command.uid(DAEMON).gid(DAEMON) } else { command }
}
