//! The closing words, as programs and people read them.

use super::*;

fn summary() -> Summary {
    let row = |step, ending| Row { step, ending, took: Duration::from_millis(1500) };
    let mut tests = Tests::default();
    tests.add_run("test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out\n", true);
    tests.add_skips("skipped: mqtt: mosquitto is not installed\n");
    Summary {
        rows: vec![
            row("fmt", Ending::passed("")),
            row("clippy", Ending::failed("2 of 3 commands failed")),
            row("docs", Ending::skipped("left out by --fast")),
        ],
        tests,
    }
}

#[test]
fn the_closing_line_stands_alone_and_last() {
    assert_eq!(summary().to_string().lines().last(), Some("4 passed, 0 failed, 2 skipped"));
}

#[test]
fn the_table_names_each_step_and_each_skip() {
    let shown = summary().to_string();
    for line in [
        "    fmt         passed      1.5 s",
        "    clippy      FAILED      1.5 s  2 of 3 commands failed",
        "    docs        skipped     1.5 s  left out by --fast",
        "    total 4.5 s",
        "    skipped: mqtt: mosquitto is not installed",
        "    failed steps: clippy",
    ] {
        assert!(shown.lines().any(|shown| shown == line), "{line:?} is not in\n{shown}");
    }
    assert!(summary().failed());
}

#[test]
fn json_says_the_same() {
    let value: serde_json::Value = serde_json::from_str(&summary().json()).unwrap();
    assert_eq!(value["steps"][1]["name"], "clippy");
    assert_eq!(value["steps"][1]["verdict"], "failed");
    assert_eq!(value["tests"]["passed"], 4);
    assert_eq!(value["tests"]["skips"][0], "skipped: mqtt: mosquitto is not installed");
}
