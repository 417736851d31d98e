//! The tests that `pkcs11-tool` brings itself.

use super::{is_ready, user};
use crate::support::Scene;

#[test]
fn its_own_tests_find_no_errors() {
    if !is_ready("its_own_tests_find_no_errors") {
        return;
    }
    let scene = Scene::with_keys();
    assert!(user(&scene, "--test").contains("No errors"));
    let said = user(&scene, "--session-rw --test-ec --key-type EC:secp384r1 --id 03 --label new");
    assert!(said.contains("==> OK"), "{said}");
    user(&scene, "--test-fork");
}

/// Each thread initialises the library, and asks for what it is, its slots and its token. Where one is still at work
/// when `pkcs11-tool` looks, it looks again half a minute later.
#[test]
fn threads_share_the_library() {
    if !is_ready("threads_share_the_library") {
        return;
    }
    let scene = Scene::new();
    let said = scene.tool(&"--test-threads ILGISLT0 ".repeat(4));
    assert!(said.contains("all threads have ended with CKR_OK"), "{said}");
    assert_eq!(said.matches("using show_token").count(), 4, "{said}");
}
