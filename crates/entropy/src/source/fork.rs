//! How a process notices that it has been forked: on Linux by a page that the kernel wipes in the child
//! (`MADV_WIPEONFORK`, Linux 4.14), elsewhere, and on older kernels, by its process id.

#[cfg(test)]
mod tests;

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// The last era that was begun by this process or an ancestor.
static LAST: AtomicU64 = AtomicU64::new(0);

/// The era of this process: a number that is the same for all its threads and all its life, and that neither an
/// ancestor had nor a forked child will have. What was made in another era belongs to another process: generators
/// seeded in it must not be used.
///
/// It costs about a nanosecond where the kernel tells (Linux 4.14), and a system call elsewhere.
pub fn era() -> u64 {
    static MARK: OnceLock<Mark> = OnceLock::new();
    MARK.get_or_init(Mark::new).era()
}

/// What changes in a forked child.
enum Mark {
    /// The process's era, and 0 in a child that has not noticed yet.
    #[cfg(target_os = "linux")]
    Page(&'static AtomicU64),
    /// Above, the process that has begun an era last; below, the era.
    Pid(AtomicU64),
}

impl Mark {
    fn new() -> Self {
        #[cfg(target_os = "linux")]
        if let Some(word) = page::word() {
            return Self::Page(word);
        }
        Self::Pid(AtomicU64::new(0))
    }

    /// The era, a new one when this is a child that has not noticed yet.
    fn era(&self) -> u64 {
        match self {
            #[cfg(target_os = "linux")]
            Self::Page(word) => match word.load(Ordering::Acquire) {
                0 => begin(word, 0, |era| era),
                era => era,
            },
            Self::Pid(word) => {
                const ERA: u64 = u32::MAX as u64;
                let (known, process) = (word.load(Ordering::Acquire), u64::from(std::process::id()) << 32);
                let word = if known & !ERA == process {
                    known
                } else {
                    begin(word, known, |era| process | era & ERA)
                };
                word & ERA
            }
        }
    }
}

/// Begins an era in a word that should still hold `known`. Of two threads that notice at once one begins it for both;
/// the number is taken before the word says so, so that a child forked between the two takes a later one.
fn begin(word: &AtomicU64, known: u64, of_era: impl FnOnce(u64) -> u64) -> u64 {
    let new = of_era(LAST.fetch_add(1, Ordering::AcqRel) + 1);
    match word.compare_exchange(known, new, Ordering::AcqRel, Ordering::Acquire) {
        Ok(_) => new,
        Err(begun) => begun,
    }
}

#[cfg(target_os = "linux")]
#[allow(unsafe_code)]
mod page {
    use core::ptr;
    use std::sync::atomic::AtomicU64;

    /// The first word of a new page that is wiped in a forked child, or `None` where the kernel can't.
    pub(super) fn word() -> Option<&'static AtomicU64> {
        let len = size_of::<AtomicU64>();
        let access = libc::PROT_READ | libc::PROT_WRITE;
        let kind = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        // SAFETY: an anonymous mapping at an address of the kernel's choice touches no memory in use.
        let page = unsafe { libc::mmap(ptr::null_mut(), len, access, kind, -1, 0) };
        if page == libc::MAP_FAILED {
            return None;
        }
        // SAFETY: `page` is the mapping just made, and nothing refers to it yet.
        if unsafe { libc::madvise(page, len, libc::MADV_WIPEONFORK) } != 0 {
            // SAFETY: as above; it is not used after this.
            unsafe { libc::munmap(page, len) };
            return None;
        }
        // SAFETY: the page is aligned, zeroed, readable and writable, is never unmapped, and is reached
        // through this atomic alone; the kernel's wipe in a child is a valid value too.
        Some(unsafe { AtomicU64::from_ptr(page.cast()) })
    }
}
