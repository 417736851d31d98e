//! The token that calls are made to: provisioned once, and put back in order after each sequence.

use std::ffi::CString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, ptr};

use cryptoki_sys::*;
use portcullis_engine::AwsLcEngine;
use portcullis_entropy::{RandomPool, Seed};
use portcullis_pal::SqliteStore;
use portcullis_token::{Device, KeyDerivation, Parts, SessionAccess, Token, UserType};

use super::mechanisms::Family;
use super::templates::{ED25519, P256, Plain, X25519, ulong};

pub(crate) const SO_PIN: &[u8] = b"officer-5678";
pub(crate) const USER_PIN: &[u8] = b"user-1234";

/// What one sequence of calls knows.
pub(crate) struct State {
    pub(crate) config: CString,
    pub(crate) initialized: bool,
    pub(crate) open: Vec<CK_SESSION_HANDLE>,
    pub(crate) closed: Vec<CK_SESSION_HANDLE>,
    pub(crate) objects: Vec<(CK_OBJECT_HANDLE, Family)>,
    /// The last answers: signatures, ciphertexts, wrapped keys, saved operations.
    pub(crate) recent: Vec<Vec<u8>>,
    /// Whether a call may still take long.
    pub(crate) has_time: bool,
    /// Whether a PIN was tried or changed.
    pub(crate) pins_touched: bool,
}

impl State {
    pub(crate) fn close(&mut self, ends: impl Fn(CK_SESSION_HANDLE) -> bool) {
        self.closed.extend(self.open.extract_if(.., |handle| ends(*handle)));
    }
}

/// The token, with a login that outlives sequences.
pub(crate) struct World {
    list: &'static CK_FUNCTION_LIST_3_2,
    dir: PathBuf,
    store: Vec<u8>,
    keeper: CK_SESSION_HANDLE,
    seeds: Vec<(CK_OBJECT_HANDLE, Family)>,
    /// Whether a sequence has started and not ended: it failed.
    unfinished: bool,
}

/// Calls a function of a list by its name.
macro_rules! c {
    ($list:expr, $name:ident($($argument:expr),* $(,)?)) => {{
        let function = $list.$name.expect("the list has no gaps");
        // SAFETY: each pointer among the arguments is NULL or leads to what the caller of this macro owns, in the
        // length it says.
        #[allow(unsafe_code)]
        unsafe { function($($argument),*) }
    }};
}

impl World {
    /// Makes a token in an empty folder, for a library that is not initialised.
    pub(crate) fn new(list: &'static CK_FUNCTION_LIST_3_2, dir: &Path) -> Self {
        let mut world = Self {
            list,
            dir: dir.to_owned(),
            store: Vec::new(),
            keeper: 0,
            seeds: Vec::new(),
            unfinished: false,
        };
        fs::write(dir.join("config.toml"), "[[slot]]\nstore = \"store\"\n").expect("a file");
        provision(&world.file());
        assert_eq!(world.initialize(), CKR_OK);
        let session = world.open_session();
        world.log_in(session);
        world.make_seeds(session);
        assert_eq!(c!(list, C_Finalize(ptr::null_mut())), CKR_OK);
        world.store = fs::read(world.file()).expect("the token's file");
        world.rebuild();
        world
    }

    /// What a sequence starts from: two sessions, and the objects that are always there.
    pub(crate) fn start(&mut self) -> State {
        if self.unfinished {
            c!(self.list, C_Finalize(ptr::null_mut()));
            self.rebuild();
        }
        self.unfinished = true;
        State {
            config: self.config(),
            initialized: true,
            open: vec![self.open_session(), self.open_session()],
            closed: Vec::new(),
            objects: self.seeds.clone(),
            recent: Vec::new(),
            has_time: true,
            pins_touched: false,
        }
    }

    /// Puts everything back in order.
    pub(crate) fn restore(&mut self, state: State) {
        for session in state.open {
            c!(self.list, C_CloseSession(session));
        }
        let in_order = state.initialized && !state.pins_touched && self.is_logged_in();
        if !in_order || !self.only_seeds_are_left() {
            if state.initialized {
                assert_eq!(c!(self.list, C_Finalize(ptr::null_mut())), CKR_OK);
            }
            self.rebuild();
        }
        self.unfinished = false;
    }

    fn rebuild(&mut self) {
        let store = self.file();
        for leftover in ["-wal", "-shm"] {
            let mut name = store.clone().into_os_string();
            name.push(leftover);
            let _ = fs::remove_file(name);
        }
        fs::write(&store, &self.store).expect("the token's file");
        assert_eq!(self.initialize(), CKR_OK);
        self.keeper = self.open_session();
        self.log_in(self.keeper);
        self.seeds = self.objects().into_iter().map(|object| (object, self.family(object))).collect();
    }

    fn only_seeds_are_left(&self) -> bool {
        for object in self.objects() {
            if self.seeds.iter().all(|(seed, _)| *seed != object) {
                c!(self.list, C_DestroyObject(self.keeper, object));
            }
        }
        self.objects().into_iter().eq(self.seeds.iter().map(|(seed, _)| *seed))
    }

    fn is_logged_in(&self) -> bool {
        let mut info = CK_SESSION_INFO::default();
        c!(self.list, C_GetSessionInfo(self.keeper, &raw mut info)) == CKR_OK
            && info.state == CKS_RW_USER_FUNCTIONS
    }

    /// All objects, by their numbers.
    fn objects(&self) -> Vec<CK_OBJECT_HANDLE> {
        let (mut found, mut count) = (vec![0; 256], 0);
        assert_eq!(c!(self.list, C_FindObjectsInit(self.keeper, ptr::null_mut(), 0)), CKR_OK);
        let outcome = c!(self.list, C_FindObjects(self.keeper, found.as_mut_ptr(), 256, &raw mut count));
        assert_eq!((outcome, c!(self.list, C_FindObjectsFinal(self.keeper))), (CKR_OK, CKR_OK));
        found.truncate(count as usize);
        found.sort_unstable();
        found
    }

    fn family(&self, object: CK_OBJECT_HANDLE) -> Family {
        let mut kind = [0; 8];
        let mut template =
            CK_ATTRIBUTE { type_: CKA_KEY_TYPE, pValue: kind.as_mut_ptr().cast(), ulValueLen: 8 };
        if c!(self.list, C_GetAttributeValue(self.keeper, object, &raw mut template, 1)) != CKR_OK {
            return Family::Any;
        }
        match CK_ULONG::from_ne_bytes(kind) {
            CKK_AES => Family::Aes,
            CKK_CHACHA20 => Family::ChaCha,
            CKK_EC => Family::Ec,
            CKK_EC_EDWARDS => Family::Edwards,
            CKK_EC_MONTGOMERY => Family::Montgomery,
            CKK_RSA => Family::Rsa,
            CKK_ML_KEM => Family::MlKem,
            CKK_ML_DSA => Family::MlDsa,
            _ => Family::Secret,
        }
    }

    /// Objects of all kinds that the token can have. They can't be changed or destroyed.
    fn make_seeds(&self, session: CK_SESSION_HANDLE) {
        let kept = |more: Plain| -> Plain {
            let common = [(CKA_TOKEN, vec![1]), (CKA_MODIFIABLE, vec![0]), (CKA_DESTROYABLE, vec![0])];
            common.into_iter().chain(more).collect()
        };
        let secret = |kind: u64, len: usize, extractable: u8| {
            let template = kept(vec![
                (CKA_CLASS, ulong(CKO_SECRET_KEY)),
                (CKA_KEY_TYPE, ulong(kind)),
                (CKA_VALUE, vec![0x42; len]),
                (CKA_SENSITIVE, vec![1 - extractable]),
                (CKA_EXTRACTABLE, vec![extractable]),
            ]);
            self.create(session, &template)
        };
        let data = kept(vec![(CKA_CLASS, ulong(CKO_DATA)), (CKA_VALUE, vec![7; 40])]);
        let made = [
            self.create(session, &data),
            secret(CKK_GENERIC_SECRET, 48, 1),
            secret(CKK_GENERIC_SECRET, 32, 0),
        ];
        assert_eq!(made, [CKR_OK; 3]);
        // What the token has no such keys of, it refuses; then there are no calls with them.
        for (kind, len) in [(CKK_AES, 32), (CKK_AES, 16), (CKK_CHACHA20, 32)] {
            secret(kind, len, 1);
        }
        for (mechanism, public) in [
            (CKM_EC_KEY_PAIR_GEN, (CKA_EC_PARAMS, P256.to_vec())),
            (CKM_EC_EDWARDS_KEY_PAIR_GEN, (CKA_EC_PARAMS, ED25519.to_vec())),
            (CKM_EC_MONTGOMERY_KEY_PAIR_GEN, (CKA_EC_PARAMS, X25519.to_vec())),
            (CKM_RSA_PKCS_KEY_PAIR_GEN, (CKA_MODULUS_BITS, ulong(2048))),
            (CKM_ML_KEM_KEY_PAIR_GEN, (CKA_PARAMETER_SET, ulong(2))),
            (CKM_ML_DSA_KEY_PAIR_GEN, (CKA_PARAMETER_SET, ulong(1))),
        ] {
            self.generate(session, mechanism, &kept(vec![public]), &kept(vec![]));
        }
    }

    fn create(&self, session: CK_SESSION_HANDLE, values: &Plain) -> CK_RV {
        let mut template = attributes(values);
        c!(self.list, C_CreateObject(session, template.as_mut_ptr(), values.len() as CK_ULONG, &mut 0))
    }

    fn generate(&self, session: CK_SESSION_HANDLE, kind: CK_MECHANISM_TYPE, public: &Plain, private: &Plain) {
        let mut mechanism = CK_MECHANISM { mechanism: kind, pParameter: ptr::null_mut(), ulParameterLen: 0 };
        let (mut public, mut private) = (attributes(public), attributes(private));
        let lens = (public.len() as CK_ULONG, private.len() as CK_ULONG);
        let (public, private) = (public.as_mut_ptr(), private.as_mut_ptr());
        let mechanism = &raw mut mechanism;
        let (mut first, mut second) = (0, 0);
        c!(
            self.list,
            C_GenerateKeyPair(
                session,
                mechanism,
                public,
                lens.0,
                private,
                lens.1,
                &raw mut first,
                &raw mut second
            )
        );
    }

    fn open_session(&self) -> CK_SESSION_HANDLE {
        let (mut session, flags) = (0, CKF_SERIAL_SESSION | CKF_RW_SESSION);
        assert_eq!(c!(self.list, C_OpenSession(0, flags, ptr::null_mut(), None, &raw mut session)), CKR_OK);
        session
    }

    fn log_in(&self, session: CK_SESSION_HANDLE) {
        let (pin, len) = (USER_PIN.as_ptr().cast_mut(), USER_PIN.len() as CK_ULONG);
        assert_eq!(c!(self.list, C_Login(session, CKU_USER, pin, len)), CKR_OK);
    }

    fn initialize(&self) -> CK_RV {
        let config = self.config();
        let mut arguments =
            CK_C_INITIALIZE_ARGS { pReserved: config.as_ptr().cast_mut().cast(), ..Default::default() };
        c!(self.list, C_Initialize((&raw mut arguments).cast()))
    }

    fn config(&self) -> CString {
        let path = self.dir.join("config.toml");
        CString::new(path.into_os_string().into_encoded_bytes()).expect("a path has no zero bytes")
    }

    fn file(&self) -> PathBuf {
        self.dir.join("store/token.db")
    }
}

/// A new token with both PINs. The module's own would be as good, but its PINs take ten times as long to try, and
/// sequences that end a login would spend nearly all their time on the next one.
fn provision(store: &Path) {
    let token = Token::open(Parts {
        store: Arc::new(SqliteStore::open_or_create(store).expect("a new store")),
        engine: Arc::new(AwsLcEngine),
        random: Arc::new(RandomPool::host(Seed::NotKept)),
        key_derivation: KeyDerivation::MINIMUM,
        device: Device::default(),
    })
    .expect("a token to be initialised");
    token.init(SO_PIN, "hostile").expect("a new token");
    let session = token.open_session(SessionAccess::ReadWrite).expect("a session");
    session.login(UserType::So, SO_PIN).expect("the right PIN");
    session.init_pin(USER_PIN).expect("a new PIN");
}

fn attributes(values: &Plain) -> Vec<CK_ATTRIBUTE> {
    let attribute = |(code, value): &(CK_ATTRIBUTE_TYPE, Vec<u8>)| CK_ATTRIBUTE {
        type_: *code,
        pValue: value.as_ptr().cast_mut().cast(),
        ulValueLen: value.len() as CK_ULONG,
    };
    values.iter().map(attribute).collect()
}
