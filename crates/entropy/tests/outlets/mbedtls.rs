//! C programs that draw through `mbedtls_hardware_poll`: one that calls it itself, and one of mbedTLS.

use std::path::{Path, PathBuf};
use std::process::Command;

use portcullis_pal::testkit::skip;
use tempfile::TempDir;

use crate::{fixed, foreign};

/// The program of a C source, linked with the library that has the symbol; or what the compiler says.
fn compiled(source: &str, into: &TempDir, libraries: &[&str]) -> Result<PathBuf, String> {
    let program = into.path().join(source).with_extension("");
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/outlets/foreign");
    let mut compiler = Command::new("cc");
    compiler.args(["-std=c11", "-Wall", "-Werror", "-o"]).arg(&program).arg(sources.join(source));
    compiler.arg(foreign::host().join("libforeign.a")).args(libraries).args(["-lpthread", "-ldl", "-lm"]);
    let output = compiler.output().map_err(|error| error.to_string())?;
    if output.status.success() {
        Ok(program)
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// Whether a C header is there.
fn has_header(name: &str) -> bool {
    let mut compiler = Command::new("cc");
    compiler.args(["-E", "-x", "c", "-include", name, "/dev/null"]);
    compiler.output().is_ok_and(|output| output.status.success())
}

#[test]
fn a_c_program_draws_from_the_pool() {
    if !has_header("stdio.h") {
        return skip("a_c_program_draws_from_the_pool", "a C compiler is not installed");
    }
    let folder = tempfile::tempdir().unwrap();
    let program = compiled("poll.c", &folder, &[]).unwrap();
    let status = |source| Command::new(&program).env("SOURCE", source).output().unwrap();
    let printed = |source| String::from_utf8(status(source).stdout).unwrap();
    let mut whole = vec![0; 69_999];
    portcullis_entropy::Random::fill(&fixed(), &mut whole).unwrap();
    assert_eq!(printed("fixed").trim(), hex::encode(&whole[..40]));
    assert_eq!(status("host").status.code(), Some(0));
    for source in ["stuck", "panics", "asks itself"] {
        assert_eq!((status(source).status.code(), printed(source).trim()), (Some(2), "-60 0"), "{source}");
    }
}

#[test]
fn an_mbedtls_application_seeds_its_generator_from_the_pool() {
    if !has_header("mbedtls/entropy.h") {
        let why = "mbedTLS (libmbedtls-dev) is not installed";
        return skip("an_mbedtls_application_seeds_its_generator_from_the_pool", why);
    }
    let folder = tempfile::tempdir().unwrap();
    let program = compiled("draw.c", &folder, &["-lmbedcrypto"]).unwrap();
    let printed = |source| foreign::run(Command::new(&program).env("SOURCE", source));
    let (one, two) = (printed("host"), printed("host"));
    for (text, ended_well) in [&one, &two] {
        let (given, bytes) = text.split_once(' ').unwrap();
        assert!(*ended_well && given.parse::<usize>().unwrap() >= 48 && bytes.len() == 64, "{text}");
    }
    assert_ne!(one.0, two.0);
    // `MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED`, which is what its generator makes of the error of a source.
    assert_eq!(printed("stuck"), ("-0x0034".to_owned(), false));
}
