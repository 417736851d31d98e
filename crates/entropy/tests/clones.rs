//! Devices that are copies of one image.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod common;

use std::collections::HashSet;
use std::sync::Arc;

use common::{block, image, seeded, stuck};

const DEVICES: u32 = 10_000;

#[test]
fn ten_thousand_clones_of_one_image_differ_by_their_device_id() {
    let origin = seeded();
    let mut seen = HashSet::new();
    for device in 0..DEVICES {
        let own = Arc::new(image(&origin));
        assert!(seen.insert(block(&stuck(&own, &device.to_be_bytes())).unwrap()), "device {device}");
    }
    assert_eq!(seen.len(), DEVICES as usize);
}

/// The device id and nothing else tells clones apart: who gives two devices one id gets one device.
#[test]
fn clones_with_one_device_id_are_one_device() {
    let origin = seeded();
    let first = || block(&stuck(&Arc::new(image(&origin)), b"same")).unwrap();
    assert_eq!(first(), first());
}
