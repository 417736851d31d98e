//! Tests of the sources' names.

use super::*;

#[test]
fn names_are_read_as_they_are_written() {
    for noise in Noise::NAMED.into_iter().chain([Noise::Device("/dev/ttyACM0".into())]) {
        assert_eq!(noise.to_string().parse::<Noise>().ok(), Some(noise));
    }
    assert!("rdsed".parse::<Noise>().is_err() && "".parse::<Noise>().is_err());
}

#[test]
fn a_source_bears_its_name() {
    for noise in Noise::NAMED {
        if let Ok(source) = noise.open() {
            assert_eq!(source.name(), noise.name());
        }
    }
}

#[test]
fn claims_are_short() {
    assert_eq!([8.0, 0.25, 256.0 / 8176.0, 10.0].map(bits), ["8", "0.25", "0.031", "10"]);
}
