//! The crate without `std`, as a board has it: one generator, HMAC_DRBG SHA-256, behind a spin lock.

use std::process::Command;

use portcullis_entropy::{Composition, Mechanism, Random, Seed};

use crate::common::good;
use crate::drawn;
use crate::foreign::{self, Package};

#[test]
fn without_std_a_single_generator_is_hmac_drbg() {
    let package = Package {
        name: "board",
        manifest: r#"
            [[bin]]
            name = "board"
            path = "SOURCES/board.rs"
            [dependencies]
            portcullis-entropy = { path = "ENTROPY", default-features = false }
            [profile.dev]
            debug = false
        "#,
        rustflags: "",
    };
    let (text, ended_well) = foreign::run(&mut Command::new(package.build().join("board")));
    assert!(ended_well);

    let same = Composition::new(Seed::NotKept).source(good(1)).generator(Mechanism::HmacSha256).single();
    let mut fresh = [0; 40];
    let plain = drawn(&same, 40);
    same.fill_fresh(&mut fresh).unwrap();
    assert_eq!(text, format!("{plain} {}", hex::encode(fresh)));
}
