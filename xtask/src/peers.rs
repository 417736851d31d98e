//! `cargo xtask peers`: the programs from outside that tests talk to, and how Debian calls their packages.
//!
//! What is absent: starting them. Each test starts its own peer, on a free port, and ends it.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, bail};

use crate::shell;

/// A program that the project's tests, demo or checks run.
#[derive(Debug, PartialEq)]
struct Peer {
    /// The Debian package that brings it.
    package: &'static str,
    /// The program whose presence shows that the package is there.
    program: &'static str,
    /// Who needs it.
    needed_by: &'static str,
    /// The system service that the package would leave enabled, if any.
    service: Option<&'static str>,
}

/// All of them. A new peer is one row here.
const PEERS: &[Peer] = &[
    Peer { package: "git", program: "git", needed_by: "tidy: which files belong to the tree", service: None },
    Peer {
        package: "openssl",
        program: "openssl",
        needed_by: "end-to-end tests: the other end of TLS, signatures checked by another hand",
        service: None,
    },
    Peer {
        package: "opensc",
        program: "pkcs11-tool",
        needed_by: "end-to-end tests: a PKCS #11 program that is not ours",
        // Its recommended `pcscd`, for smart cards, is not installed with it.
        service: None,
    },
    Peer {
        package: "softhsm2",
        program: "softhsm2-util",
        needed_by: "bench: the other module",
        service: None,
    },
    Peer {
        package: "mosquitto",
        program: "mosquitto",
        needed_by: "end-to-end tests: an MQTT broker that requires certificates",
        service: Some("mosquitto.service"),
    },
    Peer {
        package: "mosquitto-clients",
        program: "mosquitto_pub",
        needed_by: "end-to-end tests: an MQTT client that is not ours",
        service: None,
    },
];

/// Where Debian looks for what may start a service.
const POLICY: &str = "/usr/sbin/policy-rc.d";

/// The exit status that says "programs are missing and were not installed".
const MISSING: u8 = 3;

/// Find the programs that the end-to-end tests talk to, and install what is missing
///
/// As root on Debian the missing packages are installed with apt-get; services
/// that they bring are neither started nor left enabled. Elsewhere the command
/// to run is printed.
///
/// Exit status: 0 all are there; 1 the installation failed; 3 some are missing
/// and were not installed.
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Options {
    /// Only look: list each program and where it was found.
    #[arg(long)]
    check: bool,
    /// Say what would be installed, install nothing, and exit with status 0.
    #[arg(long)]
    dry_run: bool,
}

/// How the peers stand after [`ensure`].
#[derive(Debug, PartialEq)]
pub(crate) enum Standing {
    /// All were there.
    Present,
    /// These packages were installed.
    Installed(Vec<&'static str>),
    /// These packages are missing, and the sentence says what to do.
    Missing(Vec<&'static str>, String),
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    if options.check {
        for peer in PEERS {
            let place =
                shell::find_program(peer.program).map_or("MISSING".into(), |p| p.display().to_string());
            println!("{:<18} {:<28} {}", peer.package, place, peer.needed_by);
        }
        return Ok(code(missing(is_present).is_empty()));
    }
    if options.dry_run {
        match packages(&missing(is_present)) {
            none if none.is_empty() => println!("every peer is installed"),
            some => println!("would install: {}", some.join(" ")),
        }
        return Ok(ExitCode::SUCCESS);
    }
    match ensure(true)? {
        Standing::Present => println!("every peer is installed"),
        Standing::Installed(new) => println!("installed: {}", new.join(" ")),
        Standing::Missing(_, advice) => {
            eprintln!("{advice}");
            return Ok(code(false));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn code(complete: bool) -> ExitCode {
    if complete { ExitCode::SUCCESS } else { ExitCode::from(MISSING) }
}

/// Looks for all peers and, where it may (`install`, root, Debian), installs what is missing.
pub(crate) fn ensure(install: bool) -> anyhow::Result<Standing> {
    let absent = missing(is_present);
    if absent.is_empty() {
        return Ok(Standing::Present);
    }
    let names = packages(&absent);
    if !install || !is_debian() || !is_root() {
        let advice = advice(&absent, is_debian());
        return Ok(Standing::Missing(names, advice));
    }
    println!("about to install Debian packages: {}", names.join(" "));
    apt_install(&absent)?;
    let still = packages(&missing(is_present));
    if !still.is_empty() {
        bail!("apt-get succeeded, but these packages did not bring their programs: {}", still.join(" "));
    }
    Ok(Standing::Installed(names))
}

fn missing(present: impl Fn(&str) -> bool) -> Vec<&'static Peer> {
    PEERS.iter().filter(|peer| !present(peer.program)).collect()
}

fn packages(peers: &[&Peer]) -> Vec<&'static str> {
    peers.iter().map(|peer| peer.package).collect()
}

fn is_present(program: &str) -> bool {
    shell::find_program(program).is_some()
}

fn advice(absent: &[&Peer], debian: bool) -> String {
    if debian {
        let names = packages(absent).join(" ");
        return format!(
            "not installed: {names}\nto install, run: sudo apt-get install --no-install-recommends {names}"
        );
    }
    let programs: Vec<_> = absent.iter().map(|peer| peer.program).collect();
    format!("not installed: {}\nplease install these programs with your system's tools", programs.join(" "))
}

fn is_debian() -> bool {
    Path::new("/etc/debian_version").exists() && shell::find_program("apt-get").is_some()
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    // The kernel shows a process to itself as owned by its effective user.
    fs::metadata("/proc/self").is_ok_and(|meta| meta.uid() == 0)
}

fn apt_install(absent: &[&Peer]) -> anyhow::Result<()> {
    let _services_stay_down = ServiceBlock::new(Path::new(POLICY))?;
    let update = shell::stream(&mut apt_get(&["update"]))?;
    if !update.ok {
        println!("apt-get update failed; trying with the package lists that are here");
    }
    let mut install = apt_get(&["install", "--yes", "--no-install-recommends"]);
    install.args(packages(absent));
    if !shell::stream(&mut install)?.ok {
        bail!("apt-get could not install: {}", packages(absent).join(" "));
    }
    for service in absent.iter().filter_map(|peer| peer.service) {
        // Otherwise the next boot would start a broker on the standard port.
        if is_present("systemctl") && !shell::stream(Command::new("systemctl").args(["disable", service]))?.ok
        {
            println!("could not disable {service}; it may start at the next boot");
        }
    }
    Ok(())
}

fn apt_get(args: &[&str]) -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command.args(["--quiet", "-o", "DPkg::Lock::Timeout=120"]).args(args);
    command
}

/// Keeps packages from starting their services while it lives.
///
/// Debian's way to do so is a program `policy-rc.d` that answers 101, "action forbidden by policy"
/// (invoke-rc.d's policy interface). One that is there already is somebody's decision and stays.
struct ServiceBlock {
    written: Option<PathBuf>,
}

const POLICY_TEXT: &str =
    "#!/bin/sh\n# written by `cargo xtask peers` for the time of one installation\nexit 101\n";

impl ServiceBlock {
    /// `path` is where Debian looks for the policy.
    fn new(path: &Path) -> anyhow::Result<Self> {
        use std::os::unix::fs::OpenOptionsExt as _;
        if path.exists() {
            // An interrupted run may have left ours behind.
            let ours = fs::read_to_string(path).is_ok_and(|text| text == POLICY_TEXT);
            return Ok(Self { written: ours.then(|| path.to_owned()) });
        }
        let mut options = fs::OpenOptions::new();
        let mut file = options
            .write(true)
            .create_new(true)
            .mode(0o755)
            .open(path)
            .with_context(|| format!("cannot write {}", path.display()))?;
        let block = Self { written: Some(path.to_owned()) };
        file.write_all(POLICY_TEXT.as_bytes()).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(block)
    }
}

impl Drop for ServiceBlock {
    fn drop(&mut self) {
        if let Some(path) = &self.written
            && let Err(error) = fs::remove_file(path)
        {
            eprintln!("please remove {}: {error}", path.display());
        }
    }
}

#[cfg(test)]
mod tests;
