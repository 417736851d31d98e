//! What the picture must hold.

use super::*;

fn report(sides: &str) -> Report {
    let measure =
        format!(r#"{{ "name": "sign", "what": "", "sides": [{sides}], "left_out": [], "goals": [] }}"#);
    let text = format!(
        r#"{{ "processors": 1, "busy": null, "rounds": 1, "missing": [], "measures": [{measure}] }}"#
    );
    Report::parse(&text).unwrap()
}

#[test]
fn each_side_has_its_name_and_its_dot() {
    let sides = r#"
        { "side": "ours", "is_ours": true, "per_second": 900.0, "quartiles": [800.0, 950.0], "ours_is": null },
        { "side": "theirs", "is_ours": false, "per_second": 12.0, "quartiles": [11.0, 13.0], "ours_is": 75.0 }"#;
    let text = svg(&report(sides)).unwrap();
    assert_eq!(text.matches("<circle").count(), 2, "{text}");
    for name in ["sign", "ours", "theirs"] {
        assert!(text.contains(name), "{name}: {text}");
    }
}

#[test]
fn a_report_without_sides_is_an_empty_plot() {
    assert_eq!(svg(&report("")).unwrap().matches("<circle").count(), 0);
}
