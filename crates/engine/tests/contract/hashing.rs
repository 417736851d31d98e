//! Digests: FIPS 180-4's example messages, and parts of any length.

use portcullis_token::{Engine, EngineError, MechanismType};

use crate::fixtures::mechanism;

/// The digests of "abc" (FIPS 180-4's examples, as NIST publishes them).
const ABC: [(MechanismType, &str); 4] = [
    (MechanismType::SHA_1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
    (MechanismType::SHA256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
        MechanismType::SHA384,
        "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed\
         8086072ba1e7cc2358baeca134c825a7",
    ),
    (
        MechanismType::SHA512,
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
         2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
    ),
];

/// The same for what not every engine has (RFC 1321, FIPS 180-4 and FIPS 202).
const ABC_WIDER: [(MechanismType, &str); 7] = [
    (MechanismType::MD5, "900150983cd24fb0d6963f7d28e17f72"),
    (MechanismType::SHA3_224, "e642824c3f8cf24ad09234ee7d3c766fc9a3a5168d0c94ad73b46fdf"),
    (MechanismType::SHA224, "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"),
    (MechanismType::SHA512_256, "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23"),
    (MechanismType::SHA3_256, "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"),
    (
        MechanismType::SHA3_384,
        "ec01498288516fc926459f58e2c6ad8df9b473cb0fc08c2596da7cf0e49be4b2\
         98d88cea927ac7f539f1edf228376d25",
    ),
    (
        MechanismType::SHA3_512,
        "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e\
         10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0",
    ),
];

pub(crate) fn digests_match_the_published_ones(engine: &dyn Engine) {
    check(engine, &ABC);
}

pub(crate) fn the_wider_digests_match_too(engine: &dyn Engine) {
    check(engine, &ABC_WIDER);
}

fn check(engine: &dyn Engine, published: &[(MechanismType, &str)]) {
    for (id, expected) in published {
        let digesting = mechanism(engine, *id).digesting().unwrap();
        let mut stream = digesting.stream();
        stream.update(b"abc");
        let digest = stream.finish();
        assert_eq!(digest.len(), digesting.digest_len());
        assert_eq!(hex::encode(digest), *expected, "{id}");
    }
}

pub(crate) fn a_digest_does_not_depend_on_how_the_data_was_cut(engine: &dyn Engine) {
    let data: Vec<u8> = (0..=255).cycle().take(1000).collect();
    for digesting in engine.mechanisms().iter().filter_map(|mechanism| mechanism.digesting()) {
        let digest = |part: usize| {
            let mut stream = digesting.stream();
            for part in data.chunks(part) {
                stream.update(part);
                stream.update(&[]);
            }
            stream.finish()
        };
        let mut whole = vec![0; digesting.digest_len()];
        digesting.digest(&data, &mut whole);
        assert_eq!(digest(data.len()), whole);
        for part in [1, 63, 64, 65, 127, 128, 129, 999] {
            assert_eq!(digest(part), whole);
        }
        assert_ne!(digesting.stream().finish(), whole);
    }
}

/// Which digests can be saved is the engine's matter; what it saves it must take, and nothing else.
pub(crate) fn a_saved_digest_goes_on(engine: &dyn Engine) {
    let data: Vec<u8> = (0..=255).cycle().take(300).collect();
    let mut states = Vec::new();
    for mechanism in engine.mechanisms() {
        let Some(digesting) = mechanism.digesting() else { continue };
        let id = mechanism.id();
        if digesting.stream().state().is_none() {
            assert_eq!(digesting.resume(&[]).err(), Some(EngineError::Unsupported), "{id}");
            continue;
        }
        let mut whole = digesting.stream();
        whole.update(&data);
        let whole = whole.finish();
        for cut in [0, 1, 63, 64, 65, 127, 128, 129, 300] {
            let (head, tail) = data.split_at(cut);
            let mut first = digesting.stream();
            first.update(head);
            let state = first.state().unwrap();
            for state in [state.clone(), digesting.resume(&state).unwrap().state().unwrap()] {
                let mut second = digesting.resume(&state).unwrap();
                second.update(tail);
                assert_eq!(second.finish(), whole, "{id} at {cut}");
            }
            first.update(tail);
            assert_eq!(first.finish(), whole, "{id}: saving changed it");
            states.push((id, state));
        }
    }
    for (id, state) in &states {
        for mechanism in engine.mechanisms() {
            let Some(digesting) = mechanism.digesting() else { continue };
            if mechanism.id() != *id {
                assert!(digesting.resume(state).is_err(), "{} takes a state of {id}", mechanism.id());
                continue;
            }
            let mut refused = vec![Vec::new(), state[1..].to_vec(), [state.as_slice(), &[0]].concat()];
            refused.push(state[..state.len() - 1].to_vec());
            // More bytes than the hash can count, or a block that is fuller than full.
            let mut beyond = state.clone();
            match id.name() {
                Some("MD5") => beyond[32] = 0xff,
                Some(name) if name.starts_with("SHA3_") => beyond[state.len() - 1] = 0xff,
                _ => beyond[8..24].fill(0xff),
            }
            refused.push(beyond);
            for other in refused {
                assert_eq!(digesting.resume(&other).err(), Some(EngineError::StateInvalid), "{id}");
            }
        }
    }
}
