//! Signatures.

use cryptoki_sys::*;

use super::Goal::Times;
use super::{Measure, each};
use crate::bare::{self, BARE};
use crate::c::{Trouble, attribute, token_object};
use crate::rounds::{Run, Side, in_two, repeat};
use crate::world::{Peer, SOFTHSM, World};

/// What is signed: 32 bytes, as a SHA-256 digest has.
pub(super) static DATA: [u8; 32] = [0x5a; 32];

/// DER: Ed25519 as an object identifier and, for modules that know it so only, by its name.
const ED25519: [u8; 5] = [0x06, 0x03, 0x2b, 0x65, 0x70];
const ED25519_NAME: &[u8] = b"\x13\x0cedwards25519";

pub(super) const MEASURES: &[Measure] = &[
    Measure {
        name: "p256-sign",
        what: "P-256 signature: C_SignInit, C_Sign (CKM_ECDSA)",
        goals: &[Times(0.9, BARE), Times(2.5, SOFTHSM)],
        sides: |world| each(world, p256).chain([bare::side(bare::p256_sign(&DATA))]).collect(),
    },
    Measure {
        name: "p256-sign-threads",
        what: "P-256 signature by two threads, each in its session, with one key (the bare library shows how much the machine \
               gives two)",
        goals: &[Times(1.9, "Portcullis, 1 thread")],
        sides: threads,
    },
    Measure {
        name: "rsa2048-sign",
        what: "RSA-2048 signature: C_SignInit, C_Sign (CKM_SHA256_RSA_PKCS)",
        goals: &[Times(0.95, BARE)],
        sides: |world| each(world, rsa).chain([bare::side(bare::rsa_sign(&DATA))]).collect(),
    },
    Measure {
        name: "ed25519-sign",
        what: "Ed25519 signature: C_SignInit, C_Sign (CKM_EDDSA)",
        goals: &[],
        sides: |world| each(world, ed25519).chain([bare::side(bare::ed25519_sign(&DATA))]).collect(),
    },
];

fn p256(peer: &Peer) -> Result<Run<'_>, Trouble> {
    let device = peer.device()?;
    let (session, mut signature) = (device.token.open()?, [0; 64]);
    Ok(repeat(move || session.sign(CKM_ECDSA, device.key, &DATA, &mut signature)))
}

fn threads(world: &World) -> Vec<Side<'_>> {
    let mut sides = Vec::new();
    for peer in &world.peers {
        sides.push(Side { name: format!("{}, 2 threads", peer.name), run: p256_in_two(peer) });
        sides.push(Side { name: format!("{}, 1 thread", peer.name), run: p256(peer) });
    }
    sides.push(Side { name: format!("{BARE}, 2 threads"), run: bare::p256_sign_in_two(&DATA) });
    sides.push(Side { name: format!("{BARE}, 1 thread"), run: bare::p256_sign(&DATA) });
    sides
}

fn p256_in_two(peer: &Peer) -> Result<Run<'_>, Trouble> {
    let device = peer.device()?;
    let sessions = [device.token.open()?, device.token.open()?];
    let key = device.key;
    Ok(in_two(sessions.map(|session| move || session.sign(CKM_ECDSA, key, &DATA, &mut [0; 64]))))
}

fn rsa(peer: &Peer) -> Result<Run<'_>, Trouble> {
    let bits: CK_ULONG = 2048;
    let public = [attribute(CKA_MODULUS_BITS, &bits), attribute(CKA_PUBLIC_EXPONENT, &[1_u8, 0, 1])];
    signing(peer, CKM_RSA_PKCS_KEY_PAIR_GEN, &public, CKM_SHA256_RSA_PKCS, "CKM_SHA256_RSA_PKCS")
}

fn ed25519(peer: &Peer) -> Result<Run<'_>, Trouble> {
    let by = |curve| {
        let public = [attribute::<[u8]>(CKA_EC_PARAMS, curve)];
        signing(peer, CKM_EC_EDWARDS_KEY_PAIR_GEN, &public, CKM_EDDSA, "CKM_EDDSA")
    };
    by(&ED25519).or_else(|_| by(ED25519_NAME))
}

/// Makes a key and signs with it.
fn signing<'w>(
    peer: &'w Peer,
    generate: CK_MECHANISM_TYPE,
    public: &[CK_ATTRIBUTE],
    sign: CK_MECHANISM_TYPE,
    name: &'static str,
) -> Result<Run<'w>, Trouble> {
    let token = peer.workshop()?;
    token.has(sign, name)?;
    let mut public = token_object(b"signer", public);
    let mut private = token_object(b"signer", &[attribute(CKA_SIGN, &CK_TRUE)]);
    let (_, key) = token.session().generate_pair(generate, &mut public, &mut private)?;
    let (session, mut signature) = (token.open()?, [0; 256]);
    Ok(repeat(move || session.sign(sign, key, &DATA, &mut signature)))
}
