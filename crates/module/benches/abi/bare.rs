//! The other side of the comparison: the library that our engine computes with, called directly and with everything
//! prepared, as fast as it goes.

use std::hint::black_box;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{AES_256, EncryptingKey, EncryptionContext, UnboundCipherKey};
use aws_lc_rs::digest::{Digest, SHA256, digest};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RSA_PKCS1_SHA256};
use portcullis_entropy::{Random as _, RandomPool, Seed};

use crate::c::Trouble;
use crate::rounds::{Run, Side, in_two, repeat};

/// What this side is called.
pub(crate) const BARE: &str = "bare aws-lc-rs";

/// What the generator is called that the module draws from.
pub(crate) const GENERATOR: &str = "bare portcullis-entropy";

/// A side of the bare library.
pub(crate) fn side<'a>(run: Result<Run<'a>, Trouble>) -> Side<'a> {
    Side { name: BARE.to_owned(), run }
}

impl From<Unspecified> for Trouble {
    fn from(_: Unspecified) -> Self {
        Self::Bare
    }
}

fn p256() -> Result<EcdsaKeyPair, Unspecified> {
    EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
}

/// ECDSA on P-256 over a finished digest.
fn p256_signer(data: &'static [u8; 32]) -> Result<impl FnMut() -> Result<(), Trouble>, Trouble> {
    let key = p256()?;
    Ok(move || {
        black_box(key.sign_digest(&Digest::import_less_safe(black_box(data), &SHA256)?)?);
        Ok(())
    })
}

pub(crate) fn p256_sign(data: &'static [u8; 32]) -> Result<Run<'static>, Trouble> {
    Ok(repeat(p256_signer(data)?))
}

/// The same in two threads.
pub(crate) fn p256_sign_in_two(data: &'static [u8; 32]) -> Result<Run<'static>, Trouble> {
    Ok(in_two([p256_signer(data)?, p256_signer(data)?]))
}

pub(crate) fn p256_generate() -> Result<Run<'static>, Trouble> {
    Ok(repeat(|| {
        black_box(p256()?);
        Ok(())
    }))
}

pub(crate) fn rsa_sign(data: &'static [u8]) -> Result<Run<'static>, Trouble> {
    let key = RsaKeyPair::generate(KeySize::Rsa2048)?;
    let mut signature = vec![0; key.public_modulus_len()];
    let random = SystemRandom::new();
    Ok(repeat(move || Ok(key.sign(&RSA_PKCS1_SHA256, &random, black_box(data), &mut signature)?)))
}

pub(crate) fn ed25519_sign(data: &'static [u8]) -> Result<Run<'static>, Trouble> {
    let key = Ed25519KeyPair::generate()?;
    Ok(repeat(move || {
        black_box(key.try_sign(black_box(data))?);
        Ok(())
    }))
}

pub(crate) fn random(len: usize) -> Result<Run<'static>, Trouble> {
    let mut out = vec![0; len];
    Ok(repeat(move || Ok(aws_lc_rs::rand::fill(black_box(&mut out))?)))
}

/// The generator behind the module, without the module.
pub(crate) fn generator<'a>(len: usize) -> Side<'a> {
    let (pool, mut out) = (RandomPool::host(Seed::NotKept), vec![0; len]);
    let fill = move || pool.fill(black_box(&mut out)).map_err(|_| Trouble::Bare);
    Side { name: GENERATOR.to_owned(), run: Ok(repeat(fill)) }
}

pub(crate) fn sha256(len: usize) -> Result<Run<'static>, Trouble> {
    let data = vec![0x5a; len];
    Ok(repeat(move || {
        black_box(digest(&SHA256, black_box(&data)));
        Ok(())
    }))
}

/// In place, with the tag apart.
pub(crate) fn aes_gcm(len: usize) -> Result<Run<'static>, Trouble> {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[7; 32])?);
    let mut data = vec![0x5a; len];
    Ok(repeat(move || {
        let nonce = Nonce::assume_unique_for_key([1; 12]);
        let tag = key.seal_in_place_separate_tag(nonce, Aad::empty(), black_box(&mut data))?;
        black_box(tag.as_ref());
        Ok(())
    }))
}

pub(crate) fn aes_cbc(len: usize) -> Result<Run<'static>, Trouble> {
    encrypting(EncryptingKey::cbc(UnboundCipherKey::new(&AES_256, &[7; 32])?)?, len)
}

pub(crate) fn aes_ctr(len: usize) -> Result<Run<'static>, Trouble> {
    encrypting(EncryptingKey::ctr(UnboundCipherKey::new(&AES_256, &[7; 32])?)?, len)
}

/// In place.
fn encrypting(key: EncryptingKey, len: usize) -> Result<Run<'static>, Trouble> {
    let mut data = vec![0x5a; len];
    Ok(repeat(move || {
        let iv = EncryptionContext::Iv128(FixedLength::from([1; 16]));
        black_box(key.less_safe_encrypt(black_box(&mut data), iv)?);
        Ok(())
    }))
}
