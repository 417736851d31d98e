//! Tests of the fork notice.

use std::thread;

use super::*;

#[test]
#[cfg(target_os = "linux")]
fn a_wiped_page_starts_one_new_era() {
    static WORD: AtomicU64 = AtomicU64::new(0);
    let mark = Mark::Page(&WORD);
    let first = mark.era();
    assert_eq!(mark.era(), first);
    WORD.store(0, Ordering::Release);
    let second = mark.era();
    assert!(second > first);
    assert_eq!(mark.era(), second);
}

#[test]
fn another_process_id_starts_one_new_era() {
    let mark = Mark::Pid(AtomicU64::new(u64::from(std::process::id() ^ 1) << 32 | 7));
    let first = mark.era();
    assert_ne!(first, 7);
    assert_eq!(mark.era(), first);
}

#[test]
#[cfg(target_os = "linux")]
fn threads_that_notice_at_once_are_in_one_era() {
    for _ in 0..100 {
        let word: &'static AtomicU64 = Box::leak(Box::new(AtomicU64::new(0)));
        let eras = thread::scope(|scope| {
            let noticing = [(); 4].map(|()| scope.spawn(|| Mark::Page(word).era()));
            noticing.map(|thread| thread.join().unwrap())
        });
        assert_eq!(eras, [eras[0]; 4]);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn the_kernel_gives_a_page() {
    assert!(page::word().is_some_and(|word| word.load(Ordering::Acquire) == 0));
}
