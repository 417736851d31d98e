//! Sessions and objects: finding them, making them, and the flow of a client that authenticates itself.

use cryptoki_sys::*;

use super::Goal::{PerSecond, Times};
use super::signatures::DATA;
use super::{Measure, each};
use crate::bare;
use crate::c::{Trouble, attribute, token_object};
use crate::rounds::{Run, Side, repeat};
use crate::world::{DEVICE, Device, P256, PORTCULLIS, Peer, SOFTHSM};

pub(super) const MEASURES: &[Measure] = &[
    Measure {
        name: "client-auth",
        what: "client authentication: open a session, find the key by label, read its type, sign, close",
        goals: &[Times(3.5, SOFTHSM)],
        sides: |world| each(world, |peer| Ok(flow(peer.device()?))).collect(),
    },
    Measure {
        name: "client-auth-crowd",
        what: "client authentication with many other keys in the token",
        // "No slower", within what a quiet machine's medians differ by.
        goals: &[Times(0.97, PORTCULLIS)],
        sides: |world| {
            let crowded = world.peers.iter();
            let crowded = crowded.map(|peer| Side { name: peer.crowd_name(), run: peer.crowd().map(flow) });
            crowded.chain(each(world, |peer| Ok(flow(peer.device()?)))).collect()
        },
    },
    Measure {
        name: "find-label",
        what: "find one object by its label among many",
        goals: &[PerSecond(200_000.0)],
        sides: |world| {
            world.peers.iter().map(|peer| Side { name: peer.crowd_name(), run: find(peer) }).collect()
        },
    },
    Measure {
        name: "session",
        what: "open a session and close it",
        goals: &[PerSecond(1_000_000.0)],
        sides: |world| each(world, session).collect(),
    },
    Measure {
        name: "create",
        what: "create a token object that is durable: 1 KiB of data (SoftHSM2 does not wait for the disk)",
        goals: &[Times(1.0, SOFTHSM)],
        sides: |world| each(world, |peer| create(peer, data())).collect(),
    },
    Measure {
        name: "create-key",
        what: "create a token object that is durable: an AES key that stays secret",
        goals: &[Times(1.0, SOFTHSM)],
        sides: |world| each(world, |peer| create(peer, aes_key())).collect(),
    },
    Measure {
        name: "p256-generate",
        what: "make a P-256 key pair for a session, and destroy it",
        goals: &[],
        sides: |world| each(world, generate).chain([bare::side(bare::p256_generate())]).collect(),
    },
];

fn flow(device: &Device) -> Run<'_> {
    let mut signature = [0; 64];
    repeat(move || {
        let session = device.token.open()?;
        let wanted = [attribute(CKA_CLASS, &CKO_PRIVATE_KEY), attribute(CKA_LABEL, DEVICE)];
        let key = session.find(&mut { wanted })?;
        session.number(key, CKA_KEY_TYPE)?;
        session.sign(CKM_ECDSA, key, &DATA, &mut signature)
    })
}

/// Looks for the many in an order in which neighbours don't follow each other.
fn find(peer: &Peer) -> Result<Run<'_>, Trouble> {
    const STRIDE: usize = 7919;
    let (session, labels) = (peer.crowd()?.token.open()?, peer.crowd_labels());
    let mut next = 0;
    Ok(repeat(move || {
        next = (next + STRIDE) % labels.len();
        let label = labels[next].as_bytes();
        session.find(&mut [attribute(CKA_LABEL, label)]).map(drop)
    }))
}

fn session(peer: &Peer) -> Result<Run<'_>, Trouble> {
    let token = peer.workshop()?;
    Ok(repeat(|| token.open().map(drop)))
}

fn create<const N: usize>(peer: &Peer, template: [CK_ATTRIBUTE; N]) -> Result<Run<'_>, Trouble> {
    let session = peer.workshop()?.open()?;
    Ok(repeat(move || session.create(&mut token_object(b"bench", &template)).map(drop)))
}

fn data() -> [CK_ATTRIBUTE; 3] {
    const VALUE: [u8; 1024] = [0x5a; 1024];
    [attribute(CKA_CLASS, &CKO_DATA), attribute(CKA_PRIVATE, &CK_FALSE), attribute(CKA_VALUE, &VALUE)]
}

fn aes_key() -> [CK_ATTRIBUTE; 6] {
    const VALUE: [u8; 32] = [0x5a; 32];
    [
        attribute(CKA_CLASS, &CKO_SECRET_KEY),
        attribute(CKA_KEY_TYPE, &CKK_AES),
        attribute(CKA_PRIVATE, &CK_TRUE),
        attribute(CKA_SENSITIVE, &CK_TRUE),
        attribute(CKA_ENCRYPT, &CK_TRUE),
        attribute(CKA_VALUE, &VALUE),
    ]
}

fn generate(peer: &Peer) -> Result<Run<'_>, Trouble> {
    let session = peer.workshop()?.open()?;
    let (params, mut private) = (P256, [attribute(CKA_SIGN, &CK_TRUE), attribute(CKA_TOKEN, &CK_FALSE)]);
    Ok(repeat(move || {
        let mut public = [attribute(CKA_EC_PARAMS, &params), attribute(CKA_TOKEN, &CK_FALSE)];
        let (public, private) = session.generate_pair(CKM_EC_KEY_PAIR_GEN, &mut public, &mut private)?;
        session.destroy(public)?;
        session.destroy(private)
    }))
}
