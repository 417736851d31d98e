//! Our key exchange against `ring`'s, both ways, and against shares that no honest peer sends.

use portcullis_tls::provider;
use rustls::crypto::{SupportedKxGroup, ring};
use rustls::{Error, NamedGroup, PeerMisbehaved};

use crate::common::Stream;

fn ours(name: NamedGroup, start: u64) -> &'static dyn SupportedKxGroup {
    let mut groups = provider(Stream::new(start)).kx_groups;
    groups.retain(|group| group.name() == name);
    groups[0]
}

fn rings(name: NamedGroup) -> &'static dyn SupportedKxGroup {
    ring::ALL_KX_GROUPS.iter().find(|group| group.name() == name).copied().unwrap()
}

const GROUPS: [NamedGroup; 3] = [NamedGroup::X25519, NamedGroup::secp256r1, NamedGroup::secp384r1];

#[test]
fn our_groups_are_rings_in_rings_order() {
    let names = |groups: &[&'static dyn SupportedKxGroup]| {
        groups.iter().map(|group| group.name()).collect::<Vec<_>>()
    };
    assert_eq!(names(&provider(Stream::new(1)).kx_groups), names(ring::DEFAULT_KX_GROUPS));
}

#[test]
fn both_sides_reach_one_secret_with_ring_in_either_role() {
    for name in GROUPS {
        for start in 0..8 {
            let (ours, rings) = (ours(name, start), rings(name));
            for (client, server) in [(ours, rings), (rings, ours), (ours, ours)] {
                let waiting = client.start().unwrap();
                let done = server.start_and_complete(waiting.pub_key()).unwrap();
                let secret = waiting.complete(&done.pub_key).unwrap();
                assert_eq!(secret.secret_bytes(), done.secret.secret_bytes(), "{name:?}");
                assert_eq!(done.group, name);
                assert!(secret.secret_bytes().iter().any(|byte| *byte != 0));
            }
        }
    }
}

fn refused(group: &dyn SupportedKxGroup, share: &[u8]) -> bool {
    let result = group.start().unwrap().complete(share).map(|_| ());
    result == Err(Error::PeerMisbehaved(PeerMisbehaved::InvalidKeyShare))
}

#[test]
fn x25519_refuses_points_of_small_order_and_wrong_lengths() {
    let group = ours(NamedGroup::X25519, 1);
    // The orders 1, 2 (4) and 8 of RFC 7748's curve, and p - 1, p, p + 1, which stand for them once more.
    let order_8 = "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800";
    let order_8_too = "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157";
    let near_p = [0xec, 0xed, 0xee].map(|low| format!("{low:02x}{}7f", "ff".repeat(30)));
    let small = [format!("00{}", "00".repeat(31)), format!("01{}", "00".repeat(31))];
    let points = small.into_iter().chain(near_p).chain([order_8.to_owned(), order_8_too.to_owned()]);
    for point in points {
        assert!(refused(group, &unhex(&point)), "{point}");
    }
    for length in [0, 31, 33, 65] {
        assert!(refused(group, &vec![9; length]), "{length}");
    }
}

#[test]
fn nist_groups_refuse_all_but_uncompressed_points_on_the_curve() {
    for (name, size) in [(NamedGroup::secp256r1, 32), (NamedGroup::secp384r1, 48)] {
        let group = ours(name, 2);
        let good = rings(name).start().unwrap().pub_key().to_vec();
        assert!(!refused(group, &good));

        let mut off_curve = good.clone();
        off_curve[2 * size] ^= 1;
        let mut compressed = good[..=size].to_vec();
        compressed[0] = 2 + (good[2 * size] & 1);
        let mut hybrid = good.clone();
        hybrid[0] = 6 + (good[2 * size] & 1);
        let mut beyond_the_field = vec![0xff; 1 + 2 * size];
        beyond_the_field[0] = 4;
        let mut origin = vec![0; 1 + 2 * size];
        origin[0] = 4;
        let identity = vec![0];
        for share in [off_curve, compressed, hybrid, beyond_the_field, origin, identity, Vec::new()] {
            assert!(refused(group, &share), "{name:?} {share:x?}");
        }
        let trailing = [good.as_slice(), &[0]].concat();
        assert!(refused(group, &trailing));
        assert!(refused(group, &good[..2 * size]));
    }
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}
