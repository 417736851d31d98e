//! Installing Debian packages without leaving their services running.
//!
//! What is absent: which packages, and whether to ask for them at all.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

use super::table::Peer;
use crate::shell;

/// Where Debian looks for what may start a service.
const POLICY: &str = "/usr/sbin/policy-rc.d";

/// Whether this is a Debian, or one of its kind.
pub(super) fn is_here() -> bool {
    Path::new("/etc/debian_version").exists() && shell::find_program("apt-get").is_some()
}

/// Whether this process may install packages.
pub(super) fn may_install() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    // The kernel shows a process to itself as owned by its effective user.
    is_here() && fs::metadata("/proc/self").is_ok_and(|meta| meta.uid() == 0)
}

/// Installs the packages of these peers.
pub(super) fn install(absent: &[&Peer]) -> anyhow::Result<()> {
    let packages: Vec<_> = absent.iter().map(|peer| peer.package).collect();
    let _services_stay_down = ServiceBlock::new(Path::new(POLICY))?;
    let update = shell::stream(&mut apt_get(&["update"]))?;
    if !update.ok {
        println!("apt-get update failed; trying with the package lists that are here");
    }
    let mut install = apt_get(&["install", "--yes", "--no-install-recommends"]);
    install.args(&packages);
    if !shell::stream(&mut install)?.ok {
        bail!("apt-get could not install: {}", packages.join(" "));
    }
    let systemctl = shell::find_program("systemctl").is_some();
    for service in absent.iter().filter_map(|peer| peer.service).filter(|_| systemctl) {
        // Otherwise the next boot would start a server on its standard port.
        if !shell::stream(Command::new("systemctl").args(["disable", service]))?.ok {
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
pub(super) struct ServiceBlock {
    written: Option<PathBuf>,
}

pub(super) const POLICY_TEXT: &str =
    "#!/bin/sh\n# written by `cargo xtask peers` for the time of one installation\nexit 101\n";

impl ServiceBlock {
    /// `path` is where Debian looks for the policy.
    pub(super) fn new(path: &Path) -> anyhow::Result<Self> {
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
