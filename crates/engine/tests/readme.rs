//! The README's mechanism table is what the engines have.

use std::collections::BTreeMap;
use std::fs;

use portcullis_engine::{AwsLcEngine, RingEngine};
use portcullis_token::{Engine, KeyType, Mechanism, MechanismType};

/// What a mechanism does.
fn abilities(mechanism: &'static dyn Mechanism) -> String {
    let abilities: Vec<_> = [
        ("sign", mechanism.signing().is_some()),
        ("verify", mechanism.verifying().is_some()),
        ("sign_recover", mechanism.sign_recovering().is_some()),
        ("verify_recover", mechanism.verify_recovering().is_some()),
        ("encrypt", mechanism.encrypting().is_some()),
        ("decrypt", mechanism.decrypting().is_some()),
        ("wrap", mechanism.wrapping().is_some()),
        ("unwrap", mechanism.unwrapping().is_some()),
        ("digest", mechanism.digesting().is_some()),
        ("generate", mechanism.generating().is_some()),
        ("derive", mechanism.deriving().is_some()),
        ("encapsulate", mechanism.encapsulating().is_some()),
        ("decapsulate", mechanism.decapsulating().is_some()),
    ]
    .into_iter()
    .filter_map(|(name, able)| able.then_some(name))
    .collect();
    abilities.join(", ")
}

/// The keys that a mechanism takes.
fn keys(mechanism: &'static dyn Mechanism) -> String {
    let (smallest, largest) = mechanism.key_sizes().into_inner();
    match mechanism.key_types().first().copied() {
        None => "yes".to_owned(),
        Some(key_type) => {
            // By the public key's bytes on lattices, as `KeyMaterial::size` counts.
            let in_bytes = key_type.is_symmetric() || matches!(key_type, KeyType::MlKem | KeyType::MlDsa);
            let unit = if in_bytes { "bytes" } else { "bits" };
            if smallest == largest {
                format!("{smallest} {unit}")
            } else {
                format!("{smallest} to {largest} {unit}")
            }
        }
    }
}

fn table(engine: &dyn Engine) -> BTreeMap<MechanismType, &'static dyn Mechanism> {
    engine.mechanisms().iter().map(|mechanism| (mechanism.id(), *mechanism)).collect()
}

#[test]
fn the_readme_lists_what_the_engines_have() {
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let listed: Vec<_> = readme.lines().filter(|line| line.starts_with("| `CKM_")).collect();
    let (ring, aws_lc) = (table(&RingEngine), table(&AwsLcEngine));
    let mut present = Vec::new();
    for (id, mechanism) in &aws_lc {
        let in_ring = ring.get(id).map_or("-".to_owned(), |mechanism| keys(*mechanism));
        present.push(format!(
            "| `CKM_{id}` | {} | {in_ring} | {} |",
            abilities(*mechanism),
            keys(*mechanism)
        ));
    }
    assert_eq!(listed, present);
    // The table has one column for what a mechanism does, and no row that is `ring`'s alone.
    for (id, mechanism) in &ring {
        assert_eq!(aws_lc.get(id).map(|other| abilities(*other)), Some(abilities(*mechanism)), "{id}");
    }
}
