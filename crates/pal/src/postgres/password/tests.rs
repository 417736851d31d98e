//! Which password is found for a place.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::PostgresPlace;

fn found(address: &str, environment: &[(&str, &str)]) -> Option<String> {
    let look_up =
        |name: &str| environment.iter().find(|(own, _)| *own == name).map(|(_, value)| OsString::from(value));
    let place = PostgresPlace::parse(address).unwrap().with_password(&look_up);
    place.config.get_password().map(|password| String::from_utf8(password.to_vec()).unwrap())
}

fn file(text: &str, mode: u32) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), text).unwrap();
    fs::set_permissions(file.path(), fs::Permissions::from_mode(mode)).unwrap();
    file
}

#[test]
fn the_address_comes_first_and_the_environment_next() {
    let file = file("*:*:*:*:from the file", 0o600);
    let file = file.path().to_str().unwrap();
    let all = [("PGPASSWORD", "from the environment"), ("PGPASSFILE", file)];
    assert_eq!(found("postgresql://u:own@h/d", &all).as_deref(), Some("own"));
    assert_eq!(found("postgresql://u@h/d", &all).as_deref(), Some("from the environment"));
    assert_eq!(found("postgresql://u@h/d", &all[1..]).as_deref(), Some("from the file"));
    assert_eq!(found(&format!("postgresql://u@h/d?passfile={file}"), &[]).as_deref(), Some("from the file"));
    assert_eq!(found("postgresql://u@h/d", &[]), None);
}

#[test]
fn the_first_line_that_fits() {
    let file = file(
        "# a comment\nh:5432:d:other:1\nh:6543:d:u:2\nshort:line\nh:5432:d:u:a\\:b\\\\c\n*:*:*:*:last\n",
        0o600,
    );
    let environment = [("PGPASSFILE", file.path().to_str().unwrap())];
    assert_eq!(found("postgresql://u@h/d", &environment).as_deref(), Some("a:b\\c"));
    assert_eq!(found("postgresql://u@h:6543/d", &environment).as_deref(), Some("2"));
    assert_eq!(found("postgresql://u@elsewhere/d", &environment).as_deref(), Some("last"));
}

#[test]
fn a_file_that_others_may_read_is_not_used() {
    let file = file("*:*:*:*:secret", 0o640);
    let environment = [("PGPASSFILE", file.path().to_str().unwrap())];
    assert_eq!(found("postgresql://u@h/d", &environment), None);
}
