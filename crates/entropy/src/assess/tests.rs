//! Tests of the most common value estimate.

use super::*;

fn estimate(samples: &[u8]) -> MostCommonValue {
    most_common_value(&histogram(samples)).unwrap()
}

/// The example of SP 800-90B section 6.3.1: twenty samples of three values, of which the most common comes eight
/// times, so that p_u = 0.4 + 2.576 * 0.1124 = 0.6895 and the min-entropy 0.5363.
#[test]
fn the_example_of_the_standard() {
    let samples = [0, 1, 1, 2, 0, 1, 2, 2, 0, 1, 0, 1, 1, 0, 2, 2, 1, 0, 2, 1];
    let found = estimate(&samples);
    assert_eq!((found.value, found.count), (1, 8));
    assert!((found.min_entropy - 0.5363).abs() < 0.0001, "{found:?}");
}

#[test]
fn one_value_has_no_entropy_and_uniform_bytes_nearly_eight_bits() {
    assert_eq!(estimate(&[7; 1000]), MostCommonValue { value: 7, count: 1000, min_entropy: 0.0 });
    let uniform: Vec<u8> = (0..=255).cycle().take(1 << 20).collect();
    let found = estimate(&uniform);
    assert_eq!((found.value, found.count), (0, 1 << 12));
    assert!((7.9..8.0).contains(&found.min_entropy), "{found:?}");
}

#[test]
fn too_few_samples_say_nothing() {
    assert_eq!(most_common_value(&histogram(&[])), None);
    assert_eq!(most_common_value(&histogram(&[1])), None);
    assert_eq!(estimate(&[1, 2]).min_entropy, 0.0);
}
