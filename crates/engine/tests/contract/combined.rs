//! Keys made of the bytes of a key and something beside them (PKCS #11 v3.2, miscellaneous simple key derivation).

use std::sync::Arc;

use portcullis_token::{Engine, EngineError, KeyType, MechanismType, Parameters, Secret};

use crate::derivation::derived;
use crate::fixtures::secret;

const DATA: [u8; 4] = [0x89, 0xab, 0xcd, 0xef];

fn calls() -> [(MechanismType, Parameters, &'static str); 4] {
    let data = || Parameters::DerivationData(DATA.to_vec());
    let key = Parameters::KeyValue(Arc::new(Secret::copied(&DATA)));
    [
        (MechanismType::CONCATENATE_BASE_AND_KEY, key, "0123456789abcdef"),
        (MechanismType::CONCATENATE_BASE_AND_DATA, data(), "0123456789abcdef"),
        (MechanismType::CONCATENATE_DATA_AND_BASE, data(), "89abcdef01234567"),
        (MechanismType::XOR_BASE_AND_DATA, data(), "88888888"),
    ]
}

/// The examples that the section gives.
pub(crate) fn the_standards_examples(engine: &dyn Engine) {
    let base = secret(KeyType::GenericSecret, "01234567");
    for (id, parameters, expected) in calls() {
        assert_eq!(derived(engine, id, &base, &parameters, None).unwrap(), expected, "{id}");
        let whole = Some(expected.len() / 2);
        assert_eq!(derived(engine, id, &base, &parameters, whole).unwrap(), expected, "{id}");
    }
}

/// A key of some of the base's bytes, or of known bytes and some of the base's, can be found by trying.
pub(crate) fn a_derived_key_holds_its_base_whole(engine: &dyn Engine) {
    let base = secret(KeyType::GenericSecret, "01234567");
    for (id, parameters, whole) in calls() {
        let whole = whole.len() / 2;
        for len in (0..whole).chain([whole + 1, usize::MAX]) {
            let refused = derived(engine, id, &base, &parameters, Some(len));
            assert_eq!(refused, Err(EngineError::DataLength), "{id}: {len}");
        }
    }
    let short = Parameters::DerivationData(DATA[..3].to_vec());
    let refused = derived(engine, MechanismType::XOR_BASE_AND_DATA, &base, &short, None);
    assert_eq!(refused, Err(EngineError::DataLength));
    // Nor is it longer than secrets are.
    let long = Parameters::DerivationData(vec![0; 1024]);
    let refused = derived(engine, MechanismType::CONCATENATE_BASE_AND_DATA, &base, &long, None);
    assert_eq!(refused, Err(EngineError::DataLength));
}
