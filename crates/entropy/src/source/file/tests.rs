//! Tests of device files: real ones, pipes that end, and what is no device.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::*;
use crate::source::checked::CheckedSource;
use crate::testkit::contract;
use crate::{Alpha, SourceState, read_raw};

fn source(path: impl Into<PathBuf>) -> FileSource {
    FileSource::new("file", path, 8.0)
}

fn state_of(source: FileSource) -> SourceState {
    let mut checked = CheckedSource::new(Box::new(source), Alpha::default());
    checked.gather(384);
    checked.report().state
}

fn make_pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// A pipe in a folder of its own.
fn pipe() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    make_pipe(&path);
    (folder, path)
}

/// A pipe's other end, opened so that its opener does not wait for a reader.
fn writer(path: &Path) -> File {
    OpenOptions::new().read(true).write(true).open(path).unwrap()
}

#[test]
fn devices_are_as_good_as_what_they_give() {
    assert_eq!(state_of(source("/dev/urandom")), SourceState::Healthy);
    assert_eq!(state_of(source("/dev/zero")), SourceState::Dead);
    // It ends before it begins.
    assert_eq!(state_of(source("/dev/null")), SourceState::Failing);
}

#[test]
fn what_is_not_there_is_absent() {
    assert_eq!(state_of(source("/dev/portcullis-has-no-such-device")), SourceState::Absent);
}

#[test]
fn files_and_folders_are_no_sources() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("noise");
    fs::write(&file, [1; 4096]).unwrap();
    for place in [file.as_path(), folder.path()] {
        assert_eq!(source(place).poll(&mut [0; 8]), Err(PollError::NotADevice));
        assert_eq!(state_of(source(place)), SourceState::Failing);
    }
}

#[test]
fn a_pipe_is_read_as_far_as_it_goes() {
    let (_folder, path) = pipe();
    let mut source = source(&path);
    assert_eq!(source.poll(&mut [0; 8]), Err(PollError::Failed), "nobody writes to it");

    let mut writer = writer(&path);
    assert_eq!(source.poll(&mut [0; 8]), Err(PollError::NotReady), "nothing was written");
    writer.write_all(b"noise").unwrap();
    let mut raw = [0xa5; 8];
    assert_eq!(source.poll(&mut raw), Ok(5));
    assert_eq!(&raw, b"noise\xa5\xa5\xa5");
    assert_eq!(source.poll(&mut raw), Err(PollError::NotReady));
    drop(writer);
    assert_eq!(source.poll(&mut raw), Err(PollError::Failed), "its writer has gone");
}

#[test]
fn a_device_that_vanishes_has_failed_and_may_come_back() {
    let (_folder, path) = pipe();
    let mut source = source(&path);
    let mut first = writer(&path);
    first.write_all(b"first").unwrap();
    let mut raw = [0; 8];
    assert_eq!(source.poll(&mut raw), Ok(5));
    drop(first);
    fs::remove_file(&path).unwrap();
    for _ in 0..3 {
        assert_eq!(source.poll(&mut raw), Err(PollError::Failed));
    }
    make_pipe(&path);
    let mut second = writer(&path);
    second.write_all(b"second").unwrap();
    assert_eq!(source.poll(&mut raw), Ok(6));
}

#[test]
fn a_device_that_never_has_anything_is_given_up() {
    let (_folder, path) = pipe();
    let writer = writer(&path);
    let mut source = source(&path);
    assert_eq!(read_raw(&mut source, &mut [0; 8]), Err(PollError::NotReady));
    drop(writer);
}

#[test]
fn the_hardware_generator_keeps_the_contract_where_there_is_one() {
    let mut probe = FileSource::hwrng();
    if probe.poll(&mut [0; 1]).is_ok() {
        contract(FileSource::hwrng);
    }
}
