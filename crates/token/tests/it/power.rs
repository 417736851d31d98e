//! A token in flash whose power is cut at every step of its life: setting up, making, destroying, changing a PIN. It
//! starts afterwards, lets its user in, and has every object that was acknowledged; a pair of keys is there wholly or not
//! at all, and signs.
//!
//! Each start and login takes its time, so every fourth step is cut; with `PORTCULLIS_EVERY_STEP` set, every one.

use portcullis_pal::FlashStore;
use portcullis_pal::testkit::nor::Nor;
use portcullis_token::{
    AttributeType, Curve, Error, MechanismType, ObjectClass, ObjectHandle, Result, Session, SessionAccess,
    Template, Token, UserType,
};

use crate::common::{SO_PIN, USER_PIN, data, on_token, parts, public_template};

/// Words as long as any chip's, so that there are few enough steps to try all of them.
type Flash = Nor<1, 32, 4096>;

const NEW_PIN: &[u8] = b"a newer one";

/// One thing that a program asks of the token.
struct Deed {
    does: fn(&Token) -> Result<()>,
    /// What must be true once it was acknowledged, and before it was begun.
    done: fn(&Token) -> bool,
}

const DEEDS: [Deed; 6] = [
    Deed {
        does: |token| token.init(SO_PIN, "in flash"),
        done: |token| is_let_in(token, UserType::So, SO_PIN),
    },
    Deed { does: set_pin, done: |token| is_let_in(token, UserType::User, USER_PIN) },
    Deed {
        does: |token| user(token, USER_PIN)?.create_object(data("kept", &[7; 1200])).map(drop),
        done: |token| {
            user(token, USER_PIN).is_ok_and(|session| find(&session, ObjectClass::Data, "kept").len() == 1)
        },
    },
    Deed { does: generate, done: |token| signs(token, USER_PIN) },
    Deed {
        does: |token| {
            let session = user(token, USER_PIN)?;
            session.destroy_object(find(&session, ObjectClass::Data, "kept")[0])
        },
        done: |token| {
            user(token, USER_PIN).is_ok_and(|session| find(&session, ObjectClass::Data, "kept").is_empty())
        },
    },
    Deed {
        does: |token| user(token, USER_PIN)?.set_pin(USER_PIN, NEW_PIN),
        done: |token| signs(token, NEW_PIN),
    },
];

fn start(flash: &Flash) -> Result<Token> {
    Token::open(parts(std::sync::Arc::new(FlashStore::open_or_create(flash.clone(), 0..flash.len())?)))
}

fn is_let_in(token: &Token, user: UserType, pin: &[u8]) -> bool {
    token.open_session(SessionAccess::ReadWrite).and_then(|session| session.login(user, pin)).is_ok()
}

fn user(token: &Token, pin: &[u8]) -> Result<Session> {
    let session = token.open_session(SessionAccess::ReadWrite)?;
    session.login(UserType::User, pin)?;
    Ok(session)
}

fn set_pin(token: &Token) -> Result<()> {
    let session = token.open_session(SessionAccess::ReadWrite)?;
    session.login(UserType::So, SO_PIN)?;
    session.init_pin(USER_PIN)
}

fn generate(token: &Token) -> Result<()> {
    let session = user(token, USER_PIN)?;
    let (public, private) = (public_template(Curve::P256, "key"), on_token("key"));
    session.generate_key_pair(MechanismType::EC_KEY_PAIR_GEN, public, private).map(drop)
}

fn find(session: &Session, class: ObjectClass, label: &str) -> Vec<ObjectHandle> {
    session.find_init(&Template::of(class).with(AttributeType::Label, label)).unwrap();
    let found = session.find(9).unwrap();
    session.find_final().unwrap();
    found
}

/// Whether the pair is there and works. Half a pair is what must never be.
fn signs(token: &Token, pin: &[u8]) -> bool {
    let Ok(session) = user(token, pin) else { return false };
    let (private, public) = (ObjectClass::PrivateKey, ObjectClass::PublicKey);
    match (&find(&session, private, "key")[..], &find(&session, public, "key")[..]) {
        ([], []) => false,
        ([private], [public]) => {
            session.sign_init(MechanismType::ECDSA_SHA256, *private).unwrap();
            let signature = session.sign(b"message").unwrap();
            session.verify_init(MechanismType::ECDSA_SHA256, *public).unwrap();
            session.verify(b"message", &signature).is_ok()
        }
        halves => panic!("half a pair is there: {halves:?}"),
    }
}

#[test]
fn a_token_in_flash_survives_a_cut_at_every_step() {
    let mut before = Flash::blank(8).cells();
    let (apart, mut steps) = (if std::env::var_os("PORTCULLIS_EVERY_STEP").is_some() { 1 } else { 4 }, 0);
    for (at, deed) in DEEDS.iter().enumerate() {
        for step in (1 + at as u64 % apart..).step_by(apart as usize) {
            let flash = Flash::blank(8).copy_of(&before);
            flash.cut(step, step << 8 ^ at as u64);
            let outcome = start(&flash).and_then(|token| (deed.does)(&token));
            let cut = flash.is_off();
            assert!(cut || outcome.is_ok(), "deed {at}: {outcome:?}");
            assert!(
                !matches!(outcome, Err(Error::PinIncorrect { .. })),
                "deed {at}, step {step}: {outcome:?}"
            );
            flash.power_on();
            let token = start(&flash).unwrap();
            assert_eq!(token.damage().unwrap().len(), 0, "deed {at}, step {step}");
            let done = (deed.done)(&token);
            assert!(done || outcome.is_err(), "deed {at} was acknowledged, step {step}");
            // What was acknowledged before is there still, or what this deed makes of it.
            let earlier = at.checked_sub(1).is_none_or(|last| (DEEDS[last].done)(&token));
            assert!(done || earlier, "deed {at} cut in step {step} undid what was done before");
            drop(token);
            if !cut {
                before = flash.cells();
                break;
            }
            steps += 1;
        }
    }
    println!("{steps} steps");
    assert!(steps > 160 / apart, "{steps} steps");
}
