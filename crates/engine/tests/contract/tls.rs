//! The secrets of TLS 1.2: a published vector of its pseudorandom function, and what the derivations are by
//! their definition through it.

use portcullis_token::{
    Engine, EngineError, HashAlgorithm, KeyMaterial, KeyType, MechanismType, Parameters, TlsRandoms,
};

use crate::derivation::derived;
use crate::fixtures::{Repeatable, mechanism, secret};

fn randoms(client: &[u8], server: &[u8]) -> TlsRandoms {
    TlsRandoms { client: client.into(), server: server.into() }
}

/// The pseudorandom function over SHA-256, which the exporter is without a context.
fn prf(engine: &dyn Engine, key: &KeyMaterial, label: &[u8], seed: &[u8], len: usize) -> String {
    let (randoms, context) = (randoms(seed, &[]), Vec::new());
    let parameters =
        Parameters::TlsKdf { hash: HashAlgorithm::Sha256, label: label.to_vec(), randoms, context };
    derived(engine, MechanismType::TLS_KDF, key, &parameters, Some(len)).unwrap()
}

fn master() -> KeyMaterial {
    secret(KeyType::GenericSecret, &"5a".repeat(48))
}

/// The vector for SHA-256 that the TLS working group circulated.
pub(crate) fn the_tls_prf_matches_the_published_one(engine: &dyn Engine) {
    const PUBLISHED: &str = "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a\
        6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17abfd3797c0564bab\
        4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff701\
        87347b66";
    let key = secret(KeyType::GenericSecret, "9bbe436ba940f017b17652849a71db35");
    let seed = hex::decode("a0ba9f936cda311827a6f796ffd5198c").unwrap();
    assert_eq!(prf(engine, &key, b"test label", &seed, 100), PUBLISHED);
}

pub(crate) fn tls_secrets_follow_from_the_prf(engine: &dyn Engine) {
    use MechanismType as M;
    let (hash, key, seed) = (HashAlgorithm::Sha256, master(), vec![0x5b; 32]);
    let (client, server) = ([1; 32], [2; 32]);
    let both = [client, server].concat();
    let master = Parameters::TlsMaster { hash, randoms: randoms(&client, &server) };
    let extended = Parameters::TlsExtendedMaster { hash, session_hash: seed.clone() };
    let block = Parameters::TlsKeyBlock {
        hash,
        randoms: randoms(&client, &server),
        mac_len: 20,
        key_len: 32,
        iv_len: 4,
    };
    let swapped = [server, client].concat();
    let exported = [both.as_slice(), &[0, 7], b"context"].concat();
    let exporter = Parameters::TlsKdf {
        hash,
        label: b"EXPORTER".to_vec(),
        randoms: randoms(&client, &server),
        context: b"context".to_vec(),
    };
    let cases: [(_, _, &[u8], &[u8], _); 8] = [
        (M::TLS12_MASTER_KEY_DERIVE, &master, b"master secret", &both, 48),
        (M::TLS12_MASTER_KEY_DERIVE_DH, &master, b"master secret", &both, 48),
        (M::TLS12_EXTENDED_MASTER_KEY_DERIVE, &extended, b"extended master secret", &seed, 48),
        (M::TLS12_EXTENDED_MASTER_KEY_DERIVE_DH, &extended, b"extended master secret", &seed, 48),
        (M::TLS12_KEY_AND_MAC_DERIVE, &block, b"key expansion", &swapped, 112),
        (M::TLS12_KEY_SAFE_DERIVE, &block, b"key expansion", &swapped, 112),
        (M::TLS_KDF, &exporter, b"EXPORTER", &exported, 77),
        (M::TLS12_KDF, &exporter, b"EXPORTER", &exported, 77),
    ];
    for (id, parameters, label, seed, len) in cases {
        let made = derived(engine, id, &key, parameters, Some(len)).unwrap();
        assert_eq!(made, prf(engine, &key, label, seed, len), "{id}");
    }
    let huge = Parameters::TlsKeyBlock {
        hash,
        randoms: randoms(&client, &server),
        mac_len: usize::MAX,
        key_len: usize::MAX,
        iv_len: 2,
    };
    assert_eq!(derived(engine, M::TLS12_KEY_AND_MAC_DERIVE, &key, &huge, None), Err(EngineError::DataLength));
}

pub(crate) fn tls_finished_messages_follow_from_the_prf(engine: &dyn Engine) {
    let (hash, key, digest) = (HashAlgorithm::Sha256, master(), [0x5b; 32]);
    for id in [MechanismType::TLS_MAC, MechanismType::TLS12_MAC] {
        for (server, label) in [(false, b"client finished"), (true, b"server finished")] {
            let signing = mechanism(engine, id).signing().unwrap();
            let loaded = signing.loader().load(&key).unwrap();
            let parameters = Parameters::TlsMac { hash, len: 12, server };
            let data = signing.sign(&loaded, &parameters, &digest, &Repeatable::new(1)).unwrap();
            assert_eq!(hex::encode(data), prf(engine, &key, label, &digest, 12), "{id}");
            let short = Parameters::TlsMac { hash, len: 11, server };
            assert_eq!(signing.signature_len(&loaded, &short), Err(EngineError::ParametersInvalid), "{id}");
        }
    }
}
