//! What stands behind the lists.

use std::collections::BTreeSet;

use super::*;

fn names() -> Vec<&'static str> {
    FUNCTIONS.iter().flat_map(|(_, names)| names.iter().copied()).collect()
}

#[test]
fn each_function_is_listed_once() {
    let unique: BTreeSet<_> = names().into_iter().collect();
    assert_eq!((names().len(), unique.len()), (68 + 24 + 12, 68 + 24 + 12));
}

#[test]
fn what_is_refused_is_listed_and_counted() {
    let refused: BTreeSet<_> = REFUSED.iter().collect();
    assert!(refused.iter().all(|name| names().contains(name)));
    // Goes down as functions come to life; going up would take one away from users.
    assert_eq!((REFUSED.len(), refused.len()), (3, 3), "{REFUSED:?}");
}
