//! Memory that is handed over to the module, with guard bytes around it. What the module may only read ends where
//! its allocation ends, so that AddressSanitizer sees the first byte too far.

use std::cell::Cell;

/// What lies around memory that may be written to.
const GUARD: [u8; 32] = [0xc5; 32];

/// What is in a buffer before it is written to.
pub(crate) const FILL: u8 = 0x5a;

/// A piece of memory. It stays where it is as long as it lives.
pub(crate) struct Block {
    memory: Box<[Cell<u8>]>,
    start: usize,
    before: Vec<u8>,
}

impl Block {
    /// Memory to be read, `shift` bytes away from any alignment.
    pub(crate) fn input(bytes: &[u8], shift: usize) -> Self {
        let memory = std::iter::repeat_n(GUARD[0], shift).chain(bytes.iter().copied());
        Self { memory: memory.map(Cell::new).collect(), start: shift, before: bytes.to_vec() }
    }

    /// Memory to be written to, between guards.
    pub(crate) fn output(bytes: &[u8], shift: usize) -> Self {
        let start = GUARD.len() + shift;
        let guard = |len| std::iter::repeat_n(GUARD[0], len);
        let memory = guard(start).chain(bytes.iter().copied()).chain(guard(GUARD.len()));
        Self { memory: memory.map(Cell::new).collect(), start, before: bytes.to_vec() }
    }

    /// Where it starts. Who holds the block may write there.
    pub(crate) fn pointer<T>(&self) -> *mut T {
        self.memory.as_ptr().wrapping_add(self.start).cast_mut().cast()
    }

    /// The same as a number, for structures.
    pub(crate) fn address(&self) -> u64 {
        self.pointer::<u8>().expose_provenance() as u64
    }

    /// Puts numbers into memory that the module has not seen yet.
    pub(crate) fn write_words(&self, words: &[u64]) {
        let bytes = words.iter().flat_map(|word| word.to_ne_bytes());
        for (place, byte) in self.memory.iter().skip(self.start).zip(bytes) {
            place.set(byte);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.before.len()
    }

    /// What is there now.
    pub(crate) fn now(&self) -> Vec<u8> {
        self.memory.iter().skip(self.start).take(self.len()).map(Cell::get).collect()
    }

    /// The first bytes as a number, as a C program reads it.
    pub(crate) fn ulong(&self) -> u64 {
        number(&self.now())
    }

    /// The number that was there at first.
    pub(crate) fn before(&self) -> u64 {
        number(&self.before)
    }

    /// Whether nothing was written, from the byte with this index on.
    pub(crate) fn is_untouched_from(&self, index: usize) -> bool {
        self.now().iter().skip(index).eq(self.before.iter().skip(index))
    }

    /// Whether each byte is as it was, or wiped.
    pub(crate) fn tells_nothing(&self) -> bool {
        self.now().iter().zip(&self.before).all(|(now, before)| *now == 0 || now == before)
    }

    pub(crate) fn is_untouched(&self) -> bool {
        self.is_untouched_from(0)
    }

    /// Whether what lies around it is as it was.
    pub(crate) fn is_guarded(&self) -> bool {
        let (end, guard) = (self.start + self.len(), Cell::new(GUARD[0]));
        self.memory.iter().take(self.start).chain(self.memory.iter().skip(end)).all(|byte| *byte == guard)
    }
}

fn number(bytes: &[u8]) -> u64 {
    let mut number = [0; 8];
    for (byte, given) in number.iter_mut().zip(bytes) {
        *byte = *given;
    }
    u64::from_ne_bytes(number)
}
