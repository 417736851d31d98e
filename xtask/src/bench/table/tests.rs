//! The table of a report that a benchmark could have printed.

use super::*;

const REPORT: &str = r#"{
    "processors": 2, "busy": 1.25, "rounds": 25,
    "missing": [{ "side": "SoftHSM2", "why": "it is not installed" }],
    "measures": [{
        "name": "sign", "what": "a signature",
        "sides": [
            { "side": "Portcullis", "is_ours": true, "per_second": 41234.4, "quartiles": [41000.0, 42000.0], "ours_is": null, "ours_is_between": null },
            { "side": "bare", "is_ours": false, "per_second": 50000.0, "quartiles": [49000.0, 51000.0], "ours_is": 0.825, "ours_is_between": [0.8, 0.95] }
        ],
        "left_out": [{ "side": "other", "why": "it does not list CKM_ECDSA" }],
        "goals": [
            { "over": "bare", "wanted": 0.9, "reached": 0.825, "between": [0.8, 0.95], "met": false },
            { "over": "SoftHSM2", "wanted": 2.5, "reached": null, "between": null, "met": null },
            { "over": null, "wanted": 40000.0, "reached": 41234.4, "between": [41000.0, 42000.0], "met": true }
        ]
    }]
}"#;

fn lines() -> Vec<String> {
    let table = Table(&Report::parse(REPORT).unwrap()).to_string();
    table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn each_goal_stands_beside_its_side() {
    let lines = lines();
    for expected in [
        "Portcullis 41 234 40 000: met",
        "bare 50 000 0.82x (0.80-0.95) 0.90x: not met, within the noise",
        "goals: 1 met, 1 missed, 1 not measured; 1 of them within the noise",
    ] {
        assert!(lines.iter().any(|line| line == expected), "{expected}: {lines:#?}");
    }
}

#[test]
fn what_is_left_out_is_named_with_the_reason() {
    let lines = lines();
    for expected in
        ["SoftHSM2 was not measured: it is not installed", "other - left out: it does not list CKM_ECDSA"]
    {
        assert!(lines.iter().any(|line| line == expected), "{expected}: {lines:#?}");
    }
}

#[test]
fn a_busy_machine_is_told_of() {
    let told = |report: &str| {
        Table(&Report::parse(report).unwrap()).to_string().contains("Noisy: other programs kept 1.2")
    };
    assert!(told(REPORT));
    assert!(!told(&REPORT.replace("1.25", "0.1")));
    assert!(!told(&REPORT.replace("1.25", "null")));
}
