//! ECDHE on the NIST curves (SP 800-56A, RFC 8446 section 4.2.8.2).

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use p256::elliptic_curve::sec1::{FromSec1Point, ModulusSize, ToSec1Point};
use p256::elliptic_curve::{AffinePoint, CurveArithmetic, FieldBytes, FieldBytesSize, PublicKey, SecretKey};
use portcullis_entropy::Random;
use rustls::crypto::{ActiveKeyExchange, GetRandomFailed, SharedSecret, SupportedKxGroup};
use rustls::ffdhe_groups::FfdheGroup;
use rustls::{Error, NamedGroup};
use zeroize::Zeroizing;

use super::{fill, invalid_share};

/// How often a scalar is drawn before the source is taken to be broken. One draw in 2^32 misses on P-256,
/// far fewer on P-384.
const DRAWS: usize = 8;

/// The first byte of an uncompressed point, the only form that TLS allows (SEC 1 section 2.3.3).
const UNCOMPRESSED: u8 = 0x04;

/// One curve, with secrets from one source.
pub(crate) struct NistGroup<C> {
    name: NamedGroup,
    random: Arc<dyn Random>,
    curve: PhantomData<C>,
}

impl<C: CurveArithmetic> NistGroup<C> {
    pub(crate) fn new(name: NamedGroup, random: Arc<dyn Random>) -> Self {
        Self { name, random, curve: PhantomData }
    }

    /// A scalar from 1 to n-1, each as likely as the other, by rejection (FIPS 186-5 appendix A.2.2).
    fn draw(&self) -> Result<SecretKey<C>, GetRandomFailed> {
        let mut bytes = Zeroizing::new(FieldBytes::<C>::default());
        for _ in 0..DRAWS {
            fill(self.random.as_ref(), bytes.as_mut_slice())?;
            if let Ok(secret) = SecretKey::from_bytes(&bytes) {
                return Ok(secret);
            }
        }
        Err(GetRandomFailed)
    }
}

impl<C> SupportedKxGroup for NistGroup<C>
where
    C: CurveArithmetic,
    FieldBytesSize<C>: ModulusSize,
    AffinePoint<C>: FromSec1Point<C> + ToSec1Point<C>,
{
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        let secret = self.draw()?;
        let public = secret.public_key().to_sec1_point(false).as_bytes().to_vec();
        Ok(Box::new(Exchange { name: self.name, secret, public }))
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        None
    }

    fn name(&self) -> NamedGroup {
        self.name
    }
}

impl<C> fmt::Debug for NistGroup<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name.fmt(f)
    }
}

/// An exchange that waits for the peer's share. The secret wipes itself when dropped.
struct Exchange<C: CurveArithmetic> {
    name: NamedGroup,
    secret: SecretKey<C>,
    public: Vec<u8>,
}

impl<C> ActiveKeyExchange for Exchange<C>
where
    C: CurveArithmetic,
    FieldBytesSize<C>: ModulusSize,
    AffinePoint<C>: FromSec1Point<C> + ToSec1Point<C>,
{
    fn complete(self: Box<Self>, peer: &[u8]) -> Result<SharedSecret, Error> {
        if peer.first() != Some(&UNCOMPRESSED) {
            return Err(invalid_share());
        }
        // Refuses points off the curve. The curve's order is prime, so no other point is of small order.
        let peer = PublicKey::<C>::from_sec1_bytes(peer).map_err(|_| invalid_share())?;
        let shared = self.secret.diffie_hellman(&peer);
        Ok(SharedSecret::from(shared.raw_secret_bytes().as_slice()))
    }

    fn pub_key(&self) -> &[u8] {
        &self.public
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        None
    }

    fn group(&self) -> NamedGroup {
        self.name
    }
}
