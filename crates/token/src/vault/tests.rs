//! What was opened and parsed once is not opened and parsed again.

use alloc::boxed::Box;
use core::sync::atomic::{AtomicUsize, Ordering};

use portcullis_entropy::{Random, RandomError};

use super::*;
use crate::attribute::AttributeSet;
use crate::object::ObjectClass;
use crate::store::{Domain, Serial};
use crate::{EngineError, KeyMaterial, KeyType, Secret};

/// The same nonce each time, which does no harm to a key that seals once.
struct Sevens;

impl Random for Sevens {
    fn fill(&self, out: &mut [u8]) -> core::result::Result<(), RandomError> {
        out.fill(7);
        Ok(())
    }

    fn mix(&self, _: &[u8]) -> core::result::Result<(), RandomError> {
        Ok(())
    }
}

/// Counts the keys that it parses.
#[derive(Default)]
struct Counting(AtomicUsize);

impl KeyLoader for Counting {
    fn name(&self) -> &'static str {
        "test.counting"
    }

    fn load(&self, key: &KeyMaterial) -> core::result::Result<LoadedKey, EngineError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(Arc::new(key.size()))
    }
}

/// A version of a secret key at rest.
fn sealed(vault: &Vault, version: u32) -> Arc<Object> {
    let (number, class) = (ObjectNumber(1), ObjectClass::SecretKey);
    let (mut public, mut secrets) = (AttributeSet::default(), Secrets::default());
    public.set(AttributeType::Class, class.code());
    secrets.set(AttributeType::Value, Secret::copied(&[5; 16]));
    let sealed = vault.key().seal(Domain::Open, number, version, &public, &secrets, &Sevens);
    let contents = Contents::Sealed(sealed.expect("these random bytes never fail"));
    Arc::new(Object { number, version, class, key_type: Some(KeyType::GenericSecret), public, contents })
}

fn open_vault(serial: &[u8; 8]) -> Vault {
    Vault::new(DomainKey::open(Serial(*serial)), Arc::default(), Arc::new(portcullis_pal::MemoryStore::new()))
}

#[test]
fn an_object_is_opened_once_and_its_key_parsed_once() {
    let vault = open_vault(b"serialno");
    let loader: &'static Counting = Box::leak(Box::default());
    let object = sealed(&vault, 1);
    let first = vault.open(&object).expect("the vault has just sealed it");
    for _ in 0..3 {
        let again = vault.open(&object).expect("it is open");
        assert!(Arc::ptr_eq(&first, &again));
        again.key(&object, loader).expect("this loader takes any key");
    }
    assert_eq!(loader.0.load(Ordering::Relaxed), 1);
    // A vault that could not open the record at all has no need to, once it is open.
    let stranger = open_vault(b"stranger");
    assert!(stranger.open(&object).is_err());
    let checked = Checked { object: object.clone(), opened: first.clone() };
    stranger.opened.write().insert(object.number, checked);
    assert!(stranger.open(&object).is_ok_and(|known| Arc::ptr_eq(&first, &known)));
    // Another version is another object: nothing of the first may pass for it.
    let changed = sealed(&vault, 2);
    assert!(!Arc::ptr_eq(&first, &vault.open(&changed).expect("the vault has just sealed it")));
}

/// Threads that meet at the first use may each open and parse, and all go on with what the first of them has kept.
#[cfg(feature = "std")]
#[test]
fn threads_that_open_at_once_go_on_with_one_key() {
    const THREADS: usize = 8;
    let vault = open_vault(b"serialno");
    let loader: &'static Counting = Box::leak(Box::default());
    let object = sealed(&vault, 1);
    let barrier = std::sync::Barrier::new(THREADS);
    let open = || {
        barrier.wait();
        let opened = vault.open(&object).expect("the vault has just sealed it");
        let key = opened.key(&object, loader).expect("this loader takes any key");
        (opened, key)
    };
    let all: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(open)).collect();
        threads.into_iter().map(|thread| thread.join().expect("no thread panics")).collect()
    });
    let (first, key) = all.first().expect("there are threads");
    assert!(all.iter().all(|(opened, _)| Arc::ptr_eq(opened, first)));
    assert!(all.iter().all(|(_, other)| Arc::ptr_eq(other, key)));
}
