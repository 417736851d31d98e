//! A store over a port in C: a vendor's library, compiled here and loaded. Each test has a process of its own, as a C
//! port has one state for a program.
#![allow(unsafe_code, reason = "a library in C is loaded, and its functions are called")]

use std::ffi::c_long;
use std::fs;
use std::path::Path;

use libloading::Library;
use portcullis_pal::c_pal::{Functions, ImageStore, Port as _, VendorPort, WellKnown};
use portcullis_pal::testkit::contract;
use portcullis_pal::{Change, Error, Label, ObjectStore};

use crate::built::compile;
use crate::support::{assert_passed, child, child_argument};

const NAMES: [Label; 2] = [WellKnown::ClaimPrivateKey.label(), WellKnown::ClaimCertificate.label()];

/// A loaded port.
struct Vendor(Library);

impl Vendor {
    fn load(library: &Path) -> Self {
        // SAFETY: the library is the one compiled from `vendor.c`, whose loading runs nothing.
        Self(unsafe { Library::new(library) }.unwrap())
    }

    fn symbol<T: Copy>(&self, name: &str) -> T {
        // SAFETY: `T` is the type that `pal.h` gives this name: `functions` and `values_out` say which.
        *unsafe { self.0.get::<T>(name.as_bytes()) }.unwrap()
    }

    fn functions(&self) -> Functions {
        Functions {
            initialize: self.symbol("PKCS11_PAL_Initialize"),
            save_object: self.symbol("PKCS11_PAL_SaveObject"),
            find_object: self.symbol("PKCS11_PAL_FindObject"),
            object_value: self.symbol("PKCS11_PAL_GetObjectValue"),
            object_value_cleanup: self.symbol("PKCS11_PAL_GetObjectValueCleanup"),
            destroy_object: self.symbol("PKCS11_PAL_DestroyObject"),
        }
    }

    fn port(&self) -> VendorPort {
        // SAFETY: `vendor.c` is such a port, and a test has one handle on it at a time.
        unsafe { VendorPort::initialize(self.functions()) }.unwrap()
    }

    fn values_out(&self) -> c_long {
        let place: *const c_long = self.symbol("vendor_values_out");
        // SAFETY: it is a `long` of the loaded library, which no other thread changes.
        unsafe { place.read() }
    }
}

/// Compiles the port with a trap, and runs `check` on it in a process of its own.
fn vendor(test: &str, trap: Option<&str>, check: fn(&Vendor, &Path)) {
    if let Some(folder) = child_argument() {
        return check(&Vendor::load(&folder.join("vendor.so")), &folder);
    }
    let folder = tempfile::tempdir().unwrap();
    let trap = trap.map(|trap| format!("-D{trap}"));
    compile(
        "vendor.c",
        &folder.path().join("vendor.so"),
        ["-shared", "-fPIC"].into_iter().map(str::to_owned).chain(trap),
    );
    assert_passed(&child(test, folder.path()).env("VENDOR_FOLDER", folder.path()).output().unwrap());
}

#[test]
fn a_c_port_carries_a_store() {
    vendor("vendor::a_c_port_carries_a_store", None, |vendor, folder| {
        contract(|| {
            let mut port = vendor.port();
            NAMES.iter().for_each(|name| port.destroy(name).unwrap());
            let store = ImageStore::open(port, NAMES).unwrap();
            move || store.clone()
        });
        let open = || ImageStore::open(vendor.port(), NAMES).unwrap();
        let label = Label::new(b"a").unwrap();
        NAMES.iter().for_each(|name| vendor.port().destroy(name).unwrap());
        open().apply(&[Change::save(label, b"1")]).unwrap();
        open().apply(&[Change::save(label, b"2")]).unwrap();
        // Its files are written in place; one of the two is always whole.
        fs::write(folder.join("Claim_Key.dat"), b"PTCI").unwrap();
        let store = open();
        let id = store.find(&label).unwrap().unwrap();
        assert_eq!(store.value(id).unwrap().unwrap().bytes.len(), 1);
        assert_eq!(vendor.values_out(), 0);
    });
}

/// What corePKCS11 left behind under the well-known names can be read, to be moved into a token.
#[test]
fn a_c_port_gives_what_it_has() {
    vendor("vendor::a_c_port_gives_what_it_has", None, |vendor, folder| {
        fs::write(folder.join("Key.dat"), b"a key").unwrap();
        let mut port = vendor.port();
        let key = WellKnown::DevicePrivateKey.label();
        assert_eq!(port.load(&key).unwrap().unwrap().as_slice(), b"a key");
        assert!(port.load(&WellKnown::DeviceCertificate.label()).unwrap().is_none());
        // A name that begins like one of the port's is another name.
        assert!(port.load(&Label::new(b"Device Priv").unwrap()).unwrap().is_none());
        port.destroy(&key).unwrap();
        port.destroy(&key).unwrap();
        assert!(port.load(&key).unwrap().is_none());
        assert_eq!(vendor.values_out(), 0);
    });
}

#[test]
fn a_name_that_the_port_does_not_know_is_refused() {
    vendor("vendor::a_name_that_the_port_does_not_know_is_refused", None, |vendor, _| {
        let names = [Label::new(b"portcullis-0").unwrap(), Label::new(b"portcullis-1").unwrap()];
        let store = ImageStore::open(vendor.port(), names).unwrap();
        let refused = store.apply(&[Change::save(names[0], b"1")]).unwrap_err();
        assert!(refused.to_string().contains("PKCS11_PAL_SaveObject gave no handle"), "{refused}");
    });
}

#[test]
fn success_without_a_length_is_a_failure() {
    vendor("vendor::success_without_a_length_is_a_failure", Some("TRAP_NO_LENGTH"), |vendor, folder| {
        fs::write(folder.join("Claim_Key.dat"), b"something").unwrap();
        let refused = ImageStore::open(vendor.port(), NAMES).unwrap_err();
        assert!(matches!(refused, Error::Medium { .. }), "{refused}");
        assert_eq!(vendor.values_out(), 0);
    });
}

#[test]
fn success_without_a_save_is_a_failure() {
    vendor("vendor::success_without_a_save_is_a_failure", Some("TRAP_SAVES_NOTHING"), |vendor, _| {
        let store = ImageStore::open(vendor.port(), NAMES).unwrap();
        let refused = store.apply(&[Change::save(NAMES[0], b"1")]).unwrap_err();
        assert!(refused.to_string().contains("does not hold what it said it had saved"), "{refused}");
        assert!(store.find(&NAMES[0]).unwrap().is_none());
    });
}
