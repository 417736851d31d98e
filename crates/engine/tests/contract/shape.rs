//! The mechanism table: each mechanism once, and capabilities that go with its key.

use std::collections::{BTreeMap, BTreeSet};

use portcullis_token::Engine;
use portcullis_token::engine::LoadedKey;

use crate::fixtures::{Repeatable, samples};

pub(crate) fn a_mechanism_appears_once_and_has_a_name(engine: &dyn Engine) {
    let mut seen = BTreeSet::new();
    for mechanism in engine.mechanisms() {
        assert!(seen.insert(mechanism.id()), "{} appears twice", mechanism.id());
        assert!(mechanism.id().name().is_some(), "{} has no name", mechanism.id());
    }
    assert!(!seen.is_empty());
}

pub(crate) fn key_sizes_and_key_types_go_with_the_capabilities(engine: &dyn Engine) {
    for mechanism in engine.mechanisms() {
        let id = mechanism.id();
        let keyed = mechanism.signing().is_some()
            || mechanism.verifying().is_some()
            || mechanism.encrypting().is_some()
            || mechanism.wrapping().is_some()
            || mechanism.generating().is_some()
            || mechanism.deriving().is_some()
            || mechanism.encapsulating().is_some();
        assert!(keyed || mechanism.digesting().is_some(), "{id} can do nothing");
        assert_eq!(keyed, !mechanism.key_types().is_empty(), "{id}");
        let sizes = mechanism.key_sizes();
        if keyed {
            assert!(0 < *sizes.start() && sizes.start() <= sizes.end(), "{id}");
        } else {
            assert_eq!(sizes, 0..=0, "{id}");
        }
        assert_eq!(mechanism.encrypting().is_some(), mechanism.decrypting().is_some(), "{id}");
        assert_eq!(mechanism.wrapping().is_some(), mechanism.unwrapping().is_some(), "{id}");
        // The token would offer a signature that no one here can check.
        assert_eq!(mechanism.signing().is_some(), mechanism.verifying().is_some(), "{id}");
    }
}

/// The token caches a loaded key under its loader's name, so a name must stand for one form of the key.
pub(crate) fn a_loader_serves_every_mechanism_that_names_it(engine: &dyn Engine) {
    let mut cache: BTreeMap<(&str, u32), LoadedKey> = BTreeMap::new();
    for sample in samples(engine) {
        let id = sample.mechanism.id();
        let (signing, verifying) = (sample.signing, sample.verifying);
        let private = cache
            .entry((signing.loader().name(), sample.private.size()))
            .or_insert_with(|| sample.signing_key())
            .clone();
        let public = cache
            .entry((verifying.loader().name(), sample.public.size()))
            .or_insert_with(|| sample.verifying_key())
            .clone();
        let random = Repeatable::new(1);
        let signature = signing.sign(&private, &sample.parameters, &[7; 32], &random);
        let signature = signature.unwrap_or_else(|error| panic!("{id}: {error}"));
        verifying.verify(&public, &sample.parameters, &[7; 32], &signature).unwrap();
    }
}
