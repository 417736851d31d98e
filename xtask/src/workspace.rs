//! The workspace as the chores see it: `cargo metadata`, brought down to what they ask of it.

use anyhow::Context as _;
use cargo_metadata::camino::Utf8PathBuf;
use cargo_metadata::{DependencyKind, MetadataCommand, Package};

/// All packages of this repository.
pub(crate) struct Workspace {
    /// The folder that holds the root `Cargo.toml`.
    pub(crate) root: Utf8PathBuf,
    /// Where cargo puts what it builds.
    pub(crate) target: Utf8PathBuf,
    /// Its packages, by folder.
    pub(crate) crates: Vec<Crate>,
}

/// One package of the workspace. Paths are relative to the root and use `/`.
#[derive(Debug, Clone)]
pub(crate) struct Crate {
    /// The package name.
    pub(crate) name: String,
    /// Its folder.
    pub(crate) dir: String,
    /// Whether other code can link it: a Rust library or a `cdylib`.
    pub(crate) is_library: bool,
    /// The root files of its libraries and binaries.
    pub(crate) roots: Vec<String>,
    /// Its features, without `default`; those that only name an optional dependency are included.
    pub(crate) features: Vec<String>,
    /// The packages that it links or builds with. Dev-dependencies are not among them.
    pub(crate) dependencies: Vec<String>,
}

impl Workspace {
    /// Asks `cargo metadata` about the workspace around the current folder.
    pub(crate) fn load() -> anyhow::Result<Self> {
        let metadata = MetadataCommand::new().no_deps().exec().context("cargo metadata")?;
        let root = metadata.workspace_root.clone();
        let mut crates: Vec<_> =
            metadata.workspace_packages().iter().map(|package| Crate::new(package, &root)).collect();
        crates.sort_by(|a, b| a.dir.cmp(&b.dir));
        Ok(Self { root, target: metadata.target_directory.clone(), crates })
    }
}

impl Crate {
    fn new(package: &Package, root: &Utf8PathBuf) -> Self {
        let relative =
            |path: &Utf8PathBuf| path.strip_prefix(root).unwrap_or(path).as_str().replace('\\', "/");
        let dir = package.manifest_path.parent().map(|dir| relative(&dir.to_owned())).unwrap_or_default();
        Self {
            name: package.name.to_string(),
            dir,
            is_library: package.targets.iter().any(|t| t.is_lib() || t.is_cdylib()),
            roots: package
                .targets
                .iter()
                .filter(|t| t.is_lib() || t.is_cdylib() || t.is_bin())
                .map(|t| relative(&t.src_path))
                .collect(),
            features: package.features.keys().filter(|name| *name != "default").cloned().collect(),
            dependencies: package
                .dependencies
                .iter()
                .filter(|d| d.kind != DependencyKind::Development)
                .map(|d| d.name.clone())
                .collect(),
        }
    }

    /// Whether `path` lies in this package's folder.
    pub(crate) fn holds(&self, path: &str) -> bool {
        path.strip_prefix(self.dir.as_str()).is_some_and(|rest| rest.starts_with('/'))
    }
}

#[cfg(test)]
mod tests;
