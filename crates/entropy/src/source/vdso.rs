//! A few fresh bytes of the kernel for every request, without a system call where the kernel can do so: the
//! `getrandom` of its vDSO (Linux 6.11, random(4) and `lib/vdso/getrandom.c`), which works in memory that the kernel
//! lays out and watches over. Elsewhere they come by the system call of `os.rs`.
//!
//! The vDSO's bytes are as fresh as the system call's: its key is replaced whenever the kernel's is, so also after a
//! virtual machine was restored (its generation id), and its memory is wiped in a forked child. Only a checkpoint of
//! the process alone, restored twice under the same kernel, would find the same bytes there; the clock, which goes in
//! beside them, tells those two apart.

#[cfg(test)]
mod tests;

use std::time::{SystemTime, UNIX_EPOCH};

use crate::PollError;
use crate::wiped::Wiped;

/// Bytes of the kernel for a request: as many as an output that must not come twice, as `docs/decisions/0016` says.
const FRESH: usize = 16;
/// Bytes of the clock for a request.
const CLOCK: usize = size_of::<u64>();

/// What makes a request unlike every other: 16 bytes of the kernel, and the time in nanoseconds.
pub(crate) type Fresh = Wiped<{ FRESH + CLOCK }>;

/// Where one generator instance has its fresh bytes from.
#[derive(Default)]
pub(crate) enum KernelBytes {
    /// It has not been asked yet.
    #[default]
    Unknown,
    #[cfg(target_os = "linux")]
    Vdso(state::State),
    SystemCall,
}

impl KernelBytes {
    /// 16 bytes of the kernel, and the time.
    ///
    /// # Errors
    /// [`PollError`] when the operating system gives none.
    pub(crate) fn fresh(&mut self) -> Result<Fresh, PollError> {
        let mut fresh = Fresh::zeros();
        let (bytes, clock) = fresh.split_at_mut(FRESH);
        self.fill(bytes)?;
        // A clock before 1970 is one that has not been set, and tells nothing apart.
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        clock.copy_from_slice(&(now.as_nanos() as u64).to_ne_bytes());
        Ok(fresh)
    }

    fn fill(&mut self, out: &mut [u8]) -> Result<(), PollError> {
        #[cfg(target_os = "linux")]
        {
            if matches!(self, Self::Unknown) {
                *self = state::State::new().map_or(Self::SystemCall, Self::Vdso);
            }
            if let Self::Vdso(state) = self
                && state.fill(out)
            {
                return Ok(());
            }
        }
        super::os::fill(out)
    }
}

#[cfg(target_os = "linux")]
#[allow(unsafe_code)]
mod state {
    use core::ffi::{CStr, c_int, c_uint, c_void};
    use core::mem;
    use core::ptr::{self, NonNull};
    use std::sync::OnceLock;

    /// The function's name in the vDSO, on the architectures that call it like any C function.
    const NAME: Option<&CStr> = if cfg!(target_arch = "x86_64") {
        Some(c"__vdso_getrandom")
    } else if cfg!(target_arch = "aarch64") {
        Some(c"__kernel_getrandom")
    } else {
        None
    };

    /// Buffer, its length, flags; state, its length. It gives the number of bytes written, or a negative error.
    type Getrandom = unsafe extern "C" fn(*mut c_void, usize, c_uint, *mut c_void, usize) -> isize;

    /// How the kernel wants a state to be allocated: `struct vgetrandom_opaque_params` of `linux/random.h`.
    #[repr(C)]
    #[derive(Default)]
    struct Params {
        state_len: u32,
        protection: u32,
        mapping: u32,
        reserved: [u32; 13],
    }

    /// The vDSO's function and what it wants.
    struct Vdso {
        getrandom: Getrandom,
        params: Params,
    }

    impl Vdso {
        /// The running kernel's, or `None` where it has none.
        fn get() -> Option<&'static Self> {
            static VDSO: OnceLock<Option<Vdso>> = OnceLock::new();
            VDSO.get_or_init(Self::find).as_ref()
        }

        /// Asks the dynamic linker, which has every process's vDSO among its libraries.
        fn find() -> Option<Self> {
            let name = NAME?;
            // SAFETY: the name ends in a zero; nothing is loaded and so nothing runs, as the vDSO is there or is not.
            let library =
                unsafe { libc::dlopen(c"linux-vdso.so.1".as_ptr(), libc::RTLD_NOW | libc::RTLD_NOLOAD) };
            if library.is_null() {
                return None;
            }
            // SAFETY: `library` is a handle that `dlopen` gave and nobody closes, and the name ends in a zero.
            let function = unsafe { libc::dlsym(library, name.as_ptr()) };
            if function.is_null() {
                return None;
            }
            // SAFETY: under this name the kernel's ABI has a function of this type; the vDSO is never unmapped.
            let getrandom = unsafe { mem::transmute::<*mut c_void, Getrandom>(function) };
            let mut params = Params::default();
            // SAFETY: with no buffer, no length, no flags and this state length the kernel writes a `Params`, and
            // nothing else.
            let failed = unsafe { getrandom(ptr::null_mut(), 0, 0, (&raw mut params).cast(), usize::MAX) };
            (failed == 0).then_some(Self { getrandom, params })
        }
    }

    /// The memory that the vDSO generates from: one mapping each, so that it crosses no page and is wiped alone.
    pub(crate) struct State {
        vdso: &'static Vdso,
        memory: NonNull<c_void>,
    }

    // SAFETY: the mapping belongs to no thread, and the vDSO uses it only during `fill`, which borrows it alone.
    unsafe impl Send for State {}

    impl State {
        /// A state as the kernel wants it, or `None` where the kernel has no such thing or no memory for it.
        pub(super) fn new() -> Option<Self> {
            let vdso = Vdso::get()?;
            let Params { state_len, protection, mapping, .. } = vdso.params;
            let (len, protection, mapping) = (state_len as usize, protection as c_int, mapping as c_int);
            // SAFETY: a mapping at an address of the kernel's choice touches no memory in use.
            let memory = unsafe { libc::mmap(ptr::null_mut(), len, protection, mapping, -1, 0) };
            if memory == libc::MAP_FAILED {
                return None;
            }
            Some(Self { vdso, memory: NonNull::new(memory)? })
        }

        fn len(&self) -> usize {
            self.vdso.params.state_len as usize
        }

        /// Fills `out`, or tells that it could not; then `out` may hold anything.
        pub(super) fn fill(&mut self, out: &mut [u8]) -> bool {
            let (buffer, state) = (out.as_mut_ptr().cast(), self.memory.as_ptr());
            // SAFETY: the buffer is `out` and as long; the state was mapped as the kernel wants it, at the start of a
            // page, and is borrowed by this call alone.
            let given = unsafe { (self.vdso.getrandom)(buffer, out.len(), 0, state, self.len()) };
            usize::try_from(given) == Ok(out.len())
        }
    }

    impl Drop for State {
        fn drop(&mut self) {
            // SAFETY: the mapping is this state's own, and nothing refers to it after this.
            unsafe { libc::munmap(self.memory.as_ptr(), self.len()) };
        }
    }
}
