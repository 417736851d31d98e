//! The table of a report that a benchmark could have printed.

use super::*;

const REPORT: &str = r#"{
    "processors": 2, "rounds": 25,
    "missing": [{ "side": "SoftHSM2", "why": "it is not installed" }],
    "measures": [{
        "name": "sign", "what": "a signature",
        "sides": [
            { "side": "Portcullis", "is_ours": true, "per_second": 41234.4, "quartiles": [41000.0, 42000.0], "ours_is": null },
            { "side": "bare", "is_ours": false, "per_second": 50000.0, "quartiles": [49000.0, 51000.0], "ours_is": 0.825 }
        ],
        "left_out": [{ "side": "other", "why": "it does not list CKM_ECDSA" }],
        "goals": [
            { "over": "bare", "wanted": 0.9, "reached": 0.825, "met": false },
            { "over": "SoftHSM2", "wanted": 2.5, "reached": null, "met": null },
            { "over": null, "wanted": 40000.0, "reached": 41234.4, "met": true }
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
        "bare 50 000 0.82x 0.90x: not met",
        "goals: 1 met, 1 missed, 1 not measured",
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
