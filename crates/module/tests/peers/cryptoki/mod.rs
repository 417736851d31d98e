//! The Rust crate `cryptoki`: a token made in the vacant slot, keys, signatures, digests and randomness.
//!
//! The crate gives a module no configuration, so each test starts itself again with one in its environment.

mod secrets;

use std::env;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Function, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::eddsa::{EddsaParams, EddsaSignatureScheme};
use cryptoki::mechanism::rsa::{PkcsMgfType, PkcsPssParams};
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, SessionState, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;

use crate::support::{PIN, SO_PIN, Scene, library_file, succeeds};

/// Tells a test that it is in its own process.
const INSIDE: &str = "PORTCULLIS_TEST_INSIDE";

/// DER object identifiers: P-256, and Ed25519 (RFC 8410).
const P256: [u8; 10] = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const ED25519_OID: [u8; 5] = [0x06, 0x03, 0x2b, 0x65, 0x70];

/// Runs `work` in a process of its own, with a folder of its own in which there is no token yet.
fn inside(test: &str, work: impl FnOnce()) {
    if env::var_os(INSIDE).is_some() {
        return work();
    }
    let scene = Scene::bare("stores = \"tokens\"\n");
    let this = env::current_exe().unwrap();
    let name = format!("cryptoki::{test}");
    let said = succeeds(scene.command(this.to_str().unwrap()).env(INSIDE, "1").args([
        "--exact",
        &name,
        "--nocapture",
    ]));
    assert!(said.contains("1 passed"), "{name} did not run: {said}");
}

fn pin(text: &str) -> AuthPin {
    AuthPin::new(text.into())
}

fn module() -> Pkcs11 {
    let module = Pkcs11::new(library_file()).unwrap();
    module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)).unwrap();
    module
}

fn vacant_slots(module: &Pkcs11) -> Vec<Slot> {
    let slots = module.get_slots_with_token().unwrap();
    slots.into_iter().filter(|slot| !module.get_token_info(*slot).unwrap().token_initialized()).collect()
}

/// Makes a token in the vacant slot, with both PINs.
fn with_token(module: &Pkcs11) -> Slot {
    let vacant = vacant_slots(module);
    assert_eq!(vacant.len(), 1, "{vacant:?}");
    let slot = vacant[0];
    module.init_token(slot, &pin(SO_PIN), "made").unwrap();
    let session = module.open_rw_session(slot).unwrap();
    session.login(UserType::So, Some(&pin(SO_PIN))).unwrap();
    session.init_pin(&pin(PIN)).unwrap();
    slot
}

fn user_session(module: &Pkcs11, slot: Slot) -> Session {
    let session = module.open_rw_session(slot).unwrap();
    session.login(UserType::User, Some(&pin(PIN))).unwrap();
    session
}

/// Makes a pair on the token: the public key, the private key.
fn pair(
    session: &Session,
    mechanism: &Mechanism<'_>,
    kind: Attribute,
    label: &str,
) -> (ObjectHandle, ObjectHandle) {
    let named = [Attribute::Token(true), Attribute::Label(label.into()), Attribute::Id(label.into())];
    let public = [&[kind, Attribute::Verify(true)], named.as_slice()].concat();
    let private = [&[Attribute::Sign(true)], named.as_slice()].concat();
    session.generate_key_pair(mechanism, &public, &private).unwrap()
}

/// The value of an attribute whose value is bytes.
fn bytes(session: &Session, object: ObjectHandle, kind: AttributeType) -> Vec<u8> {
    let value = session.get_attributes(object, &[kind]).unwrap().pop();
    match value {
        Some(
            Attribute::EcPoint(bytes)
            | Attribute::Modulus(bytes)
            | Attribute::PublicExponent(bytes)
            | Attribute::Value(bytes),
        ) => bytes,
        other => panic!("{kind}: {other:?}"),
    }
}

/// An EC point without the DER OCTET STRING around it, which is shorter than 128 bytes.
fn point(session: &Session, public: ObjectHandle) -> Vec<u8> {
    let der = bytes(session, public, AttributeType::EcPoint);
    assert_eq!((der[0], usize::from(der[1])), (0x04, der.len() - 2));
    der[2..].to_vec()
}

/// Signs with the token, and has the token refuse another signature.
fn signed(session: &Session, mechanism: &Mechanism<'_>, pair: (ObjectHandle, ObjectHandle)) -> Vec<u8> {
    let signature = session.sign(mechanism, pair.1, b"data").unwrap();
    session.verify(mechanism, pair.0, b"data", &signature).unwrap();
    let refused = session.verify(mechanism, pair.0, b"other", &signature);
    assert!(
        matches!(refused, Err(Error::Pkcs11(RvError::SignatureInvalid, Function::Verify))),
        "{refused:?}"
    );
    signature
}

#[test]
fn a_token_is_made_in_the_vacant_slot_and_its_pins_are_kept() {
    inside("a_token_is_made_in_the_vacant_slot_and_its_pins_are_kept", || {
        let module = module();
        let info = module.get_library_info().unwrap();
        assert_eq!(info.manufacturer_id(), "Portcullis");
        assert_eq!((info.cryptoki_version().major(), info.cryptoki_version().minor()), (3, 2));
        let slot = with_token(&module);
        let info = module.get_token_info(slot).unwrap();
        assert_eq!(info.label(), "made");
        assert!(info.token_initialized() && info.user_pin_initialized() && info.rng());
        let vacant = vacant_slots(&module);
        assert!(vacant.len() == 1 && vacant[0] != slot, "there is another: {vacant:?}");

        let session = module.open_rw_session(slot).unwrap();
        let wrong = session.login(UserType::User, Some(&pin("000000")));
        assert!(matches!(wrong, Err(Error::Pkcs11(RvError::PinIncorrect, Function::Login))), "{wrong:?}");
        assert!(module.get_token_info(slot).unwrap().user_pin_count_low());
        session.login(UserType::User, Some(&pin(PIN))).unwrap();
        let other = module.open_ro_session(slot).unwrap();
        assert_eq!(other.get_session_info().unwrap().session_state(), SessionState::RoUser);
        session.set_pin(&pin(PIN), &pin("765432")).unwrap();
        session.logout().unwrap();
        assert!(session.login(UserType::User, Some(&pin(PIN))).is_err());
        session.login(UserType::User, Some(&pin("765432"))).unwrap();
        session.close().unwrap();
        other.close().unwrap();
        module.finalize().unwrap();
    });
}

#[test]
fn keys_are_made_found_used_and_destroyed() {
    inside("keys_are_made_found_used_and_destroyed", || {
        let module = module();
        let slot = with_token(&module);
        let session = user_session(&module, slot);
        let curve = Attribute::EcParams(P256.to_vec());
        let ec = pair(&session, &Mechanism::EccKeyPairGen, curve, "ec");
        let rsa = pair(&session, &Mechanism::RsaPkcsKeyPairGen, Attribute::ModulusBits(2048.into()), "rsa");

        let private =
            |label: &str| [Attribute::Class(ObjectClass::PRIVATE_KEY), Attribute::Label(label.into())];
        assert_eq!(session.find_objects(&private("ec")).unwrap(), [ec.1]);
        assert_eq!(session.find_objects(&[Attribute::KeyType(KeyType::RSA)]).unwrap().len(), 2);
        assert_eq!(session.find_objects(&[]).unwrap().len(), 4, "users' objects only");
        session.logout().unwrap();
        assert!(session.find_objects(&private("ec")).unwrap().is_empty(), "private keys need a login");
        session.login(UserType::User, Some(&pin(PIN))).unwrap();
        let ec = (ec.0, session.find_objects(&private("ec")).unwrap()[0]);

        let asked = [AttributeType::Sensitive, AttributeType::Local, AttributeType::Value];
        let told = session.get_attributes(ec.1, &asked).unwrap();
        assert_eq!(told, [Attribute::Sensitive(true), Attribute::Local(true)], "and no value");
        session.update_attributes(rsa.0, &[Attribute::Label("renamed".into())]).unwrap();
        assert_eq!(session.find_objects(&[Attribute::Label("renamed".into())]).unwrap(), [rsa.0]);

        session.destroy_object(ec.1).unwrap();
        assert!(session.find_objects(&private("ec")).unwrap().is_empty());
        let dead = session.sign(&Mechanism::EcdsaSha256, ec.1, b"data");
        assert!(
            matches!(dead, Err(Error::Pkcs11(RvError::KeyHandleInvalid, Function::SignInit))),
            "{dead:?}"
        );
    });
}

#[test]
fn signatures_are_good_for_others() {
    inside("signatures_are_good_for_others", || {
        let module = module();
        let slot = with_token(&module);
        let session = user_session(&module, slot);

        let ec = pair(&session, &Mechanism::EccKeyPairGen, Attribute::EcParams(P256.to_vec()), "ec");
        let signature = signed(&session, &Mechanism::EcdsaSha256, ec);
        let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point(&session, ec.0));
        public.verify(b"data", &signature).unwrap();

        let curve = Attribute::EcParams(ED25519_OID.to_vec());
        let ed = pair(&session, &Mechanism::EccEdwardsKeyPairGen, curve, "ed");
        let pure = Mechanism::Eddsa(EddsaParams::new(EddsaSignatureScheme::Pure));
        let signature = signed(&session, &pure, ed);
        UnparsedPublicKey::new(&ED25519, point(&session, ed.0)).verify(b"data", &signature).unwrap();

        let rsa = pair(&session, &Mechanism::RsaPkcsKeyPairGen, Attribute::ModulusBits(2048.into()), "rsa");
        signed(&session, &Mechanism::Sha256RsaPkcs, rsa);
        let pss = Mechanism::Sha256RsaPkcsPss(PkcsPssParams {
            hash_alg: MechanismType::SHA256,
            mgf: PkcsMgfType::MGF1_SHA256,
            s_len: 32.into(),
        });
        let signature = signed(&session, &pss, rsa);
        let public = RsaPublicKeyComponents {
            n: bytes(&session, rsa.0, AttributeType::Modulus),
            e: bytes(&session, rsa.0, AttributeType::PublicExponent),
        };
        public.verify(&RSA_PSS_2048_8192_SHA256, b"data", &signature).unwrap();

        session.sign_init(&Mechanism::Sha256RsaPkcs, rsa.1).unwrap();
        session.sign_update(b"da").unwrap();
        session.sign_update(b"ta").unwrap();
        let in_parts = session.sign_final().unwrap();
        session.verify(&Mechanism::Sha256RsaPkcs, rsa.0, b"data", &in_parts).unwrap();
    });
}

#[test]
fn digests_and_random_bytes_need_no_login() {
    inside("digests_and_random_bytes_need_no_login", || {
        let module = module();
        let slot = with_token(&module);
        let session = module.open_ro_session(slot).unwrap();
        // FIPS 180-4's example: SHA-256 of "abc".
        let abc = session.digest(&Mechanism::Sha256, b"abc").unwrap();
        assert_eq!(abc[..4], [0xba, 0x78, 0x16, 0xbf]);
        session.digest_init(&Mechanism::Sha256).unwrap();
        session.digest_update(b"a").unwrap();
        session.digest_update(b"bc").unwrap();
        assert_eq!(session.digest_final().unwrap(), abc);

        session.seed_random(b"more").unwrap();
        let (one, other) =
            (session.generate_random_vec(32).unwrap(), session.generate_random_vec(32).unwrap());
        assert!(one.len() == 32 && one != other);
        let mechanisms = module.get_mechanism_list(slot).unwrap();
        let info = module.get_mechanism_info(slot, MechanismType::ECDSA_SHA256).unwrap();
        assert!(mechanisms.contains(&MechanismType::ECDSA_SHA256) && info.sign() && info.verify());
    });
}
