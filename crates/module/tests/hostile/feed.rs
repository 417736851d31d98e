//! Choices out of bytes: what a fuzzer mutates and a property test shrinks. When the bytes are used up every choice
//! is the first one, so any bytes are a sequence of calls.

/// Bytes that have not been used yet.
pub(crate) struct Feed<'a>(&'a [u8]);

impl<'a> Feed<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    /// A number below `end`, which is between 1 and 65536.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        let drawn = if end <= 256 {
            usize::from(self.byte())
        } else {
            usize::from(u16::from_le_bytes([self.byte(), self.byte()]))
        };
        drawn % end
    }

    /// True once in `times`; always for 1, otherwise never when the bytes are used up.
    pub(crate) fn once_in(&mut self, times: usize) -> bool {
        times == 1 || self.below(times) == times - 1
    }

    pub(crate) fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    /// As many bytes as asked for; zeros where there are none left.
    pub(crate) fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.byte()).collect()
    }
}
