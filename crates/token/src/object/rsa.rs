//! RSA private keys of which a caller gives less than all values: of its attributes only `CKA_MODULUS` and
//! `CKA_PRIVATE_EXPONENT` must be there (PKCS #11 v3.2 section 6.1.3). The rest follows from them.
//!
//! Whether the values fit each other is the engine's to check, as for every key from outside. Times vary with the
//! values: who imports a key knows it.

use alloc::vec::Vec;

use crypto_bigint::{BoxedUint, Gcd, NonZero};
use zeroize::Zeroizing;

use super::key::{required, secret, strip};
use crate::attribute::{AttributeSet, Secrets};
use crate::{AttributeType, Error, Result, RsaPrivate, RsaPublic, Secret};

/// The longest modulus of which values are computed, in bytes.
const MAX_LEN: usize = 1024;

/// The public exponents that are tried where neither one nor the primes are given, the usual one first.
const USUAL_EXPONENTS: [u64; 8] = [65537, 3, 17, 5, 257, 35, 37, 41];

/// What a caller gives: big-endian numbers without leading zeros, empty where there is none.
struct Given<'a> {
    modulus: &'a [u8],
    public_exponent: &'a [u8],
    private_exponent: &'a [u8],
    /// Both primes, d mod (p - 1), d mod (q - 1), and the inverse of q mod p.
    rest: [&'a [u8]; 5],
}

type Number = Zeroizing<BoxedUint>;

/// A key's values in full.
pub(super) fn private(public: &AttributeSet, secrets: &Secrets) -> Result<RsaPrivate> {
    let given = Given::read(public, secrets)?;
    if !given.public_exponent.is_empty() && given.rest.iter().all(|value| !value.is_empty()) {
        let [prime_1, prime_2, exponent_1, exponent_2, coefficient] = given.rest.map(Secret::copied);
        return Ok(RsaPrivate {
            public: RsaPublic {
                modulus: given.modulus.to_vec(),
                public_exponent: given.public_exponent.to_vec(),
            },
            private_exponent: Secret::copied(given.private_exponent),
            prime_1,
            prime_2,
            exponent_1,
            exponent_2,
            coefficient,
        });
    }
    given.check_lengths()?;
    given.completed()
}

impl<'a> Given<'a> {
    fn read(public: &'a AttributeSet, secrets: &'a Secrets) -> Result<Self> {
        let private_exponent = strip(secret(secrets, AttributeType::PrivateExponent)?.expose());
        if private_exponent.is_empty() {
            return Err(Error::AttributeValueInvalid(AttributeType::PrivateExponent));
        }
        let value = |attribute| secrets.value(attribute).map_or(&[][..], |value| strip(value.expose()));
        Ok(Self {
            modulus: strip(required(public, AttributeType::Modulus)?),
            public_exponent: strip(public.bytes(AttributeType::PublicExponent)),
            private_exponent,
            rest: [
                value(AttributeType::Prime1),
                value(AttributeType::Prime2),
                value(AttributeType::Exponent1),
                value(AttributeType::Exponent2),
                value(AttributeType::Coefficient),
            ],
        })
    }

    /// No value is longer than the modulus, so that what is computed has room.
    fn check_lengths(&self) -> Result<()> {
        let max = self.modulus.len();
        if max == 0 || max > MAX_LEN {
            return Err(Error::AttributeValueInvalid(AttributeType::Modulus));
        }
        let [prime_1, prime_2, ..] = self.rest;
        for (attribute, value) in [
            (AttributeType::PublicExponent, self.public_exponent),
            (AttributeType::PrivateExponent, self.private_exponent),
            (AttributeType::Prime1, prime_1),
            (AttributeType::Prime2, prime_2),
        ] {
            if value.len() > max {
                return Err(Error::AttributeValueInvalid(attribute));
            }
        }
        Ok(())
    }

    fn has_a_prime(&self) -> bool {
        self.rest[..2].iter().any(|prime| !prime.is_empty())
    }

    fn completed(&self) -> Result<RsaPrivate> {
        let (public_exponent, p, q) = self.factored()?;
        let d = self.number(self.private_exponent);
        // Without a prime nothing says which of the two goes with which exponent.
        let [_, _, exponent_1, exponent_2, coefficient] =
            if self.has_a_prime() { self.rest } else { Default::default() };
        let or = |given: &[u8], computed: Option<Number>| match (given, computed) {
            ([], Some(computed)) => Ok(secret_of(&computed)),
            ([], None) => Err(Error::TemplateInconsistent(AttributeType::Modulus)),
            (given, _) => Ok(Secret::copied(given)),
        };
        let modulo_less_one = |prime| Some(divided(&d, &less_one(prime)?)?.1);
        Ok(RsaPrivate {
            public: RsaPublic { modulus: self.modulus.to_vec(), public_exponent },
            private_exponent: Secret::copied(self.private_exponent),
            exponent_1: or(exponent_1, modulo_less_one(&p))?,
            exponent_2: or(exponent_2, modulo_less_one(&q))?,
            coefficient: or(coefficient, inverse(&q, &p))?,
            prime_1: secret_of(&p),
            prime_2: secret_of(&q),
        })
    }

    /// The public exponent and both primes.
    fn factored(&self) -> Result<(Vec<u8>, Number, Number)> {
        if !self.has_a_prime() {
            return self.factored_by_exponents();
        }
        let [prime_1, prime_2, ..] = self.rest;
        let n = self.number(self.modulus);
        let other = |given: &[u8], prime: &[u8]| match given {
            [] => divided(&n, &self.number(prime)).map(|(quotient, _)| quotient),
            given => Some(self.number(given)),
        };
        self.checked(other(prime_1, prime_2), other(prime_2, prime_1))
            .ok_or(Error::TemplateInconsistent(AttributeType::Modulus))
    }

    /// Both primes, if the modulus is their product, and the public exponent.
    fn checked(&self, p: Option<Number>, q: Option<Number>) -> Option<(Vec<u8>, Number, Number)> {
        let (p, q) = (p?, q?);
        if product(&p, &q) != self.number(self.modulus) {
            return None;
        }
        let public_exponent = match self.public_exponent {
            [] => bytes_of(&*self.exponent_by(&p, &q)?).to_vec(),
            given => given.to_vec(),
        };
        Some((public_exponent, p, q))
    }

    /// e is the inverse of d modulo the least common multiple of p - 1 and q - 1.
    fn exponent_by(&self, p: &Number, q: &Number) -> Option<Number> {
        let (p_less, q_less) = (less_one(p)?, less_one(q)?);
        let common = Zeroizing::new(p_less.gcd_vartime(&q_less));
        let (order, _) = divided(&product(&p_less, &q_less), &common)?;
        let (_, d) = divided(&self.number(self.private_exponent), &order)?;
        inverse(&d, &order)
    }

    fn factored_by_exponents(&self) -> Result<(Vec<u8>, Number, Number)> {
        let usual = USUAL_EXPONENTS.map(u64::to_be_bytes);
        let candidates: Vec<&[u8]> = match self.public_exponent {
            [] => usual.iter().map(|exponent| strip(exponent)).collect(),
            given => alloc::vec![given],
        };
        let found = candidates.iter().find_map(|e| self.factors(e).map(|(p, q)| (e.to_vec(), p, q)));
        found.ok_or_else(|| {
            tracing::debug!("an RSA key without its primes: they can't be found by its exponents");
            match self.public_exponent {
                [] => Error::TemplateIncomplete(AttributeType::PublicExponent),
                _ => Error::TemplateInconsistent(AttributeType::PrivateExponent),
            }
        })
    }

    /// The primes, greater first, out of both exponents (NIST SP 800-56B revision 2, appendix C.2).
    fn factors(&self, public_exponent: &[u8]) -> Option<(Number, Number)> {
        let n = self.number(self.modulus);
        let (e, d) = (self.number(public_exponent), self.number(self.private_exponent));
        let multiple = less_one(&product(&d, &e))?;
        let common = Zeroizing::new(less_one(&n)?.gcd_vartime(&multiple));
        let (times, rest) = divided(&product(&multiple, &common), &n)?;
        let (sum_less_one, beyond) = divided(&difference(&n, &rest)?, &plus_one(&times))?;
        if bool::from(beyond.is_nonzero()) {
            return None;
        }
        let sum = plus_one(&sum_less_one);
        // The square of the primes' difference.
        let squared = difference(&product(&sum, &sum), &Zeroizing::new(n.shl_vartime(2)?))?;
        let apart = Zeroizing::new(squared.checked_sqrt_vartime()?);
        let twice_p = Zeroizing::new(sum.wrapping_add(&*apart));
        let p = Zeroizing::new(twice_p.shr_vartime(1)?);
        let q = difference(&sum, &p)?;
        (product(&p, &q) == n).then_some((p, q))
    }

    /// A number with room for a product of three moduli, and some more.
    fn number(&self, bytes: &[u8]) -> Number {
        let bits = (3 * self.modulus.len() + 8) * 8;
        Zeroizing::new(BoxedUint::from_be_slice_truncated(bytes, bits as u32))
    }
}

fn product(one: &Number, other: &Number) -> Number {
    Zeroizing::new(one.wrapping_mul(&**other))
}

/// How much greater the first number is; `None` if it is smaller.
fn difference(from: &Number, less: &Number) -> Option<Number> {
    (**from >= **less).then(|| Zeroizing::new(from.wrapping_sub(&**less)))
}

fn less_one(number: &Number) -> Option<Number> {
    difference(number, &one(number))
}

fn plus_one(number: &Number) -> Number {
    Zeroizing::new(number.wrapping_add(&*one(number)))
}

/// One, with as much room.
fn one(like: &Number) -> Number {
    Zeroizing::new(BoxedUint::one_with_precision(like.bits_precision()))
}

/// Quotient and remainder; `None` by zero.
fn divided(number: &Number, by: &Number) -> Option<(Number, Number)> {
    let by = Zeroizing::new(NonZero::new((**by).clone()).into_option()?);
    let (quotient, remainder) = number.div_rem_vartime(&*by);
    Some((Zeroizing::new(quotient), Zeroizing::new(remainder)))
}

/// The inverse modulo a number, if there is one.
fn inverse(number: &Number, modulus: &Number) -> Option<Number> {
    let modulus = Zeroizing::new(NonZero::new((**modulus).clone()).into_option()?);
    number.invert_mod(&modulus).into_option().map(Zeroizing::new)
}

fn bytes_of(number: &BoxedUint) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(number.to_be_bytes_trimmed_vartime().into_vec())
}

fn secret_of(number: &BoxedUint) -> Secret {
    Secret::copied(&bytes_of(number))
}

#[cfg(test)]
mod tests;
