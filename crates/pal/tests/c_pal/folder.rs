//! The files of corePKCS11's own ports: read as they are, and a store over two of them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use portcullis_pal::c_pal::{FolderPort, ImageStore, Port as _, WellKnown};
use portcullis_pal::testkit::contract;
use portcullis_pal::{Change, Error, Label, ObjectStore};

use crate::ram::NAMES;

#[test]
fn the_contract() {
    contract(|| {
        let folder = tempfile::tempdir().unwrap();
        let store = ImageStore::open(FolderPort::open(folder.path()).unwrap(), NAMES).unwrap();
        move || {
            let _keep = &folder;
            store.clone()
        }
    });
}

#[test]
fn a_store_lies_in_two_private_files() {
    let folder = tempfile::tempdir().unwrap();
    let open = || ImageStore::open(FolderPort::open(folder.path()).unwrap(), NAMES).unwrap();
    let label = Label::new(b"a").unwrap();
    open().apply(&[Change::save(label, b"1")]).unwrap();
    let store = open();
    let id = store.find(&label).unwrap().unwrap();
    assert_eq!(store.value(id).unwrap().unwrap().bytes.as_slice(), b"1");
    let mut files: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap()).collect();
    files.sort_by_key(fs::DirEntry::file_name);
    let names: Vec<_> = files.iter().map(fs::DirEntry::file_name).collect();
    assert_eq!(names, ["corePKCS11_Claim_Certificate.dat", "corePKCS11_Claim_Key.dat"]);
    assert!(files.iter().all(|file| file.metadata().unwrap().permissions().mode() & 0o777 == 0o600));
}

#[test]
fn what_a_device_has_is_found_by_its_well_known_files() {
    let folder = tempfile::tempdir().unwrap();
    let mut port = FolderPort::open(folder.path()).unwrap();
    assert!(port.objects().is_empty());
    fs::write(folder.path().join("corePKCS11_Key.dat"), b"key").unwrap();
    fs::write(folder.path().join("corePKCS11_Certificate.dat"), b"certificate").unwrap();
    fs::write(folder.path().join("unrelated.dat"), b"").unwrap();
    assert_eq!(port.objects(), [WellKnown::DevicePrivateKey, WellKnown::DeviceCertificate]);
    assert_eq!(port.object(WellKnown::DevicePrivateKey).unwrap().unwrap().as_slice(), b"key");
    assert!(port.object(WellKnown::HmacKey).unwrap().is_none());
    port.destroy(&WellKnown::DevicePrivateKey.label()).unwrap();
    assert_eq!(port.objects(), [WellKnown::DeviceCertificate]);
    let unknown = port.save(&Label::new(b"Device").unwrap(), &mut [1]).unwrap_err();
    assert!(matches!(unknown, Error::Medium { .. }), "{unknown}");
    assert!(matches!(FolderPort::open(folder.path().join("none")), Err(Error::Missing { .. })));
}
