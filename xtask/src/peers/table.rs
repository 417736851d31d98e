//! Which programs from outside the tests, the demo and the checks talk to, and how Debian calls their packages.
//!
//! What is absent: looking for them and installing them, which is `debian.rs`'s and `python.rs`'s to do.

use std::path::Path;
use std::process::Command;

use crate::shell;

/// A program that the project's tests, demo or checks run.
#[derive(Debug, PartialEq)]
pub(super) struct Peer {
    /// The Debian package that brings it.
    pub(super) package: &'static str,
    /// What shows that the package is there.
    pub(super) sign: Sign,
    /// Who needs it.
    pub(super) needed_by: &'static str,
    /// The system service that the package would leave enabled, if any.
    pub(super) service: Option<&'static str>,
}

/// What shows that a package is there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Sign {
    /// A program, on `PATH` or where daemons lie.
    Program(&'static str),
    /// A file below the folder of libraries of this machine's kind (`/usr/lib/x86_64-linux-gnu` and its like).
    Library(&'static str),
    /// A module of the system's own Python, which is the one that Debian's packages are for.
    PythonModule(&'static str),
    /// A package of Go's, by its path.
    GoPackage(&'static str),
}

/// The system's own Python.
pub(super) const PYTHON: &str = "/usr/bin/python3";

/// Where Debian puts the sources of Go's packages.
const GO_SOURCES: &str = "/usr/share/gocode/src";

impl Sign {
    /// Where it was found.
    pub(super) fn find(self) -> Option<String> {
        match self {
            Self::Program(name) => shell::find_program(name).map(|file| file.display().to_string()),
            Self::Library(name) => {
                let folders = Path::new("/usr/lib").read_dir().ok()?.flatten();
                let mut files = folders.map(|folder| folder.path().join(name));
                files.find(|file| file.is_file()).map(|file| file.display().to_string())
            }
            Self::PythonModule(name) => {
                let import = format!("import {name}; print({name}.__file__)");
                let finished = shell::quiet(Command::new(PYTHON).args(["-c", &import])).ok()?;
                finished.ok.then(|| finished.text.trim().to_owned())
            }
            Self::GoPackage(name) => {
                let folder = Path::new(GO_SOURCES).join(name);
                folder.is_dir().then(|| folder.display().to_string())
            }
        }
    }

    /// What one would look for by hand.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Program(name) | Self::Library(name) | Self::PythonModule(name) | Self::GoPackage(name) => {
                name
            }
        }
    }
}

const fn peer(package: &'static str, sign: Sign, needed_by: &'static str) -> Peer {
    Peer { package, sign, needed_by, service: None }
}

const fn daemon(package: &'static str, sign: Sign, needed_by: &'static str, service: &'static str) -> Peer {
    Peer { package, sign, needed_by, service: Some(service) }
}

/// All of them. A new peer is one row here.
pub(super) const PEERS: &[Peer] = &[
    peer("git", Sign::Program("git"), "tidy: which files belong to the tree"),
    peer("openssl", Sign::Program("openssl"), "the other end of TLS, signatures checked by another hand"),
    // Its recommended `pcscd`, for smart cards, is not installed with it.
    peer("opensc", Sign::Program("pkcs11-tool"), "a PKCS #11 program that is not ours"),
    daemon(
        "mosquitto",
        Sign::Program("mosquitto"),
        "an MQTT broker that requires certificates",
        "mosquitto.service",
    ),
    peer("mosquitto-clients", Sign::Program("mosquitto_pub"), "an MQTT client that is not ours"),
    peer("gnutls-bin", Sign::Program("p11tool"), "GnuTLS with the module: its tool and its TLS server"),
    peer("libengine-pkcs11-openssl", Sign::Library("engines-3/pkcs11.so"), "OpenSSL with the module"),
    peer("openssh-client", Sign::Program("ssh-add"), "OpenSSH with the module: keys and the agent"),
    daemon("openssh-server", Sign::Program("sshd"), "a login with a token's key", "ssh.service"),
    peer("libnss3-tools", Sign::Program("certutil"), "NSS with the module"),
    peer("p11-kit", Sign::Program("p11-kit"), "p11-kit with the module: its list, and remoting"),
    peer("p11-kit-modules", Sign::Library("p11-kit-proxy.so"), "p11-kit's proxy and its remoting client"),
    peer("python3-pykcs11", Sign::PythonModule("PyKCS11"), "Python with the module"),
    peer("python3-cryptography", Sign::PythonModule("cryptography"), "what PyKCS11 is compared with"),
    peer("python3-venv", Sign::PythonModule("ensurepip"), "a place for the Python package that Debian lacks"),
    peer("openjdk-17-jdk-headless", Sign::Program("javac"), "Java's SunPKCS11 with the module"),
    peer("golang-go", Sign::Program("go"), "Go with the module"),
    peer(
        "golang-github-thalesignite-crypto11-dev",
        Sign::GoPackage("github.com/ThalesIgnite/crypto11"),
        "how Go's programs use a token",
    ),
    daemon("nginx-light", Sign::Program("nginx"), "a web server with a token's key", "nginx.service"),
    // Tests start servers of their own; the one that the package sets up is not used.
    daemon(
        "postgresql",
        Sign::Program("pg_ctlcluster"),
        "a database that holds a token which several machines share",
        "postgresql.service",
    ),
    peer("softhsm2", Sign::Program("softhsm2-util"), "bench: the other module; tokens to be moved into ours"),
    daemon(
        "rng-tools5",
        Sign::Program("rngtest"),
        "random bytes judged by FIPS 140-2's tests",
        "rngd.service",
    ),
    peer("dieharder", Sign::Program("dieharder"), "random bytes judged by many tests"),
    peer("ent", Sign::Program("ent"), "random bytes judged by another hand"),
    peer("libmbedtls-dev", Sign::Library("libmbedcrypto.so"), "mbedTLS that draws from our generator"),
    // libFuzzer is C++.
    peer("g++", Sign::Program("c++"), "fuzz: what the fuzzer is built with"),
    peer("curl", Sign::Program("curl"), "a web client that is not ours"),
];
