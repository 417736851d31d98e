//! Keys of an HMAC: generic secrets, and those that are made for one hash.

use portcullis_token::{Engine, EngineError, KeyMaterial, KeyType, Parameters, Secret};

use crate::fixtures::Repeatable;

fn key(key_type: KeyType) -> KeyMaterial {
    KeyMaterial::Secret { key_type, value: Secret::copied(&[0x11; 32]) }
}

pub(crate) fn an_hmac_takes_generic_secrets_and_keys_of_its_own(engine: &dyn Engine) {
    let hmacs = engine.mechanisms().iter().filter(|mechanism| {
        mechanism.id().name().is_some_and(|name| name.starts_with("SHA") && name.ends_with("_HMAC"))
    });
    let mut seen = Vec::new();
    for hmac in hmacs {
        let id = hmac.id();
        let [KeyType::GenericSecret, own] = *hmac.key_types() else { panic!("{id}: {:?}", hmac.key_types()) };
        // The standard names both alike.
        let named = format!("{own:?}").to_uppercase().replace('_', "");
        assert_eq!(named, id.name().unwrap().replace('_', ""));
        let signing = hmac.signing().unwrap();
        let tag = |key_type| {
            let key = signing.loader().load(&key(key_type)).unwrap();
            signing.sign(&key, &Parameters::None, b"message", &Repeatable::new(1)).unwrap()
        };
        assert_eq!(tag(own), tag(KeyType::GenericSecret), "{id}");
        for other in KeyType::SYMMETRIC.into_iter().filter(|kind| !hmac.key_types().contains(kind)) {
            let refused = signing.loader().load(&key(other)).err();
            assert_eq!(refused, Some(EngineError::KeyInvalid), "{id}: {other:?}");
        }
        assert!(!seen.contains(&own), "{id}: {own:?} is another's");
        seen.push(own);
    }
    assert!(seen.len() >= 3);
}
