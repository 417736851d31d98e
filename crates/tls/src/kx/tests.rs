//! The fast and the portable arithmetic against each other, and against published values.

use super::*;

/// Bytes that look random and are the same in every run.
fn bytes(len: usize, seed: u8) -> Vec<u8> {
    (0..len).map(|at| (at as u8).wrapping_mul(167).wrapping_add(seed.wrapping_mul(59)) ^ 0x5a).collect()
}

fn agreed<S: Secret>(secret: &[u8], peer: &[u8]) -> Option<Vec<u8>> {
    S::from_bytes(secret)?.agree(peer).map(|shared| shared.secret_bytes().to_vec())
}

fn share<S: Secret>(secret: &[u8]) -> Option<Vec<u8>> {
    S::from_bytes(secret).map(|secret| secret.share())
}

/// Shares and shared secrets of two implementations are the same, whoever is which side.
fn are_the_same<A: Secret, B: Secret>() {
    assert_eq!(A::GROUP, B::GROUP);
    for seed in 0..64 {
        let (ours, theirs) = (bytes(A::LEN, seed), bytes(A::LEN, seed ^ 0x80));
        let (our_share, their_share) = (share::<A>(&ours), share::<A>(&theirs));
        assert_eq!(our_share, share::<B>(&ours));
        let (Some(our_share), Some(their_share)) = (our_share, their_share) else { continue };
        let shared = agreed::<A>(&ours, &their_share);
        assert!(shared.is_some());
        assert_eq!(shared, agreed::<B>(&ours, &their_share));
        assert_eq!(shared, agreed::<B>(&theirs, &our_share));
    }
}

/// What is no secret and what is no share is refused.
fn refuses_what_is_invalid<S: Secret>() {
    let good = bytes(S::LEN, 1);
    let own = share::<S>(&good).unwrap();
    for invalid in [&[][..], &own[1..], &[&own[..], &[0]].concat(), &vec![0; own.len()]] {
        assert_eq!(agreed::<S>(&good, invalid), None);
    }
    if S::GROUP != NamedGroup::X25519 {
        assert!(S::from_bytes(&vec![0; S::LEN]).is_none());
        assert!(S::from_bytes(&vec![0xff; S::LEN]).is_none());
        let mut off_the_curve = own.clone();
        *off_the_curve.last_mut().unwrap() ^= 1;
        let compressed = [&[2 + (own[own.len() - 1] & 1)], &own[1..=S::LEN]].concat();
        for invalid in [off_the_curve, compressed] {
            assert_eq!(agreed::<S>(&good, &invalid), None);
        }
    }
}

#[test]
fn portable_arithmetic_refuses_what_is_invalid() {
    refuses_what_is_invalid::<portable::X25519>();
    refuses_what_is_invalid::<portable::Nist<p256::NistP256>>();
    refuses_what_is_invalid::<portable::Nist<p384::NistP384>>();
}

#[test]
fn portable_x25519_is_that_of_rfc_7748() {
    is_that_of_rfc_7748::<portable::X25519>();
}

/// The first vector of section 5.2.
fn is_that_of_rfc_7748<S: Secret>() {
    let hex = |digits: &str| -> Vec<u8> {
        let byte = |at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
        (0..digits.len()).step_by(2).map(byte).collect()
    };
    let scalar = hex("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4");
    let point = hex("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c");
    let shared = hex("c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552");
    assert_eq!(agreed::<S>(&scalar, &point), Some(shared));
}

#[cfg(target_arch = "x86_64")]
mod fast_against_portable {
    use super::*;

    /// Whether there is anything to compare on this processor; says so where there is not.
    fn can_run(test: &str) -> bool {
        if !fast::is_available() {
            eprintln!("skipped: {test}: the processor lacks instructions");
        }
        fast::is_available()
    }

    #[test]
    fn shares_and_secrets_are_the_same() {
        if can_run("shares_and_secrets_are_the_same") {
            are_the_same::<fast::X25519, portable::X25519>();
            are_the_same::<fast::P256, portable::Nist<p256::NistP256>>();
            are_the_same::<fast::P384, portable::Nist<p384::NistP384>>();
        }
    }

    #[test]
    fn fast_arithmetic_refuses_what_is_invalid() {
        if can_run("fast_arithmetic_refuses_what_is_invalid") {
            refuses_what_is_invalid::<fast::X25519>();
            refuses_what_is_invalid::<fast::P256>();
            refuses_what_is_invalid::<fast::P384>();
        }
    }

    #[test]
    fn fast_x25519_is_that_of_rfc_7748() {
        if can_run("fast_x25519_is_that_of_rfc_7748") {
            is_that_of_rfc_7748::<fast::X25519>();
        }
    }
}
