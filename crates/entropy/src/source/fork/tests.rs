//! Tests of the fork notice.

use super::*;

#[test]
#[cfg(target_os = "linux")]
fn a_wiped_page_starts_one_new_era() {
    static WORD: AtomicU32 = AtomicU32::new(1);
    let before = era();
    Mark::Page(&WORD).check();
    assert_eq!(era(), before);
    WORD.store(0, Ordering::Release);
    Mark::Page(&WORD).check();
    Mark::Page(&WORD).check();
    assert_eq!(era(), before + 1);
    Mark::Pid(AtomicU32::new(std::process::id() ^ 1)).check();
    assert_eq!(era(), before + 2);
}

#[test]
#[cfg(target_os = "linux")]
fn the_kernel_gives_a_page() {
    assert!(page::word().is_some_and(|word| word.load(Ordering::Acquire) == 0));
}
