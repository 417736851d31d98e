//! `entropy`: noise sources as a porter of hardware and an assessor look at them.

use std::fs;
use std::process::{Command, Stdio};

use crate::support::{BINARY, Run, Scene, skip};

#[test]
fn sources_are_listed_with_their_claims_and_health() {
    let scene = Scene::empty();
    let rows = scene.json(&["entropy", "list"]);
    let rows = rows.as_array().expect("rows");
    let names: Vec<_> = rows.iter().filter_map(|row| row["source"].as_str()).collect();
    assert_eq!(names, ["os", "rdseed", "rdrand", "jitter", "hwrng"]);
    let os = &rows[0];
    assert_eq!((&os["state"], &os["min_entropy_per_sample"]), (&"healthy".into(), &8.0.into()), "{os}");
    assert_eq!((&os["samples_for_a_start"], &os["window"]), (&48.into(), &512.into()), "{os}");
    assert_eq!((&os["repetition_cutoff"], &os["proportion_cutoff"]), (&5.into(), &16.into()), "{os}");
    let jitter = &rows[3];
    assert_eq!(jitter["samples_for_a_start"], 1536, "{jitter}");
    // What is not there has a state, and no claim.
    for row in rows.iter().filter(|row| row["state"] == "absent") {
        assert!(row.get("min_entropy_per_sample").is_none(), "{row}");
    }
    let table = scene.ok(&["entropy", "list"]);
    assert!(table.lines().count() == 6 && table.contains("claimed bits/sample"), "{table}");
    assert!(!scene.store_folder().exists(), "looking makes no token");
}

#[test]
fn raw_samples_go_to_a_file_or_a_pipe_one_byte_each() {
    let scene = Scene::empty();
    let file = scene.path("raw.bin");
    for source in ["os", "jitter", "/dev/urandom"] {
        let said = scene.json(&["entropy", "raw", "--source", source, "--bytes", "5000", "--out", &file]);
        assert_eq!((&said["source"], &said["samples"]), (&source.into(), &5000.into()), "{said}");
        let written = fs::read(&file).expect("the samples");
        assert_eq!(written.len(), 5000);
        let value = said["most_common_value"].as_u64().expect("a value");
        let count = written.iter().filter(|&&sample| u64::from(sample) == value).count();
        assert_eq!(said["most_common_count"], count, "{said}");
        assert!(said["most_common_value_min_entropy"].as_f64().is_some_and(|bits| bits < 8.0), "{said}");

        let piped = scene.command(&["entropy", "raw", "--source", source, "--bytes", "1025"]).output();
        let piped = piped.expect("the binary runs");
        assert!(piped.status.success() && piped.stderr.is_empty(), "{piped:?}");
        assert_eq!(piped.stdout.len(), 1025);
        assert_ne!(piped.stdout[..1024], written[..1024]);
    }
}

#[test]
fn a_sentence_says_what_was_written() {
    let scene = Scene::empty();
    let file = scene.path("zero.bin");
    let args = ["entropy", "raw", "--source", "/dev/zero", "--bytes", "2000", "--out", &file];
    let said = scene.ok(&args);
    assert!(
        said.starts_with("/dev/zero: 2000 samples; 0 comes most often, 2000 times: at most 0.00 bits"),
        "{said}"
    );
    assert!(said.contains("1 claimed") && said.contains("zero.bin"), "{said}");
}

#[test]
fn a_source_that_is_none_is_refused_with_its_reason() {
    let scene = Scene::empty();
    let raw =
        |source: &str| scene.run(&["entropy", "raw", "--source", source, "--bytes", "100", "--out", "x"]);
    raw("/dev/portcullis-has-none").assert_refused(5, "there is no noise source /dev/portcullis-has-none");
    raw("/dev/null").assert_refused(12, "failed after 0 samples");
    raw(&scene.write("fixed", [7; 4096])).assert_refused(7, "fixed contents");
    assert!(!scene.file("x").exists(), "what gave nothing leaves no file");
    let unknown = raw("rdsed");
    assert_eq!(unknown.code, 2, "{unknown:?}");
    assert!(unknown.stderr.contains("none of os, rdseed, rdrand, jitter and hwrng"), "{unknown:?}");
    let none = scene.run(&["entropy", "raw", "--source", "os", "--bytes", "0"]);
    assert_eq!(none.code, 2, "{none:?}");
    let unwritable =
        scene.run(&["entropy", "raw", "--source", "os", "--bytes", "1", "--out", "no/such/folder"]);
    unwritable.assert_refused(1, "can't write no/such/folder");
}

#[test]
fn raw_samples_are_kept_off_a_terminal() {
    if Command::new("script").arg("--version").output().is_err() {
        skip("raw_samples_are_kept_off_a_terminal", "script is not installed");
        return;
    }
    let command = format!("{BINARY} entropy raw --source os --bytes 64");
    let shown = Command::new("script").args(["-qec", &command, "/dev/null"]).stdin(Stdio::null()).output();
    let shown = Run::of(shown);
    assert_eq!(shown.code, 2, "{shown:?}");
    assert!(shown.stdout.contains("name a file for them with --out"), "{shown:?}");
}

#[test]
fn the_help_says_what_a_sample_of_each_source_is() {
    let scene = Scene::empty();
    let help = scene.ok(&["entropy", "raw", "--help"]);
    for words in [
        "jitter  the low byte",
        "hwrng   a byte",
        "rdseed  a byte",
        "rdrand  a byte",
        "os      a byte",
        "ea_non_iid",
    ] {
        assert!(help.contains(words), "no \"{words}\" in {help}");
    }
}

#[test]
fn a_source_is_drawn() {
    let scene = Scene::empty();
    let file = scene.path("jitter.svg");
    let said = scene.json(&["entropy", "plot", "--source", "jitter", "--bytes", "3000", "--out", &file]);
    assert_eq!((&said["samples"], &said["file"]), (&3000.into(), &file.clone().into()), "{said}");
    let picture = fs::read_to_string(&file).expect("the picture");
    assert!(picture.starts_with("<svg ") && picture.trim_end().ends_with("</svg>"), "{picture}");
    for words in ["Noise source jitter", "3000 samples; ", "share of all samples (%)", "the sample after it"]
    {
        assert!(picture.contains(words), "no \"{words}\"");
    }
    let shown = scene.ok(&["entropy", "plot", "--source", "os", "--bytes", "2000"]);
    assert!(shown.starts_with("<svg ") && shown.contains("Noise source os"), "{shown}");
    scene.run(&["entropy", "plot", "--source", "/dev/null"]).assert_refused(12, "failed after 0 samples");
}
