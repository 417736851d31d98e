//! What is measured: ours, SoftHSM2 where it is installed, and the modules that the user names, each with tokens made
//! for this run. A token is made when a measure first asks for it.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use cryptoki_sys::*;
use indicatif::ProgressBar;
use tempfile::TempDir;

use crate::c::{Module, Session, Token, Trouble, attribute, token_object};

/// The label of the key that is looked for.
pub(crate) const DEVICE: &[u8] = b"device";

/// A DER object identifier: P-256.
pub(crate) const P256: [u8; 10] = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];

/// How many keys lie beside the one that is looked for: in ours, and in others, which take their time to make them.
const OURS: usize = 10_000;
const OTHERS: usize = 2_000;

/// What ours is called, and the module that it is always compared to.
pub(crate) const PORTCULLIS: &str = "Portcullis";
pub(crate) const SOFTHSM: &str = "SoftHSM2";

/// Where SoftHSM2 is installed.
const SOFTHSM_FILES: &[&str] = &[
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
];

/// All modules, ours first.
pub(crate) struct World {
    pub(crate) peers: Vec<Peer>,
    /// Modules that can't be measured, and why.
    pub(crate) missing: Vec<(String, String)>,
    /// Ours and SoftHSM2 keep their tokens here.
    _folder: TempDir,
}

/// A module and its tokens.
pub(crate) struct Peer {
    pub(crate) name: String,
    module: Module,
    bar: ProgressBar,
    crowd_size: usize,
    device: OnceCell<Result<Device, Trouble>>,
    crowd: OnceCell<Result<Device, Trouble>>,
    workshop: OnceCell<Result<Token, Trouble>>,
}

/// A token that holds a P-256 key pair with the label [`DEVICE`].
pub(crate) struct Device {
    pub(crate) token: Token,
    pub(crate) key: CK_OBJECT_HANDLE,
}

impl World {
    /// Loads ours from its file, SoftHSM2 from where it is installed, and the modules in `others`.
    ///
    /// # Safety
    /// No other thread may run yet: the environment is changed, as SoftHSM2 is configured by it.
    pub(crate) unsafe fn load(ours: &Path, others: &[PathBuf], bar: &ProgressBar) -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let reserved = configure_ours(folder.path())?;
        let config = configure_softhsm(folder.path())?;
        // SAFETY: this function's caller promises that no other thread runs.
        unsafe { env::set_var("SOFTHSM2_CONF", config) };
        let mut world = Self { peers: Vec::new(), missing: Vec::new(), _folder: folder };
        world.add(PORTCULLIS, Module::load(ours, Some(&reserved)), OURS, bar);
        match SOFTHSM_FILES.iter().map(Path::new).find(|file| file.is_file()) {
            Some(file) => world.add(SOFTHSM, Module::load(file, None), OTHERS, bar),
            None => world.missing.push((SOFTHSM.to_owned(), "it is not installed".to_owned())),
        }
        for file in others {
            world.add(&file.display().to_string(), Module::load(file, None), OTHERS, bar);
        }
        Ok(world)
    }

    fn add(&mut self, name: &str, module: Result<Module, Trouble>, crowd_size: usize, bar: &ProgressBar) {
        let name = name.to_owned();
        match module {
            Err(trouble) => self.missing.push((name, trouble.to_string())),
            Ok(module) => self.peers.push(Peer {
                name,
                module,
                bar: bar.clone(),
                crowd_size,
                device: OnceCell::new(),
                crowd: OnceCell::new(),
                workshop: OnceCell::new(),
            }),
        }
    }
}

/// Writes a configuration of ours with a slot for each token, and gives the `pReserved` string that names it.
fn configure_ours(folder: &Path) -> io::Result<String> {
    let slots = ["device", "crowd", "workshop"].map(|store| format!("[[slot]]\nstore = \"{store}\"\n"));
    let file = folder.join("portcullis.toml");
    fs::write(&file, slots.concat())?;
    Ok(format!("configfile={}", file.display()))
}

fn configure_softhsm(folder: &Path) -> io::Result<PathBuf> {
    let tokens = folder.join("softhsm");
    fs::create_dir(&tokens)?;
    let file = folder.join("softhsm2.conf");
    fs::write(&file, format!("directories.tokendir = {}\nlog.level = ERROR\n", tokens.display()))?;
    Ok(file)
}

impl Peer {
    /// A token with one key pair and nothing else.
    pub(crate) fn device(&self) -> Result<&Device, Trouble> {
        made(&self.device, || self.new_device("device"))
    }

    /// A token with one key pair among many other keys.
    pub(crate) fn crowd(&self) -> Result<&Device, Trouble> {
        made(&self.crowd, || {
            let device = self.new_device("crowd")?;
            for label in self.crowd_labels() {
                self.bar.set_message(format!("{}: making {label} of {}", self.name, self.crowd_size));
                self.bar.tick();
                import_key(device.token.session(), label.as_bytes())?;
            }
            Ok(device)
        })
    }

    /// The labels of the other keys, each of which only one key has.
    pub(crate) fn crowd_labels(&self) -> Vec<String> {
        (1..=self.crowd_size).map(|number| format!("other {number}")).collect()
    }

    /// What the side with the crowd is called.
    pub(crate) fn crowd_name(&self) -> String {
        let [thousands, rest] = [self.crowd_size / 1000, self.crowd_size % 1000];
        format!("{}, {thousands} {rest:03} others", self.name)
    }

    /// A token for everything else.
    pub(crate) fn workshop(&self) -> Result<&Token, Trouble> {
        made(&self.workshop, || self.module.token("workshop"))
    }

    fn new_device(&self, label: &str) -> Result<Device, Trouble> {
        let token = self.module.token(label)?;
        let mut public = token_object(DEVICE, &[attribute(CKA_EC_PARAMS, &P256)]);
        let mut private = token_object(DEVICE, &[attribute(CKA_SIGN, &CK_TRUE)]);
        let (_, key) = token.session().generate_pair(CKM_EC_KEY_PAIR_GEN, &mut public, &mut private)?;
        Ok(Device { token, key })
    }
}

/// What a cell holds, made at its first use.
fn made<T>(
    cell: &OnceCell<Result<T, Trouble>>,
    make: impl FnOnce() -> Result<T, Trouble>,
) -> Result<&T, Trouble> {
    cell.get_or_init(make).as_ref().map_err(|trouble| Trouble::Earlier(trouble.to_string()))
}

/// Puts a private P-256 key into a token.
fn import_key(session: &Session, label: &[u8]) -> Result<(), Trouble> {
    let scalar = [0x5a_u8; 32];
    let mut template = token_object(
        label,
        &[
            attribute(CKA_CLASS, &CKO_PRIVATE_KEY),
            attribute(CKA_KEY_TYPE, &CKK_EC),
            attribute(CKA_PRIVATE, &CK_TRUE),
            attribute(CKA_SENSITIVE, &CK_TRUE),
            attribute(CKA_SIGN, &CK_TRUE),
            attribute(CKA_EC_PARAMS, &P256),
            attribute(CKA_VALUE, &scalar),
        ],
    );
    session.create(&mut template).map(drop)
}
