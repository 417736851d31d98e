//! The README's mechanism table is the engine's.

use std::fs;

use portcullis_engine::RingEngine;
use portcullis_token::{Engine, Mechanism};

fn row(mechanism: &'static dyn Mechanism) -> String {
    let abilities: Vec<_> = [
        ("sign", mechanism.signing().is_some()),
        ("verify", mechanism.verifying().is_some()),
        ("digest", mechanism.digesting().is_some()),
        ("generate", mechanism.generating().is_some()),
    ]
    .into_iter()
    .filter_map(|(name, able)| able.then_some(name))
    .collect();
    let (smallest, largest) = mechanism.key_sizes().into_inner();
    let sizes = match mechanism.key_type() {
        None => "-".to_owned(),
        Some(key_type) => {
            let unit = if key_type.is_symmetric() { "bytes" } else { "bits" };
            if smallest == largest {
                format!("{smallest} {unit}")
            } else {
                format!("{smallest} to {largest} {unit}")
            }
        }
    };
    format!("| `CKM_{}` | {} | {sizes} |", mechanism.id(), abilities.join(", "))
}

#[test]
fn the_readme_lists_what_the_engine_has() {
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let listed: Vec<_> = readme.lines().filter(|line| line.starts_with("| `CKM_")).collect();
    let present: Vec<_> = RingEngine.mechanisms().iter().map(|mechanism| row(*mechanism)).collect();
    assert_eq!(listed, present);
}
