//! Random sequences of calls with hostile arguments: whatever a program does in whatever order, it gets an answer.

use std::ptr;
use std::sync::OnceLock;

use cryptoki_sys::*;
use proptest::prelude::*;

use crate::support::{Module, attribute, c, mechanism};

/// One call. Handles, kinds and lengths are drawn from values that are right now and then.
#[derive(Clone, Debug)]
enum Call {
    Open(CK_FLAGS),
    Close(usize),
    Info(usize),
    DigestInit(usize, CK_ULONG),
    DigestUpdate(usize, usize),
    Digest(usize, Room),
    DigestFinal(usize, Room),
    SignInit(usize, CK_ULONG, CK_ULONG),
    Sign(usize, Room),
    VerifyInit(usize, CK_ULONG, CK_ULONG),
    VerifyFinal(usize, usize),
    FindInit(usize, CK_ULONG, usize),
    Find(usize, CK_ULONG),
    FindFinal(usize),
    Create(usize, CK_ULONG, usize),
    Attribute(usize, CK_ULONG, CK_ULONG, Room),
    Set(usize, CK_ULONG, CK_ULONG, usize),
    Destroy(usize, CK_ULONG),
    GenerateKey(usize, CK_ULONG),
    Random(usize, usize),
    Cancel(usize, CK_FLAGS),
    Logout(usize),
}

/// A caller's buffer: none, or one that says to have so much room.
#[derive(Clone, Copy, Debug)]
struct Room {
    given: bool,
    len: usize,
}

const MAX: usize = 96;

fn calls() -> impl Strategy<Value = Vec<Call>> {
    let s = || 0..4_usize;
    let len = || 0..=MAX;
    let room = || (any::<bool>(), 0..=MAX).prop_map(|(given, len)| Room { given, len });
    let kind = || {
        prop_oneof![
            Just(CKM_SHA256),
            Just(CKM_SHA256_HMAC),
            Just(CKM_ECDSA_SHA256),
            Just(CKM_SHA256_RSA_PKCS_PSS),
            Just(CKM_GENERIC_SECRET_KEY_GEN),
            any::<CK_ULONG>(),
        ]
    };
    let object = || prop_oneof![4 => 0..12_u64, 1 => any::<CK_ULONG>()];
    let a = || {
        prop_oneof![
            Just(CKA_CLASS),
            Just(CKA_LABEL),
            Just(CKA_TOKEN),
            Just(CKA_VALUE),
            Just(CKA_ALLOWED_MECHANISMS),
            Just(CKA_START_DATE),
            any::<CK_ULONG>(),
        ]
    };
    let one = prop_oneof![
        any::<CK_FLAGS>().prop_map(Call::Open),
        s().prop_map(Call::Close),
        s().prop_map(Call::Info),
        (s(), kind()).prop_map(|(s, k)| Call::DigestInit(s, k)),
        (s(), len()).prop_map(|(s, n)| Call::DigestUpdate(s, n)),
        (s(), room()).prop_map(|(s, r)| Call::Digest(s, r)),
        (s(), room()).prop_map(|(s, r)| Call::DigestFinal(s, r)),
        (s(), kind(), object()).prop_map(|(s, k, o)| Call::SignInit(s, k, o)),
        (s(), room()).prop_map(|(s, r)| Call::Sign(s, r)),
        (s(), kind(), object()).prop_map(|(s, k, o)| Call::VerifyInit(s, k, o)),
        (s(), len()).prop_map(|(s, n)| Call::VerifyFinal(s, n)),
        (s(), a(), len()).prop_map(|(s, a, n)| Call::FindInit(s, a, n)),
        (s(), 0..8_u64).prop_map(|(s, n)| Call::Find(s, n)),
        s().prop_map(Call::FindFinal),
        (s(), a(), len()).prop_map(|(s, a, n)| Call::Create(s, a, n)),
        (s(), object(), a(), room()).prop_map(|(s, o, a, r)| Call::Attribute(s, o, a, r)),
        (s(), object(), a(), len()).prop_map(|(s, o, a, n)| Call::Set(s, o, a, n)),
        (s(), object()).prop_map(|(s, o)| Call::Destroy(s, o)),
        (s(), kind()).prop_map(|(s, k)| Call::GenerateKey(s, k)),
        (s(), len()).prop_map(|(s, n)| Call::Random(s, n)),
        (s(), any::<CK_FLAGS>()).prop_map(|(s, f)| Call::Cancel(s, f)),
        s().prop_map(Call::Logout),
    ];
    proptest::collection::vec(one, 1..60)
}

/// What a program has while it calls: sessions, and memory to hand over.
struct Program {
    module: &'static Module,
    sessions: Vec<CK_SESSION_HANDLE>,
    memory: [u8; MAX],
}

impl Program {
    fn session(&self, index: usize) -> CK_SESSION_HANDLE {
        self.sessions.get(index).copied().unwrap_or(index as CK_ULONG)
    }

    fn buffer(&mut self, room: Room) -> (*mut u8, CK_ULONG) {
        let start = if room.given { self.memory.as_mut_ptr() } else { ptr::null_mut() };
        (start, room.len as CK_ULONG)
    }

    fn attribute(&mut self, kind: CK_ATTRIBUTE_TYPE, len: usize) -> CK_ATTRIBUTE {
        attribute(kind, &mut self.memory[..len])
    }

    fn run(&mut self, call: &Call) -> CK_RV {
        match *call {
            Call::Open(_) | Call::Close(_) | Call::Info(_) | Call::Cancel(..) | Call::Logout(_) => {
                self.manage(call)
            }
            Call::DigestInit(..)
            | Call::DigestUpdate(..)
            | Call::Digest(..)
            | Call::DigestFinal(..)
            | Call::Random(..) => self.digest(call),
            Call::SignInit(..) | Call::Sign(..) | Call::VerifyInit(..) | Call::VerifyFinal(..) => {
                self.sign(call)
            }
            _ => self.handle_objects(call),
        }
    }

    fn manage(&mut self, call: &Call) -> CK_RV {
        let module = self.module;
        match *call {
            Call::Open(flags) => {
                let mut new = 0;
                let flags = (flags | CKF_SERIAL_SESSION) & !CKF_ASYNC_SESSION;
                let opened = c!(module, C_OpenSession(0, flags, ptr::null_mut(), None, &raw mut new));
                if opened == CKR_OK {
                    self.sessions.push(new);
                }
                opened
            }
            Call::Close(s) => c!(module, C_CloseSession(self.session(s))),
            Call::Info(s) => {
                c!(module, C_GetSessionInfo(self.session(s), &mut CK_SESSION_INFO::default()))
            }
            Call::Cancel(s, flags) => c!(module, C_SessionCancel(self.session(s), flags)),
            Call::Logout(s) => c!(module, C_Logout(self.session(s))),
            _ => unreachable!("{call:?} is another's"),
        }
    }

    fn digest(&mut self, call: &Call) -> CK_RV {
        let module = self.module;
        match *call {
            Call::DigestInit(s, kind) => c!(module, C_DigestInit(self.session(s), &mut mechanism(kind))),
            Call::DigestUpdate(s, len) => {
                c!(module, C_DigestUpdate(self.session(s), self.memory.as_mut_ptr(), len as CK_ULONG))
            }
            Call::Digest(s, room) => {
                let ((out, mut len), start) = (self.buffer(room), self.memory.as_mut_ptr());
                c!(module, C_Digest(self.session(s), start, 16, out, &raw mut len))
            }
            Call::DigestFinal(s, room) => {
                let (out, mut len) = self.buffer(room);
                c!(module, C_DigestFinal(self.session(s), out, &raw mut len))
            }
            Call::Random(s, len) => {
                c!(module, C_GenerateRandom(self.session(s), self.memory.as_mut_ptr(), len as CK_ULONG))
            }
            _ => unreachable!("{call:?} is another's"),
        }
    }

    fn sign(&mut self, call: &Call) -> CK_RV {
        let module = self.module;
        match *call {
            Call::SignInit(s, kind, key) => {
                c!(module, C_SignInit(self.session(s), &mut mechanism(kind), key))
            }
            Call::Sign(s, room) => {
                let ((out, mut len), start) = (self.buffer(room), self.memory.as_mut_ptr());
                c!(module, C_Sign(self.session(s), start, 16, out, &raw mut len))
            }
            Call::VerifyInit(s, kind, key) => {
                c!(module, C_VerifyInit(self.session(s), &mut mechanism(kind), key))
            }
            Call::VerifyFinal(s, len) => {
                c!(module, C_VerifyFinal(self.session(s), self.memory.as_mut_ptr(), len as CK_ULONG))
            }
            _ => unreachable!("{call:?} is another's"),
        }
    }

    fn handle_objects(&mut self, call: &Call) -> CK_RV {
        let (module, mut out) = (self.module, 0);
        match *call {
            Call::FindInit(s, kind, len) => {
                let mut template = self.attribute(kind, len);
                c!(module, C_FindObjectsInit(self.session(s), &raw mut template, 1))
            }
            Call::Find(s, max) => {
                let mut found = [0; 8];
                c!(module, C_FindObjects(self.session(s), found.as_mut_ptr(), max, &raw mut out))
            }
            Call::FindFinal(s) => c!(module, C_FindObjectsFinal(self.session(s))),
            Call::Create(s, kind, len) => {
                let (mut class, mut private) = (CKO_DATA.to_ne_bytes(), [CK_FALSE]);
                let mut template = [
                    attribute(CKA_CLASS, &mut class),
                    attribute(CKA_PRIVATE, &mut private),
                    self.attribute(kind, len),
                ];
                c!(module, C_CreateObject(self.session(s), template.as_mut_ptr(), 3, &raw mut out))
            }
            Call::Attribute(s, object, kind, room) => {
                let (start, len) = self.buffer(room);
                let mut wanted = CK_ATTRIBUTE { type_: kind, pValue: start.cast(), ulValueLen: len };
                c!(module, C_GetAttributeValue(self.session(s), object, &raw mut wanted, 1))
            }
            Call::Set(s, object, kind, len) => {
                let mut change = self.attribute(kind, len);
                c!(module, C_SetAttributeValue(self.session(s), object, &raw mut change, 1))
            }
            Call::Destroy(s, object) => c!(module, C_DestroyObject(self.session(s), object)),
            Call::GenerateKey(s, kind) => {
                let (mut len, mut private) = ((16 as CK_ULONG).to_ne_bytes(), [CK_FALSE]);
                let mut template = [attribute(CKA_VALUE_LEN, &mut len), attribute(CKA_PRIVATE, &mut private)];
                let mut kind = mechanism(kind);
                let start = template.as_mut_ptr();
                c!(module, C_GenerateKey(self.session(s), &raw mut kind, start, 2, &raw mut out))
            }
            _ => unreachable!("{call:?} is another's"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_call_has_an_answer(calls in calls()) {
        // One library for all cases: what one leaves behind is the next one's start.
        static MODULE: OnceLock<Module> = OnceLock::new();
        let module = MODULE.get_or_init(Module::with_token);
        let sessions = vec![module.session(), module.session()];
        let mut program = Program { module, sessions, memory: [0; MAX] };
        for call in &calls {
            let answer = program.run(call);
            // A panic inside would show as this; a wild pointer would end the process.
            prop_assert_ne!(answer, CKR_FUNCTION_FAILED, "{:?}", call);
            prop_assert_ne!(answer, CKR_GENERAL_ERROR, "{:?}", call);
        }
        prop_assert_eq!(c!(module, C_CloseAllSessions(0)), CKR_OK);
    }
}
