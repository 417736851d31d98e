//! Which sets of features the libraries are built with: each without any, and with each of its own alone.
//!
//! What needs no invocation of its own shares one: cargo decides on the features of foreign crates anew for each, and
//! checks again those that came out differently.

use crate::workspace::Crate;

/// SQLite and ring are C libraries whose build scripts come out differently here than in the whole workspace, so they
/// are compiled again; nobody runs the result, and unoptimised it takes a sixth of the time.
const UNOPTIMISED: &str = "--config profile.dev.package.libsqlite3-sys.opt-level=0 \
                           --config profile.dev.package.ring.opt-level=0";

/// The arguments of cargo that choose packages and features, for each invocation.
///
/// A feature of one name switches on the same one in the libraries below, so each library has in a build with the others
/// what it has with that feature alone. Libraries with nothing to choose bring what they need of the others.
pub(super) fn selections(crates: &[Crate]) -> Vec<String> {
    let libraries = || crates.iter().filter(|krate| krate.is_library);
    let mut names: Vec<_> = libraries().flat_map(|krate| &krate.features).collect();
    names.sort_unstable();
    names.dedup();
    let (fixed, chosen): (Vec<_>, Vec<_>) = libraries().partition(|krate| krate.features.is_empty());
    let mut selections: Vec<_> = [bare(&fixed), bare(&chosen)].into_iter().flatten().collect();
    selections.extend(names.into_iter().filter_map(|name| {
        let having: Vec<_> = chosen.iter().copied().filter(|krate| krate.features.contains(name)).collect();
        let features: Vec<_> = having.iter().map(|krate| format!("{}/{name}", krate.name)).collect();
        Some(format!("{} --features {} {UNOPTIMISED}", bare(&having)?, features.join(",")))
    }));
    selections
}

/// These packages without their default features; none for no packages.
fn bare(crates: &[&Crate]) -> Option<String> {
    let packages: Vec<_> = crates.iter().map(|krate| format!("--package {}", krate.name)).collect();
    (!packages.is_empty()).then(|| format!("{} --no-default-features", packages.join(" ")))
}

#[cfg(test)]
mod tests;
