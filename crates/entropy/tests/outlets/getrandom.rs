//! A program with the custom back end of `getrandom`.

use std::process::Command;

use portcullis_entropy::outlet::getrandom::REFUSED;

use crate::{drawn, fixed, foreign};

#[test]
fn a_program_that_asks_getrandom_draws_from_the_pool_of_its_root() {
    let program = foreign::host().join("foreign");
    let printed = |source| foreign::run(Command::new(&program).env("SOURCE", source));
    assert_eq!(printed("fixed"), (drawn(&fixed(), 40), true));

    // The operating system is a source of this one, and is not asked through `getrandom`, which would lead back.
    let (one, two) = (printed("host"), printed("host"));
    assert!(one.1 && two.1);
    assert_eq!(one.0.len(), 80, "{}", one.0);
    assert_ne!(one.0, two.0);

    let refused = (format!("{REFUSED:?} true"), true);
    for source in ["stuck", "asks itself"] {
        assert_eq!(printed(source), refused, "{source}");
    }
}
