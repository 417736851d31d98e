//! Signing and verifying: round trips, promised lengths, streams, and what must not verify.

use portcullis_token::engine::LoadedKey;
use portcullis_token::{Engine, EngineError};

use crate::fixtures::{Repeatable, Sample, samples};

/// Messages around the block lengths of the hashes. A mechanism that signs a digest takes only some.
fn messages() -> Vec<Vec<u8>> {
    [0, 1, 32, 63, 64, 65, 127, 128, 129, 1000].map(|len| vec![0xa5; len]).to_vec()
}

/// A signature over each message whose length the mechanism takes.
fn signed(sample: &Sample, key: &LoadedKey) -> Vec<(Vec<u8>, Vec<u8>)> {
    let signing = sample.signing;
    let mut pairs = Vec::new();
    for message in messages() {
        match signing.sign(key, &sample.parameters, &message, &Repeatable::new(2)) {
            Ok(signature) => pairs.push((message, signature)),
            Err(error) => assert_eq!(error, EngineError::DataLength, "{}", sample.mechanism.id()),
        }
    }
    assert!(!pairs.is_empty(), "{} signs nothing", sample.mechanism.id());
    pairs
}

pub(crate) fn signatures_have_the_promised_length_and_verify(engine: &dyn Engine) {
    for sample in samples(engine) {
        let id = sample.mechanism.id();
        let (private, public) = (sample.signing_key(), sample.verifying_key());
        let (signing, verifying) = (sample.signing, sample.verifying);
        let promised = signing.signature_len(&private, &sample.parameters).unwrap();
        assert_eq!(verifying.signature_len(&public, &sample.parameters), Ok(promised), "{id}");
        for (message, signature) in signed(&sample, &private) {
            assert_eq!(signature.len(), promised, "{id}");
            assert_eq!(verifying.verify(&public, &sample.parameters, &message, &signature), Ok(()), "{id}");
        }
    }
}

pub(crate) fn a_streamed_signature_is_one_over_the_whole(engine: &dyn Engine) {
    for sample in samples(engine) {
        let id = sample.mechanism.id();
        let (private, public) = (sample.signing_key(), sample.verifying_key());
        let (signing, verifying) = (sample.signing, sample.verifying);
        for (message, signature) in signed(&sample, &private) {
            for cut in [0, message.len() / 3, message.len()] {
                let (head, tail) = message.split_at(cut);
                if let Some(mut stream) = signing.stream(&private, &sample.parameters) {
                    stream.update(head);
                    stream.update(tail);
                    let streamed = stream.finish(&Repeatable::new(3)).unwrap();
                    let verdict = verifying.verify(&public, &sample.parameters, &message, &streamed);
                    assert_eq!(verdict, Ok(()), "{id}");
                }
                if let Some(mut stream) = verifying.stream(&public, &sample.parameters) {
                    stream.update(head);
                    stream.update(tail);
                    assert_eq!(stream.finish(&signature), Ok(()), "{id}");
                }
            }
        }
    }
}

pub(crate) fn any_changed_bit_or_length_is_refused(engine: &dyn Engine) {
    for sample in samples(engine) {
        let (private, public) = (sample.signing_key(), sample.verifying_key());
        let (message, signature) = signed(&sample, &private).remove(0);
        let refused = |message: &[u8], signature: &[u8]| {
            let id = sample.mechanism.id();
            let verifying = sample.verifying;
            let verdict = verifying.verify(&public, &sample.parameters, message, signature);
            assert_eq!(verdict, Err(EngineError::SignatureInvalid), "{id}");
            if let Some(mut stream) = verifying.stream(&public, &sample.parameters) {
                stream.update(message);
                assert_eq!(stream.finish(signature), Err(EngineError::SignatureInvalid), "{id}");
            }
        };
        for bit in (0..signature.len() * 8).step_by(37) {
            let mut changed = signature.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            refused(&message, &changed);
        }
        refused(&message, &[]);
        refused(&message, &signature[1..]);
        refused(&message, &signature[..signature.len() - 1]);
        refused(&message, &[signature.as_slice(), &[0]].concat());
        refused(&[message.as_slice(), &[0]].concat(), &signature);
    }
}
