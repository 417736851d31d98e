//! The firmware proper. Nothing here knows what the board is made of.

use alloc::string::{String, ToString};
use alloc::sync::Arc;
use core::fmt;

use portcullis_engine::RingEngine;
use portcullis_entropy::{Composition, Mechanism, Random, Seed, SeedRecord};
use portcullis_pal::{FlashStore, ObjectStore};
use portcullis_token::{
    AttributeType, Curve, KeyDerivation, KeyType, MechanismType, ObjectClass, ObjectHandle, Parts, Session,
    SessionAccess, Template, Token, UserType, formats,
};

use crate::board::{SERIAL_NUMBER, Trng};
use crate::flash::{BoardFlash, PARTITION};

const OFFICER: &[u8] = b"officer-5678";
const USER: &[u8] = b"user-1234";
const LABEL: &str = "Device Priv TLS Key";

/// What the device was doing when it failed, and what it was told.
pub(crate) struct Failure {
    doing: &'static str,
    said: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.doing, self.said)
    }
}

/// Says what was being done when something fails.
trait While<T> {
    fn during(self, doing: &'static str) -> Result<T, Failure>;
}

impl<T, E: fmt::Display> While<T> for Result<T, E> {
    fn during(self, doing: &'static str) -> Result<T, Failure> {
        self.map_err(|error| Failure { doing, said: error.to_string() })
    }
}

/// In the factory: a new token with a key that is made in it. In the field, after a reset: the key signs.
pub(crate) fn run() -> Result<(), Failure> {
    provision(&start()?)?;
    let first = in_the_field(&start()?)?;
    let second = in_the_field(&start()?)?;
    if first == second {
        return Err(Failure { doing: "signing twice", said: "the signatures are the same".to_string() });
    }
    Ok(())
}

/// What a reset does: everything is read from flash again.
fn start() -> Result<Token, Failure> {
    let store = FlashStore::open_or_create(BoardFlash, PARTITION).during("opening the flash")?;
    let store: Arc<dyn ObjectStore> = Arc::new(store);
    let seed = Seed::Kept(SeedRecord::new(Arc::clone(&store), SERIAL_NUMBER));
    let random = Composition::new(seed).generator(Mechanism::HmacSha256).source(Trng).single();
    random.start().during("starting the generator")?;
    let random: Arc<dyn Random> = Arc::new(random);
    let engine = Arc::new(RingEngine);
    Token::open(Parts { store, engine, random, key_derivation: KeyDerivation::STANDARD })
        .during("opening the token")
}

fn provision(token: &Token) -> Result<(), Failure> {
    token.init(OFFICER, "device").during("initialising the token")?;
    let session = token.open_session(SessionAccess::ReadWrite).during("opening a session")?;
    session.login(UserType::So, OFFICER).during("logging in")?;
    session.init_pin(USER).during("setting the user's PIN")?;
    session.logout().during("logging out")?;
    session.login(UserType::User, USER).during("logging in")?;
    let stored = || Template::new().with(AttributeType::Token, true).with(AttributeType::Label, LABEL);
    let public = stored().with(AttributeType::EcParams, formats::curve_params(Curve::P256));
    session
        .generate_key_pair(MechanismType::EC_KEY_PAIR_GEN, public, stored())
        .during("making a key pair")?;
    Ok(())
}

/// Signs, and verifies what it signed.
fn in_the_field(token: &Token) -> Result<alloc::vec::Vec<u8>, Failure> {
    let session = token.open_session(SessionAccess::ReadOnly).during("opening a session")?;
    session.login(UserType::User, USER).during("logging in")?;
    let key = find(&session, ObjectClass::PrivateKey)?;
    let message = b"the handshake so far";
    session.sign_init(MechanismType::ECDSA_SHA256, key).during("beginning to sign")?;
    let signature = session.sign(message).during("signing")?;
    let public = find(&session, ObjectClass::PublicKey)?;
    session.verify_init(MechanismType::ECDSA_SHA256, public).during("beginning to verify")?;
    session.verify(message, &signature).during("verifying")?;
    session.verify_init(MechanismType::ECDSA_SHA256, public).during("beginning to verify")?;
    match session.verify(b"another handshake", &signature) {
        Err(_) => Ok(signature),
        Ok(()) => Err(Failure { doing: "verifying", said: "any message passes".to_string() }),
    }
}

fn find(session: &Session, class: ObjectClass) -> Result<ObjectHandle, Failure> {
    let query = Template::key(class, KeyType::Ec).with(AttributeType::Label, LABEL);
    session.find_init(&query).during("looking for the key")?;
    let found = session.find(2).during("looking for the key")?;
    session.find_final().during("looking for the key")?;
    match found[..] {
        [one] => Ok(one),
        _ => Err(Failure { doing: "looking for the key", said: "not exactly one is there".to_string() }),
    }
}
