//! `cargo xtask peers`: the programs from outside that tests talk to, found or installed.
//!
//! What is absent: starting them. Each test starts its own peer, on a free port, and ends it.

mod debian;
mod python;
mod table;

use std::process::ExitCode;

use anyhow::bail;

use table::{PEERS, Peer, Sign};

/// The exit status that says "programs are missing and were not installed".
const MISSING: u8 = 3;

/// What the Python environment is called among the packages.
const PYTHON_PACKAGES: &str = "python-pkcs11";

/// Find the programs that the end-to-end tests talk to, and install what is missing
///
/// As root on Debian the missing packages are installed with apt-get; services
/// that they bring are neither started nor left enabled. Elsewhere the command
/// to run is printed. What Debian lacks goes into a Python environment below
/// ~/.cache/portcullis/peers.
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
        return check();
    }
    if options.dry_run {
        match missing_packages() {
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

fn check() -> anyhow::Result<ExitCode> {
    let line = |package, place: Option<String>, needed_by| {
        println!("{package:<24} {:<52} {needed_by}", place.as_deref().unwrap_or("MISSING"));
        place.is_some()
    };
    let mut complete = true;
    for peer in PEERS {
        complete &= line(peer.package, peer.sign.find(), peer.needed_by);
    }
    let environment = python::folder()?.display().to_string();
    complete &= line(
        PYTHON_PACKAGES,
        python::is_present().then_some(environment),
        "another Python package with the module",
    );
    Ok(code(complete))
}

/// Looks for all peers and, where it may (`install`; packages as root on Debian), installs what is missing.
pub(crate) fn ensure(install: bool) -> anyhow::Result<Standing> {
    let names = missing_packages();
    if names.is_empty() {
        return Ok(Standing::Present);
    }
    let absent = missing(is_present);
    if !install || (!absent.is_empty() && !debian::may_install()) {
        let advice = advice(&absent, debian::is_here());
        return Ok(Standing::Missing(names, advice));
    }
    if !absent.is_empty() {
        println!("about to install Debian packages: {}", packages(&absent).join(" "));
        debian::install(&absent)?;
    }
    if !python::is_present() {
        python::install()?;
    }
    let still = missing_packages();
    if !still.is_empty() {
        bail!("installed, but these did not bring what they are needed for: {}", still.join(" "));
    }
    Ok(Standing::Installed(names))
}

/// The names of all that is missing, whoever packages it.
fn missing_packages() -> Vec<&'static str> {
    let mut names = packages(&missing(is_present));
    if !python::is_present() {
        names.push(PYTHON_PACKAGES);
    }
    names
}

fn missing(present: impl Fn(Sign) -> bool) -> Vec<&'static Peer> {
    PEERS.iter().filter(|peer| !present(peer.sign)).collect()
}

fn packages(peers: &[&Peer]) -> Vec<&'static str> {
    peers.iter().map(|peer| peer.package).collect()
}

fn is_present(sign: Sign) -> bool {
    sign.find().is_some()
}

fn advice(absent: &[&Peer], debian: bool) -> String {
    let mut lines = Vec::new();
    if !absent.is_empty() && debian {
        let names = packages(absent).join(" ");
        lines.push(format!("not installed: {names}"));
        lines.push(format!("to install, run: sudo apt-get install --no-install-recommends {names}"));
    } else if !absent.is_empty() {
        let names: Vec<_> = absent.iter().map(|peer| peer.sign.name()).collect();
        lines.push(format!("not installed: {}", names.join(" ")));
        lines.push("please install these with your system's tools".to_owned());
    }
    if !python::is_present()
        && let Ok(advice) = python::advice()
    {
        lines.push(format!("for {PYTHON_PACKAGES}, run: {advice}"));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests;
