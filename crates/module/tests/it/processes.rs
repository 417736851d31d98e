//! Several processes on one token: this test binary starts itself again, four times.
//!
//! Each process notes in a log of its own what it is about to destroy before it does, and what it has created or
//! destroyed after. So another process knows at each moment what it must find, what it may find, and what it must not.

#![allow(clippy::unwrap_used, reason = "a test that can't go on says where")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, ptr};

use cryptoki_sys::*;

use crate::support::{Module, attribute, c, initialize_with, mechanism};

const PROCESSES: usize = 4;
const OPERATIONS: usize = 10_000;

/// More objects than are ever there at once.
const MOST: usize = 4096;

/// Names the folder of the shared token to a process, its number, how many there are, and how much each does.
const FOLDER: &str = "PORTCULLIS_TEST_FOLDER";
const NUMBERS: [&str; 3] =
    ["PORTCULLIS_TEST_NUMBER", "PORTCULLIS_TEST_PROCESSES", "PORTCULLIS_TEST_OPERATIONS"];

#[test]
fn processes_that_share_a_token_lose_nothing() {
    if is_child() {
        return;
    }
    let test = "processes::processes_that_share_a_token_lose_nothing";
    share(Module::with_token(), test, PROCESSES, OPERATIONS);
}

/// Whether this process was started by [`share`]; then it has done its part.
pub(crate) fn is_child() -> bool {
    let Some(folder) = env::var_os(FOLDER) else { return false };
    let [number, processes, operations] = NUMBERS.map(|name| env::var(name).unwrap().parse().unwrap());
    work(Path::new(&folder), number, processes, operations);
    true
}

/// Lets processes of this binary's `test` share the module's token, and looks at what they leave.
pub(crate) fn share(module: Module, test: &str, processes: usize, operations: usize) {
    assert_eq!(c!(module, C_Finalize(ptr::null_mut())), CKR_OK);
    let children: Vec<_> = (0..processes)
        .map(|number| {
            Command::new(env::current_exe().unwrap())
                .args(["--exact", test, "--nocapture"])
                .env(FOLDER, module.dir.path())
                .envs(
                    NUMBERS.into_iter().zip([number, processes, operations].map(|number| number.to_string())),
                )
                .env("PORTCULLIS_LOG", "warn")
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    for child in children {
        let ended = child.wait_with_output().unwrap();
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    }
    assert_eq!(module.initialize(), CKR_OK);
    let shared = Shared { session: module.user_session(), module };
    let left: BTreeSet<_> =
        (0..processes).flat_map(|number| Log::read(&shared.folder(), number).left).collect();
    assert!(left.len() > processes, "there is something to be compared");
    assert_eq!(shared.labels(), left, "what the token has, and what the processes have left there");
    for label in &left {
        shared.check(label);
    }
}

/// What one process does.
fn work(folder: &Path, number: usize, processes: usize, operations: usize) {
    let module = Module::load();
    assert_eq!(initialize_with(module.list, &folder.join("config.toml")), CKR_OK);
    let shared = Shared { session: module.user_session(), module };
    let mut log = OpenOptions::new().create_new(true).append(true).open(Log::file(folder, number)).unwrap();
    let (mut mine, mut destroyed) = (BTreeMap::new(), Vec::new());
    let mut choices = Choices(number as u64 + 1);
    for operation in 0..operations {
        let chosen = choices.key(&mine);
        match (choices.below(100), chosen) {
            (0..7, _) | (_, None) => {
                let label =
                    format!("{}-{number}-{operation}", if choices.below(3) == 0 { "key" } else { "data" });
                mine.insert(label.clone(), shared.create(&label));
                note(&mut log, '+', &label);
            }
            (7..12, Some(label)) => {
                note(&mut log, '-', &label);
                let handle = mine.remove(&label).unwrap();
                assert_eq!(c!(shared.module, C_DestroyObject(shared.session, handle)), CKR_OK);
                note(&mut log, '=', &label);
                destroyed.push(label);
            }
            (12..55, Some(label)) => {
                assert_eq!(shared.find(&label), [mine[&label]]);
                if let Some(gone) = destroyed.get(choices.below(destroyed.len().max(1))) {
                    assert!(shared.find(gone).is_empty(), "{gone} was destroyed");
                }
            }
            (55..60, _) => shared.look_at(folder, (number + 1 + choices.below(processes - 1)) % processes),
            (_, Some(label)) => shared.check(&label),
        }
    }
    assert_eq!(c!(shared.module, C_Finalize(ptr::null_mut())), CKR_OK);
}

fn note(log: &mut File, sign: char, label: &str) {
    log.write_all(format!("{sign}{label}\n").as_bytes()).unwrap();
}

/// What a process says of its objects.
#[derive(Default)]
struct Log {
    /// Created, and not about to be destroyed.
    left: BTreeSet<String>,
    destroyed: Vec<String>,
    last: Option<String>,
}

impl Log {
    fn file(folder: &Path, number: usize) -> PathBuf {
        folder.join(format!("log-{number}"))
    }

    fn read(folder: &Path, number: usize) -> Self {
        let mut log = Self::default();
        // A process that has not come so far yet says nothing.
        let text = fs::read_to_string(Self::file(folder, number)).unwrap_or_default();
        // Nor does a line that is being written.
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        for line in whole.lines() {
            let (sign, label) = line.split_at(1);
            match sign {
                "+" => {
                    log.left.insert(label.to_owned());
                    log.last = Some(label.to_owned());
                }
                "-" => assert!(log.left.remove(label)),
                _ => log.destroyed.push(label.to_owned()),
            }
        }
        log
    }
}

/// The token, as one process has it.
struct Shared {
    module: Module,
    session: CK_SESSION_HANDLE,
}

impl Shared {
    fn folder(&self) -> PathBuf {
        self.module.dir.path().to_owned()
    }

    /// Looks for what another process has said it created or destroyed last.
    fn look_at(&self, folder: &Path, other: usize) {
        let log = Log::read(folder, other);
        if let Some(label) = log.destroyed.last() {
            assert!(self.find(label).is_empty(), "{label} was destroyed by another process");
        }
        if let Some(label) = log.last.filter(|label| log.left.contains(label))
            && self.find(&label).is_empty()
        {
            assert!(
                !Log::read(folder, other).left.contains(&label),
                "{label} of another process is not seen"
            );
        }
    }

    /// Creates a data object, or a key that signs; gives its handle.
    fn create(&self, label: &str) -> CK_OBJECT_HANDLE {
        let (mut class, mut token, mut kind) =
            (CKO_DATA.to_ne_bytes(), [CK_TRUE], CKK_GENERIC_SECRET.to_ne_bytes());
        let (mut name, mut value) = (label.as_bytes().to_vec(), value_of(label));
        let mut private = [CK_BBOOL::from(label.len().is_multiple_of(2))];
        let mut template = vec![
            attribute(CKA_PRIVATE, &mut private),
            attribute(CKA_TOKEN, &mut token),
            attribute(CKA_LABEL, &mut name),
            attribute(CKA_VALUE, &mut value),
        ];
        if is_key(label) {
            class = CKO_SECRET_KEY.to_ne_bytes();
            template.push(attribute(CKA_KEY_TYPE, &mut kind));
        }
        template.push(attribute(CKA_CLASS, &mut class));
        let (start, count, mut made) = (template.as_mut_ptr(), template.len() as CK_ULONG, 0);
        assert_eq!(c!(self.module, C_CreateObject(self.session, start, count, &raw mut made)), CKR_OK);
        made
    }

    /// Whether an object is whole: a data object has its value, and a key signs as it did when it was made.
    fn check(&self, label: &str) {
        let found = self.find(label);
        let [object] = found[..] else { panic!("{label}: {found:?}") };
        let mut bytes = [0; 64];
        if is_key(label) {
            let (mut hmac, mut data, mut len) = (mechanism(CKM_SHA256_HMAC), value_of(label), 64);
            let (input, count) = (data.as_mut_ptr(), data.len() as CK_ULONG);
            assert_eq!(c!(self.module, C_SignInit(self.session, &raw mut hmac, object)), CKR_OK);
            let signed =
                c!(self.module, C_Sign(self.session, input, count, bytes.as_mut_ptr(), &raw mut len));
            assert_eq!((signed, len), (CKR_OK, 32));
            assert_eq!(c!(self.module, C_VerifyInit(self.session, &raw mut hmac, object)), CKR_OK);
            let verified = c!(self.module, C_Verify(self.session, input, count, bytes.as_mut_ptr(), 32));
            assert_eq!(verified, CKR_OK);
        } else {
            let mut wanted = attribute(CKA_VALUE, &mut bytes);
            let given = c!(self.module, C_GetAttributeValue(self.session, object, &raw mut wanted, 1));
            assert_eq!((given, &bytes[..wanted.ulValueLen as usize]), (CKR_OK, &value_of(label)[..]));
        }
    }

    fn find(&self, label: &str) -> Vec<CK_OBJECT_HANDLE> {
        let mut name = label.as_bytes().to_vec();
        self.find_by(&mut [attribute(CKA_LABEL, &mut name)])
    }

    fn find_by(&self, template: &mut [CK_ATTRIBUTE]) -> Vec<CK_OBJECT_HANDLE> {
        let (mut found, mut count) = (vec![0; MOST], 0);
        let (start, len) = (template.as_mut_ptr(), template.len() as CK_ULONG);
        assert_eq!(c!(self.module, C_FindObjectsInit(self.session, start, len)), CKR_OK);
        let (place, max) = (found.as_mut_ptr(), found.len() as CK_ULONG);
        assert_eq!(c!(self.module, C_FindObjects(self.session, place, max, &raw mut count)), CKR_OK);
        assert_eq!(c!(self.module, C_FindObjectsFinal(self.session)), CKR_OK);
        found.truncate(count as usize);
        found
    }

    /// The labels of all objects.
    fn labels(&self) -> BTreeSet<String> {
        let label = |object| {
            let mut name = [0; 64];
            let mut wanted = attribute(CKA_LABEL, &mut name);
            let given = c!(self.module, C_GetAttributeValue(self.session, object, &raw mut wanted, 1));
            assert_eq!(given, CKR_OK);
            String::from_utf8(name[..wanted.ulValueLen as usize].to_vec()).unwrap()
        };
        self.find_by(&mut []).into_iter().map(label).collect()
    }
}

fn is_key(label: &str) -> bool {
    label.starts_with("key")
}

fn value_of(label: &str) -> Vec<u8> {
    label.bytes().cycle().take(48).collect()
}

/// Choices that are the same in each run (Marsaglia's xorshift64).
struct Choices(u64);

impl Choices {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }

    fn key(&mut self, of: &BTreeMap<String, CK_OBJECT_HANDLE>) -> Option<String> {
        of.keys().nth(self.below(of.len().max(1))).cloned()
    }
}
