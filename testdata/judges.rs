//! How the output of `ent`, `rngtest` and `dieharder` is read, and when it speaks against a generator. Used by
//! `crates/entropy/tests/tools` and by `cargo xtask entropy-soak`.
//!
//! The bounds are such that a perfect generator is accused less than once in a million runs. What one tool can't keep to
//! that, it is asked twice, with other bytes.

use std::f64::consts::PI;

/// A value that one of these tests gives, and whether it speaks against the generator.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Finding {
    /// The tool's own name for the test.
    pub(crate) test: String,
    /// In the tool's own unit.
    pub(crate) value: f64,
    pub(crate) bad: bool,
}

/// Standard deviations that a perfect generator leaves in one of 25 million cases, on either side.
const FAR: f64 = 5.5;

/// What `ent -t` says of so many bytes: four values, each with a known distribution. They are all but independent, so
/// a perfect generator is accused once in 6 million times. `None` when it is not what `ent` prints.
pub(crate) fn ent(text: &str) -> Option<Vec<Finding>> {
    let fields: Vec<f64> = text
        .lines()
        .find(|line| line.starts_with("1,"))?
        .split(',')
        .filter_map(|field| field.trim().parse().ok())
        .collect();
    let &[_, bytes, _, chi_square, mean, pi, serial] = fields.as_slice() else { return None };
    // Chi-square with 255 degrees of freedom, by Wilson and Hilferty's transformation to a normal distribution.
    let spread = 2.0 / (9.0 * 255.0);
    let chi_square_far = ((chi_square / 255.0).cbrt() - (1.0 - spread)) / spread.sqrt();
    let mean_far = (mean - 127.5) / (65_535_f64 / 12.0).sqrt() * bytes.sqrt();
    // A point takes 6 bytes, and lies in the circle with a chance of a quarter of pi.
    let inside = PI / 4.0;
    let pi_far = (pi - PI) / (4.0 * (inside * (1.0 - inside)).sqrt()) * (bytes / 6.0).sqrt();
    let serial_far = serial * bytes.sqrt();
    let finding = |test: &str, value, far: f64| Finding {
        test: test.to_owned(),
        value,
        bad: far.is_nan() || far.abs() > FAR,
    };
    Some(vec![
        finding("chi-square", chi_square, chi_square_far),
        finding("mean", mean, mean_far),
        finding("Monte Carlo pi", pi, pi_far),
        finding("serial correlation", serial, serial_far),
    ])
}

/// What `rngtest` says of its blocks of 20 000 bits. The tests of FIPS 140-2 refuse 0.8 in a thousand of a perfect
/// generator's: each of monobit and poker 0.1, runs 0.3, long run 0.3. Bad is what lies 6 standard deviations above 1 in
/// a thousand, and 6 blocks more, as few are not normally distributed: less than once in ten million runs.
pub(crate) fn rngtest(text: &str) -> Option<Finding> {
    let count = |what: &str| -> Option<f64> {
        text.lines().find_map(|line| line.split_once(what))?.1.trim().parse().ok()
    };
    let (good, refused) = (count("FIPS 140-2 successes:")?, count("FIPS 140-2 failures:")?);
    let expected = (good + refused) / 1000.0;
    let limit = expected + 6.0 * expected.sqrt() + 6.0;
    Some(Finding {
        test: "blocks refused".to_owned(),
        value: refused,
        bad: good + refused == 0.0 || refused > limit,
    })
}

/// What `dieharder` is to print for [`dieharder`] to read: one line for each p-value.
pub(crate) const DIEHARDER: &[&str] =
    &["-g", "200", "-c", ",", "-D", "test_name", "-D", "ntuple", "-D", "pvalues"];

/// A line of `dieharder`: a p-value, which is as likely as any other for a perfect generator. Bad is one below a
/// millionth, or as near to 1; so it is asked again, and only twice bad speaks against the generator.
pub(crate) fn dieharder(line: &str) -> Option<Finding> {
    let fields: Vec<_> = line.split(',').map(str::trim).collect();
    let &[name, tuple, p_value, ..] = fields.as_slice() else { return None };
    let (tuple, value): (u32, f64) = (tuple.parse().ok()?, p_value.parse().ok()?);
    Some(Finding { test: format!("{name} {tuple}"), value, bad: !(1e-6..=1.0 - 1e-6).contains(&value) })
}
