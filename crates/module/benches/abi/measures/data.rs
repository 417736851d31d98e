//! Bytes: random ones, digests, encryption.

use std::ptr;

use cryptoki_sys::*;

use super::Goal::Times;
use super::{Measure, each};
use crate::bare::{self, BARE, GENERATOR};
use crate::between::{self, BETWEEN};
use crate::c::{Trouble, attribute, token_object};
use crate::rounds::{Run, Side, repeat};
use crate::world::{PORTCULLIS, Peer, World};

const SHORT: usize = 64;
const LONG: usize = 16 << 10;
const LONGEST: usize = 1 << 20;

pub(super) const MEASURES: &[Measure] = &[
    Measure {
        name: "random-32",
        what: "32 random bytes: C_GenerateRandom",
        goals: &[Times(0.95, GENERATOR), Times(0.95, BARE)],
        sides: |world| randoms(world, 32),
    },
    Measure {
        name: "random-16k",
        what: "16 KiB of random bytes: C_GenerateRandom",
        goals: &[Times(0.95, GENERATOR), Times(0.95, BARE)],
        sides: |world| randoms(world, LONG),
    },
    Measure {
        name: "sha256-64",
        what: "SHA-256 of 64 bytes: C_DigestInit, C_Digest (two calls against one: the last side is two calls that hash \
               nothing, and what they take is all that parts us from the goal)",
        goals: &[Times(0.95, BARE)],
        sides: short_digests,
    },
    Measure {
        name: "sha256-16k",
        what: "SHA-256 of 16 KiB: C_DigestInit, C_Digest",
        goals: &[Times(0.95, BARE)],
        sides: |world| {
            each(world, |peer| sha256(peer, LONG)).chain([bare::side(bare::sha256(LONG))]).collect()
        },
    },
    Measure {
        name: "aes-gcm-16k",
        what: "AES-256-GCM of 16 KiB: C_EncryptInit, C_Encrypt, from one buffer into another (the last side is the two \
               calls alone, with 16 bytes)",
        goals: &[Times(0.95, BARE)],
        sides: |world| {
            let calls = ours(world).map(|peer| calls("no data to speak of", aes_gcm(peer, 16)));
            gcms(world, LONG).into_iter().chain(calls).collect()
        },
    },
    Measure {
        name: "aes-gcm-1m",
        what: "AES-256-GCM of 1 MiB: C_EncryptInit, C_Encrypt, from one buffer into another",
        goals: &[Times(0.95, BETWEEN)],
        sides: |world| gcms(world, LONGEST),
    },
    Measure {
        name: "aes-cbc-16k",
        what: "AES-256-CBC of 16 KiB: C_EncryptInit, C_Encrypt",
        goals: &[Times(0.95, BARE)],
        sides: |world| {
            each(world, |peer| aes_cbc(peer, LONG)).chain([bare::side(bare::aes_cbc(LONG))]).collect()
        },
    },
    Measure {
        name: "aes-ctr-16k",
        what: "AES-256-CTR of 16 KiB: C_EncryptInit, C_Encrypt",
        goals: &[Times(0.95, BARE)],
        sides: |world| {
            each(world, |peer| aes_ctr(peer, LONG)).chain([bare::side(bare::aes_ctr(LONG))]).collect()
        },
    },
];

fn randoms(world: &World, len: usize) -> Vec<Side<'_>> {
    let bare = [bare::generator(len), bare::side(bare::random(len))];
    each(world, move |peer| random(peer, len)).chain(bare).collect()
}

fn random(peer: &Peer, len: usize) -> Result<Run<'_>, Trouble> {
    let (session, mut out) = (peer.workshop()?.open()?, vec![0; len]);
    Ok(repeat(move || session.random(&mut out)))
}

fn gcms(world: &World, len: usize) -> Vec<Side<'_>> {
    let bare = [between::aes_gcm(len), bare::side(bare::aes_gcm(len))];
    each(world, move |peer| aes_gcm(peer, len)).chain(bare).collect()
}

/// Our own library, where it is measured.
fn ours(world: &World) -> impl Iterator<Item = &Peer> {
    world.peers.iter().filter(|peer| peer.name == PORTCULLIS)
}

/// Ours without the work. Two calls for each answer is what the standard wants, so what they cost is shown beside it.
fn calls<'w>(without: &str, run: Result<Run<'w>, Trouble>) -> Side<'w> {
    Side { name: format!("{PORTCULLIS}, {without}"), run }
}

fn short_digests(world: &World) -> Vec<Side<'_>> {
    let calls = ours(world).map(|peer| calls("no digest", two_calls(peer)));
    let digests = each(world, |peer| sha256(peer, SHORT)).chain([bare::side(bare::sha256(SHORT))]);
    digests.chain(calls).collect()
}

fn two_calls(peer: &Peer) -> Result<Run<'_>, Trouble> {
    let session = peer.workshop()?.open()?;
    Ok(repeat(move || session.start_and_cancel_digest(CKM_SHA256)))
}

fn sha256(peer: &Peer, len: usize) -> Result<Run<'_>, Trouble> {
    let token = peer.workshop()?;
    token.has(CKM_SHA256, "CKM_SHA256")?;
    let (session, data, mut out) = (token.open()?, vec![0x5a; len], [0; 32]);
    Ok(repeat(move || session.digest(CKM_SHA256, &data, &mut out)))
}

fn aes_gcm(peer: &Peer, len: usize) -> Result<Run<'_>, Trouble> {
    encrypting(peer, len, CKM_AES_GCM, "CKM_AES_GCM", |encrypt| {
        let iv = [1_u8; 12];
        let mut parameters = CK_GCM_PARAMS {
            pIv: iv.as_ptr().cast_mut(),
            ulIvLen: iv.len() as CK_ULONG,
            ulIvBits: 8 * iv.len() as CK_ULONG,
            pAAD: ptr::null_mut(),
            ulAADLen: 0,
            ulTagBits: 128,
        };
        let len = size_of_val(&parameters) as CK_ULONG;
        let parameters = (&raw mut parameters).cast();
        encrypt(CK_MECHANISM { mechanism: CKM_AES_GCM, pParameter: parameters, ulParameterLen: len })
    })
}

fn aes_cbc(peer: &Peer, len: usize) -> Result<Run<'_>, Trouble> {
    encrypting(peer, len, CKM_AES_CBC, "CKM_AES_CBC", |encrypt| {
        let mut iv = [1_u8; 16];
        let parameter = iv.as_mut_ptr().cast();
        encrypt(CK_MECHANISM { mechanism: CKM_AES_CBC, pParameter: parameter, ulParameterLen: 16 })
    })
}

fn aes_ctr(peer: &Peer, len: usize) -> Result<Run<'_>, Trouble> {
    encrypting(peer, len, CKM_AES_CTR, "CKM_AES_CTR", |encrypt| {
        let mut parameters = CK_AES_CTR_PARAMS { ulCounterBits: 128, cb: [1; 16] };
        let len = size_of_val(&parameters) as CK_ULONG;
        let parameters = (&raw mut parameters).cast();
        encrypt(CK_MECHANISM { mechanism: CKM_AES_CTR, pParameter: parameters, ulParameterLen: len })
    })
}

/// Makes an AES key and encrypts so many bytes with it, by the mechanism that `with` gives for each call.
fn encrypting<'w>(
    peer: &'w Peer,
    data_len: usize,
    kind: CK_MECHANISM_TYPE,
    name: &'static str,
    with: impl Fn(&mut dyn FnMut(CK_MECHANISM) -> Result<(), Trouble>) -> Result<(), Trouble> + 'w,
) -> Result<Run<'w>, Trouble> {
    let token = peer.workshop()?;
    token.has(kind, name)?;
    let len: CK_ULONG = 32;
    let uses = [attribute(CKA_VALUE_LEN, &len), attribute(CKA_ENCRYPT, &CK_TRUE)];
    let key = token.session().generate(CKM_AES_KEY_GEN, &mut token_object(b"cipher", &uses))?;
    let (session, data, mut out) = (token.open()?, vec![0x5a; data_len], vec![0; data_len + 16]);
    Ok(repeat(move || with(&mut |mechanism| session.encrypt(mechanism, key, &data, &mut out))))
}
