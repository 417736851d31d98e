//! The board: its start, its heap, its panic handler, its noise and its serial port. Here these are five functions of the
//! C library; on a board they are a reset vector, a static array, an LED, a register and a UART.

#![allow(unsafe_code, reason = "what the hardware gives is raw, here as on a board")]

use alloc::format;
use core::alloc::{GlobalAlloc, Layout};
use core::ffi::{c_int, c_void};
use core::panic::PanicInfo;
use core::ptr;

use portcullis_entropy::{HardwarePoll, PollError};
use spin::Mutex;

use crate::device;

/// What tells this device from its sisters.
pub(crate) const SERIAL_NUMBER: &[u8] = b"board 0001";

/// All the main memory that the heap may have.
const HEAP: usize = 256 * 1024;

#[link(name = "c")]
unsafe extern "C" {
    fn write(file: c_int, bytes: *const c_void, len: usize) -> isize;
    fn getrandom(bytes: *mut c_void, len: usize, flags: u32) -> isize;
    fn abort() -> !;
}

/// The reset vector: what the C library's start-up code calls.
#[unsafe(no_mangle)]
extern "C" fn main(_count: c_int, _arguments: *const *const u8) -> c_int {
    match device::run() {
        Ok(()) => {
            let used = HEAP_STATE.lock().used;
            print(&format!(
                "embedded: signed, verified, and again after a reset; at most {used} bytes of heap\n"
            ));
            0
        }
        Err(failure) => {
            print(&format!("embedded: {failure}\n"));
            1
        }
    }
}

fn print(text: &str) {
    // SAFETY: the C library reads `len` bytes from where a string of that length lies.
    let _ = unsafe { write(1, text.as_ptr().cast(), text.len()) };
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    print(&format!("embedded: {info}\n"));
    // SAFETY: ending the program is always allowed.
    unsafe { abort() }
}

/// What unwinding would call, were there any: the compiled `core` and `alloc` name it.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}

/// As [`rust_eh_personality`]; it goes on with an unwinding that never begins.
#[unsafe(no_mangle)]
extern "C" fn _Unwind_Resume() -> ! {
    // SAFETY: ending the program is always allowed.
    unsafe { abort() }
}

/// The board's noise.
pub(crate) struct Trng;

impl HardwarePoll for Trng {
    fn name(&self) -> &'static str {
        "trng"
    }

    fn poll(&mut self, raw: &mut [u8]) -> Result<usize, PollError> {
        // SAFETY: the C library writes at most `len` bytes to where a slice of that length lies.
        let count = unsafe { getrandom(raw.as_mut_ptr().cast(), raw.len(), 0) };
        usize::try_from(count).map_err(|_| PollError::Failed)
    }

    fn min_entropy_per_byte(&self) -> f32 {
        8.0
    }
}

/// A heap of blocks whose sizes are powers of two: what was given back is given out again to who wants the same size.
struct Heap;

#[global_allocator]
static GLOBAL: Heap = Heap;

#[repr(align(4096))]
struct Arena([u8; HEAP]);

static HEAP_STATE: Mutex<HeapState> =
    Mutex::new(HeapState { arena: Arena([0; HEAP]), used: 0, free: [ptr::null_mut(); 64] });

struct HeapState {
    arena: Arena,
    /// Bytes of the arena that were ever given out.
    used: usize,
    /// By the logarithm of the size: the block given back last, in whose first bytes is the one before.
    free: [*mut u8; 64],
}

// SAFETY: the pointers lead into the arena beside them, and are used only under the lock around both.
unsafe impl Send for HeapState {}

fn class(layout: Layout) -> usize {
    layout.size().max(layout.align()).max(16).next_power_of_two().trailing_zeros() as usize
}

// SAFETY: a block is given to one caller at a time, is as long as its class and lies at a multiple of that, as the arena
// lies at a multiple of the largest alignment that is asked for.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let (class, mut heap) = (class(layout), HEAP_STATE.lock());
        let block = heap.free[class];
        if !block.is_null() {
            // SAFETY: `dealloc` has written the next block's address there.
            heap.free[class] = unsafe { block.cast::<*mut u8>().read() };
            return block;
        }
        let start = heap.used.next_multiple_of(1 << class.min(12));
        match heap.arena.0.get_mut(start..start + (1 << class)) {
            Some(block) => {
                let block = block.as_mut_ptr();
                heap.used = start + (1 << class);
                block
            }
            None => ptr::null_mut(),
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let (class, mut heap) = (class(layout), HEAP_STATE.lock());
        // SAFETY: whoever gives a block back does not use it again, and it has 16 bytes at least.
        unsafe { block.cast::<*mut u8>().write(heap.free[class]) };
        heap.free[class] = block;
    }
}
