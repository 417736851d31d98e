//! Encrypting, decrypting, wrapping and unwrapping: round trips, promised lengths, streams, and what is left of
//! a ciphertext that is none.

use std::thread;

use portcullis_token::engine::{CipherStream, Decrypting, Encrypting, LoadedKey};
use portcullis_token::{
    Engine, EngineError, KeyMaterial, KeyType, Mechanism, MechanismType, Parameters, Secret,
};
use proptest::prelude::*;
use proptest::sample::select;

use crate::fixtures::{Repeatable, cipher_parameters, rsa_private};
use crate::hostile::{bytes, check};

/// A mechanism that encrypts or wraps, with a key.
pub(crate) struct Sample {
    pub(crate) id: MechanismType,
    pub(crate) encrypting: &'static dyn Encrypting,
    pub(crate) decrypting: &'static dyn Decrypting,
    pub(crate) lock: LoadedKey,
    pub(crate) unlock: LoadedKey,
}

impl Sample {
    pub(crate) fn encrypt(&self, parameters: &Parameters, plaintext: &[u8]) -> Result<Vec<u8>, EngineError> {
        let len = self.encrypting.encrypted_len(&self.lock, parameters, plaintext.len())?;
        let mut out = vec![0xee; len];
        self.encrypting.encrypt(&self.lock, parameters, plaintext, &mut out, &Repeatable::new(5))?;
        Ok(out)
    }

    /// Checks on the way that nothing but the plaintext is left.
    pub(crate) fn decrypt(&self, parameters: &Parameters, ciphertext: &[u8]) -> Result<Vec<u8>, EngineError> {
        let len = self.decrypting.decrypted_len(&self.unlock, parameters, ciphertext.len())?;
        let mut out = vec![0xee; len];
        let used =
            self.decrypting.decrypt(&self.unlock, parameters, ciphertext, &mut out, &Repeatable::new(6));
        let kept = *used.as_ref().unwrap_or(&0);
        assert!(out[kept..].iter().all(|byte| *byte == 0), "{}: something is left", self.id);
        out.truncate(kept);
        used.map(|_| out)
    }

    /// Whether every change of a ciphertext shows.
    fn authenticates(&self) -> bool {
        !matches!(
            self.id,
            MechanismType::AES_ECB
                | MechanismType::AES_CBC
                | MechanismType::AES_CBC_PAD
                | MechanismType::AES_CTR
                | MechanismType::RSA_PKCS
                | MechanismType::RSA_X_509
        )
    }
}

fn keys(engine: &dyn Engine, mechanism: &dyn Mechanism) -> Vec<(KeyMaterial, KeyMaterial)> {
    match mechanism.key_types()[0] {
        KeyType::Rsa => {
            let private = rsa_private();
            vec![(engine.public_key(&private).unwrap(), private)]
        }
        key_type => [16, 24, 32]
            .into_iter()
            .filter(|len| mechanism.key_sizes().contains(len))
            .map(|len| {
                let key = || KeyMaterial::Secret { key_type, value: Secret::new(vec![0x21; len as usize]) };
                (key(), key())
            })
            .collect(),
    }
}

/// A sample for each mechanism that encrypts or wraps, and for each length of its keys.
pub(crate) fn samples(engine: &dyn Engine) -> Vec<Sample> {
    let mut samples = Vec::new();
    for mechanism in engine.mechanisms() {
        let data = mechanism.encrypting().zip(mechanism.decrypting());
        let wrapped = mechanism.wrapping().zip(mechanism.unwrapping());
        let Some((encrypting, decrypting)) = data.or(wrapped) else { continue };
        for (public, private) in keys(engine, *mechanism) {
            let lock = encrypting.loader().load(&public).unwrap();
            let unlock = decrypting.loader().load(&private).unwrap();
            samples.push(Sample { id: mechanism.id(), encrypting, decrypting, lock, unlock });
        }
    }
    assert!(!samples.is_empty());
    samples
}

/// Starts with a byte that makes it no number which RSA leaves as it is.
fn message(len: usize) -> Vec<u8> {
    (7..=255).cycle().take(len).collect()
}

/// The messages that a mechanism takes, of lengths around its blocks, and their ciphertexts.
fn encrypted(sample: &Sample) -> Vec<(Parameters, Vec<u8>, Vec<u8>)> {
    let lengths = (0..=50).chain([63, 64, 65, 190, 256, 1000, 1024, 4097]);
    let taken: Vec<_> = lengths
        .filter_map(|len| {
            let (parameters, message) = (cipher_parameters(sample.id, len), message(len));
            match sample.encrypt(&parameters, &message) {
                Ok(ciphertext) => Some((parameters, message, ciphertext)),
                Err(error) => {
                    assert_eq!(error, EngineError::DataLength, "{}: {len}", sample.id);
                    None
                }
            }
        })
        .collect();
    assert!(!taken.is_empty(), "{} encrypts nothing", sample.id);
    taken
}

pub(crate) fn a_ciphertext_has_the_promised_length_and_gives_the_plaintext_back(engine: &dyn Engine) {
    for sample in samples(engine) {
        for (parameters, message, ciphertext) in encrypted(&sample) {
            let back = sample.decrypt(&parameters, &ciphertext);
            let back = back.unwrap_or_else(|error| panic!("{} of {}: {error}", sample.id, message.len()));
            // Without a padding a number comes back in its key's length.
            let zeros = if sample.id == MechanismType::RSA_X_509 { back.len() - message.len() } else { 0 };
            assert!(back[..zeros].iter().all(|byte| *byte == 0), "{}", sample.id);
            assert_eq!(back[zeros..], message, "{}: {}", sample.id, message.len());
            if message.len() >= 16 {
                assert!(!ciphertext.starts_with(&message[..16]), "{}", sample.id);
            }
        }
    }
}

/// Feeds a stream in parts of a length, and checks that it gives as much as it says.
fn streamed(mut stream: Box<dyn CipherStream>, data: &[u8], part: usize) -> Result<Vec<u8>, EngineError> {
    let mut all = Vec::new();
    for part in data.chunks(part) {
        for part in [part, &[]] {
            let mut out = vec![0; stream.update_len(part.len())?];
            stream.update(part, &mut out)?;
            all.extend(out);
        }
    }
    let mut out = vec![0; stream.finish_len()?];
    let used = stream.finish(&mut out)?;
    all.extend(&out[..used]);
    Ok(all)
}

pub(crate) fn a_streamed_ciphertext_is_that_of_the_whole(engine: &dyn Engine) {
    let mut streams = 0;
    for sample in samples(engine) {
        let id = sample.id;
        for (parameters, message, ciphertext) in encrypted(&sample) {
            for part in [1, 7, 15, 16, 17, 33, 4096] {
                if let Some(stream) = sample.encrypting.stream(&sample.lock, &parameters) {
                    assert_eq!(streamed(stream, &message, part).as_ref(), Ok(&ciphertext), "{id} by {part}");
                    streams += 1;
                }
                if let Some(stream) = sample.decrypting.stream(&sample.unlock, &parameters) {
                    assert!(!sample.authenticates(), "{id} gives out what no tag vouches for");
                    assert_eq!(streamed(stream, &ciphertext, part).as_ref(), Ok(&message), "{id} by {part}");
                    streams += 1;
                }
            }
        }
    }
    assert!(streams > 0);
}

pub(crate) fn a_stream_that_ends_too_early_is_refused(engine: &dyn Engine) {
    let blocks = [MechanismType::AES_ECB, MechanismType::AES_CBC, MechanismType::AES_CBC_PAD];
    for sample in samples(engine).iter().filter(|sample| blocks.contains(&sample.id)) {
        let parameters = cipher_parameters(sample.id, 0);
        let refused = |stream: Option<Box<dyn CipherStream>>| {
            assert_eq!(streamed(stream.unwrap(), &[1; 40], 9), Err(EngineError::DataLength), "{}", sample.id);
        };
        refused(sample.decrypting.stream(&sample.unlock, &parameters));
        if sample.id != MechanismType::AES_CBC_PAD {
            refused(sample.encrypting.stream(&sample.lock, &parameters));
        }
    }
}

pub(crate) fn any_changed_ciphertext_is_refused_and_leaves_nothing(engine: &dyn Engine) {
    for sample in samples(engine).iter().filter(|sample| sample.authenticates()) {
        let (parameters, _, ciphertext) = encrypted(sample).swap_remove(1);
        for bit in (0..ciphertext.len() * 8).step_by(if ciphertext.len() > 200 { 97 } else { 5 }) {
            let mut changed = ciphertext.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let refused = sample.decrypt(&parameters, &changed);
            assert_eq!(refused, Err(EngineError::DecryptionFailed), "{}: bit {bit}", sample.id);
        }
        let longer = [ciphertext.as_slice(), &[0]].concat();
        for other in [&[][..], &ciphertext[1..], &ciphertext[..ciphertext.len() - 1], &longer] {
            let refused = sample.decrypt(&parameters, other).unwrap_err();
            assert!(
                matches!(refused, EngineError::DecryptionFailed | EngineError::DataLength),
                "{}: {refused}",
                sample.id
            );
        }
    }
}

pub(crate) fn keys_and_parameters_of_another_kind_are_refused(engine: &dyn Engine) {
    let foreign = Parameters::MacLen(usize::MAX);
    let all = samples(engine);
    for sample in &all {
        let (id, invalid) = (sample.id, EngineError::ParametersInvalid);
        assert_eq!(sample.encrypting.check(&sample.lock, &foreign), Err(invalid), "{id}");
        assert_eq!(sample.decrypting.check(&sample.unlock, &foreign), Err(invalid), "{id}");
        assert_eq!(sample.encrypt(&foreign, &[1; 32]), Err(invalid), "{id}");
        assert_eq!(sample.decrypt(&foreign, &[1; 32]), Err(invalid), "{id}");
        assert!(sample.encrypting.stream(&sample.lock, &foreign).is_none(), "{id}");
        assert!(sample.decrypting.stream(&sample.unlock, &foreign).is_none(), "{id}");
        let own = cipher_parameters(id, 32);
        for other in &all {
            if other.encrypting.loader().name() != sample.encrypting.loader().name() {
                let refused = sample.encrypting.check(&other.lock, &own);
                assert_eq!(refused, Err(EngineError::KeyInvalid), "{id} with a key of {}", other.id);
            }
            if other.decrypting.loader().name() != sample.decrypting.loader().name() {
                let refused = sample.decrypting.check(&other.unlock, &own);
                assert_eq!(refused, Err(EngineError::KeyInvalid), "{id} with a key of {}", other.id);
            }
        }
    }
}

fn some_parameters() -> impl Strategy<Value = Parameters> {
    let sizes = || select(&[0_usize, 4, 6, 8, 12, 13, 16, 17, 32, usize::MAX][..]);
    prop_oneof![
        Just(Parameters::None),
        bytes().prop_map(Parameters::Iv),
        (0_u32..200, any::<[u8; 16]>()).prop_map(|(bits, block)| Parameters::Counter { bits, block }),
        (bytes(), bytes(), sizes()).prop_map(|(iv, aad, tag_len)| Parameters::Gcm { iv, aad, tag_len }),
        (0..40_usize, proptest::collection::vec(any::<u8>(), 0..20), bytes(), sizes())
            .prop_map(|(data_len, nonce, aad, tag_len)| Parameters::Ccm { data_len, nonce, aad, tag_len }),
        (bytes(), bytes()).prop_map(|(nonce, aad)| Parameters::ChaCha20Poly1305 { nonce, aad }),
    ]
}

pub(crate) fn hostile_parameters_and_data_never_panic(engine: &dyn Engine) {
    let samples = samples(engine);
    let sane = |id, len| cipher_parameters(id, len);
    check(150, (some_parameters(), bytes(), any::<bool>()), |(parameters, data, hostile)| {
        for sample in &samples {
            let parameters = if hostile { parameters.clone() } else { sane(sample.id, data.len()) };
            if let Ok(ciphertext) = sample.encrypt(&parameters, &data) {
                assert!(sample.decrypt(&parameters, &ciphertext).is_ok(), "{}", sample.id);
            }
            let result = sample.decrypt(&parameters, &data);
            if sample.authenticates() {
                assert!(result.is_err(), "{}", sample.id);
            }
            for stream in [
                sample.encrypting.stream(&sample.lock, &parameters),
                sample.decrypting.stream(&sample.unlock, &parameters),
            ] {
                let _ = stream.map(|stream| streamed(stream, &data, 13));
            }
        }
    });
}

pub(crate) fn one_key_serves_several_threads_at_once(engine: &dyn Engine) {
    let samples = samples(engine);
    let expected: Vec<_> = samples.iter().map(|sample| encrypted(sample).swap_remove(0)).collect();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for (sample, (parameters, message, ciphertext)) in samples.iter().zip(&expected) {
                    let back = sample.decrypt(parameters, ciphertext).unwrap();
                    assert!(back.ends_with(message), "{}", sample.id);
                    let again = sample.encrypt(parameters, message).unwrap();
                    assert_eq!(sample.decrypt(parameters, &again), Ok(back), "{}", sample.id);
                }
            });
        }
    });
}
