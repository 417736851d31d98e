//! Places that take no writes: a read-only file system and a full one. Both are small file systems in memory,
//! mounted where only the commands of the test see them, which takes root on Linux.

use std::fs;
use std::process::Command;

use crate::support::{BINARY, Run, SO_PIN, Scene, USER_PIN, skip};

/// Mounts a file system of some pages at the store's folder, copies the token into it, prepares it, runs the
/// binary, and copies the token out again.
const SCRIPT: &str = r#"
mount -t tmpfs -o size=400k none "$PORTCULLIS_STORE" || exit 99
if [ -e "$TOKEN" ]; then cp "$TOKEN" "$PORTCULLIS_STORE/token.db" || exit 98; fi
case "$KIND" in
    read-only) mount -o remount,ro "$PORTCULLIS_STORE" || exit 97 ;;
    full) cat /dev/zero > "$PORTCULLIS_STORE/filler" 2>/dev/null ;;
esac
"$BINARY" "$@"
code=$?
if [ -e "$TOKEN" ]; then cp "$PORTCULLIS_STORE/token.db" "$TOKEN.after"; fi
exit $code
"#;

/// A token on a file system of some kind.
struct Medium {
    scene: Scene,
    kind: &'static str,
}

impl Medium {
    /// Where file systems can't be mounted, the test is skipped and named.
    fn new(test: &str, kind: &'static str, token: Option<&[u8]>) -> Option<Self> {
        let scene = Scene::empty();
        fs::create_dir(scene.store_folder()).expect("a folder");
        if let Some(token) = token {
            scene.write("token", token);
        }
        let can_mount = Command::new("unshare")
            .args(["-m", "mount", "-t", "tmpfs", "none"])
            .arg(scene.store_folder())
            .output()
            .is_ok_and(|output| output.status.success());
        if !can_mount {
            skip(test, "file systems can't be mounted here, which takes root");
            return None;
        }
        Some(Self { scene, kind })
    }

    fn run(&self, args: &[&str]) -> Run {
        Run::of(
            Command::new("unshare")
                .args(["-m", "sh", "-c", SCRIPT, "sh"])
                .args(args)
                .env("PORTCULLIS_STORE", self.scene.store_folder())
                .env("TOKEN", self.scene.file("token"))
                .env("KIND", self.kind)
                .env("BINARY", BINARY)
                .env("PORTCULLIS_PIN", USER_PIN)
                .env("PORTCULLIS_SO_PIN", SO_PIN)
                .output(),
        )
    }

    /// Whether the token's file is as it was, byte for byte.
    fn is_untouched(&self) -> bool {
        let read = |name| fs::read(self.scene.file(name)).expect("the token");
        read("token") == read("token.after")
    }
}

#[test]
fn a_read_only_file_system_is_read_from_and_not_written_to() {
    let token = Scene::with_key().bytes();
    let test = "a_read_only_file_system_is_read_from_and_not_written_to";
    let Some(medium) = Medium::new(test, "read-only", Some(&token)) else { return };
    medium.run(&["keygen", "--label", "x"]).assert_refused(9, "can't be written to; make");
    assert!(medium.is_untouched());
    let public = medium.run(&["export-pub", "device"]);
    assert_eq!(public.code, 0, "{public:?}");
    assert!(public.stdout.contains("BEGIN PUBLIC KEY"), "{public:?}");
}

#[test]
fn a_token_can_not_be_made_on_a_read_only_file_system() {
    let test = "a_token_can_not_be_made_on_a_read_only_file_system";
    let Some(medium) = Medium::new(test, "read-only", None) else { return };
    medium.run(&["init", "--label", "x"]).assert_refused(9, "can't be written to; make");
}

#[test]
fn a_full_disk_leaves_the_token_as_it_was() {
    let token = Scene::with_key().bytes();
    let test = "a_full_disk_leaves_the_token_as_it_was";
    let Some(medium) = Medium::new(test, "full", Some(&token)) else { return };
    medium.run(&["keygen", "--label", "x"]).assert_refused(9, "space");
    assert!(medium.is_untouched());
}

#[test]
fn a_token_can_not_be_made_on_a_full_disk() {
    let test = "a_token_can_not_be_made_on_a_full_disk";
    let Some(medium) = Medium::new(test, "full", None) else { return };
    medium.run(&["init", "--label", "x"]).assert_refused(9, "space");
}
