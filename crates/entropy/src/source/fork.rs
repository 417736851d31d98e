//! How a process notices that it has been forked: on Linux by a page that the kernel wipes in the child
//! (`MADV_WIPEONFORK`, Linux 4.14), elsewhere, and on older kernels, by its process id.

#[cfg(test)]
mod tests;

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// Counts the forks between the process's first ancestor and itself. Generators seeded in another era must
/// not be used.
static ERA: AtomicU64 = AtomicU64::new(1);

/// The era of this process. It is cheap: it is asked at every request.
pub(crate) fn era() -> u64 {
    static MARK: OnceLock<Mark> = OnceLock::new();
    MARK.get_or_init(Mark::new).check();
    ERA.load(Ordering::Acquire)
}

/// What changes in a forked child.
enum Mark {
    /// A word that is 1, and 0 in a child that has not noticed yet.
    #[cfg(target_os = "linux")]
    Page(&'static AtomicU32),
    /// The process that has set it last.
    Pid(AtomicU32),
}

impl Mark {
    fn new() -> Self {
        #[cfg(target_os = "linux")]
        if let Some(word) = page::word() {
            word.store(1, Ordering::Release);
            return Self::Page(word);
        }
        Self::Pid(AtomicU32::new(std::process::id()))
    }

    /// Starts a new era when this is a child that has not noticed yet. Two threads that notice at once start
    /// two eras, which does no harm; an era is started before the mark says so, so that none is missed.
    fn check(&self) {
        match self {
            #[cfg(target_os = "linux")]
            Self::Page(word) => {
                if word.load(Ordering::Acquire) == 0 {
                    ERA.fetch_add(1, Ordering::AcqRel);
                    word.store(1, Ordering::Release);
                }
            }
            Self::Pid(last) => {
                let now = std::process::id();
                if last.load(Ordering::Acquire) != now {
                    ERA.fetch_add(1, Ordering::AcqRel);
                    last.store(now, Ordering::Release);
                }
            }
        }
    }
}

#[cfg(target_os = "linux")]
#[allow(unsafe_code)]
mod page {
    use core::ptr;
    use std::sync::atomic::AtomicU32;

    /// The first word of a new page that is wiped in a forked child, or `None` where the kernel can't.
    pub(super) fn word() -> Option<&'static AtomicU32> {
        let len = size_of::<AtomicU32>();
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
        Some(unsafe { AtomicU32::from_ptr(page.cast()) })
    }
}
