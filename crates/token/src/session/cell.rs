//! When an operation starts, goes on and ends (PKCS #11 v3.1 section 5.2 on buffers, and the tables of
//! section 5.6 on operations). Size queries and short buffers keep it alive here and nowhere else.

use alloc::vec::Vec;

use crate::{Error, Result};

/// The place of one kind of operation in a session.
#[derive(Default)]
pub(crate) enum Cell<T> {
    /// None is running.
    #[default]
    Idle,
    /// One has been started and has taken no data yet.
    Ready(T),
    /// One has taken data in parts.
    Streaming(T),
}

/// Where an answer goes, as section 5.2 lets a caller say.
pub enum Output<'a> {
    /// Nowhere: only the answer's length is asked for, and the operation goes on.
    Length,
    /// Into the caller's buffer. When it is too short, the operation goes on.
    Buffer(&'a mut [u8]),
    /// Behind what the vector holds.
    Vec(&'a mut Vec<u8>),
    /// Behind what the vector holds, if the caller has room for it. When it hasn't, the operation goes on.
    Capped {
        /// Where the answer goes.
        answer: &'a mut Vec<u8>,
        /// How many bytes it may have.
        room: usize,
    },
}

/// Whether an operation gets its data whole or has had it in parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Whole,
    Parts,
}

impl<T> Cell<T> {
    /// Starts an operation.
    pub(crate) fn start(&mut self, operation: T) -> Result<()> {
        match self {
            Self::Idle => {
                *self = Self::Ready(operation);
                Ok(())
            }
            Self::Ready(_) | Self::Streaming(_) => Err(Error::OperationActive),
        }
    }

    /// Whether an operation may be started.
    pub(crate) fn check_idle(&self) -> Result<()> {
        match self {
            Self::Idle => Ok(()),
            Self::Ready(_) | Self::Streaming(_) => Err(Error::OperationActive),
        }
    }

    /// The running operation.
    pub(crate) fn current(&mut self) -> Result<&mut T> {
        match self {
            Self::Idle => Err(Error::OperationNotInitialized),
            Self::Ready(operation) | Self::Streaming(operation) => Ok(operation),
        }
    }

    /// The running operation, to give it a part; from now on it takes no whole data any more.
    pub(crate) fn stream(&mut self) -> Result<&mut T> {
        *self = match core::mem::take(self) {
            Self::Ready(operation) => Self::Streaming(operation),
            other @ (Self::Idle | Self::Streaming(_)) => other,
        };
        self.current()
    }

    /// Ends the operation and hands it out.
    pub(crate) fn finish(&mut self, shape: Shape) -> Result<T> {
        self.check_shape(shape)?;
        match core::mem::take(self) {
            Self::Idle => Err(Error::OperationNotInitialized),
            Self::Ready(operation) | Self::Streaming(operation) => Ok(operation),
        }
    }

    /// Ends the operation with an answer of `len` bytes, unless the caller only asks for that length or its
    /// buffer is too short for it. Returns the answer's length.
    pub(crate) fn answer(
        &mut self,
        shape: Shape,
        out: Output<'_>,
        len: impl FnOnce(&T) -> usize,
        run: impl FnOnce(T) -> Result<Vec<u8>>,
    ) -> Result<usize> {
        self.check_shape(shape)?;
        let needed = len(self.current()?);
        match out {
            Output::Length => Ok(needed),
            Output::Buffer(buffer) if buffer.len() < needed => Err(Error::BufferTooSmall { needed }),
            Output::Buffer(buffer) => {
                let answer = run(self.finish(shape)?)?;
                let place = buffer.get_mut(..answer.len());
                place.ok_or(Error::BufferTooSmall { needed: answer.len() })?.copy_from_slice(&answer);
                Ok(answer.len())
            }
            Output::Capped { room, .. } if room < needed => Err(Error::BufferTooSmall { needed }),
            Output::Capped { answer: vec, room } => {
                let answer = run(self.finish(shape)?)?;
                if answer.len() > room {
                    return Err(Error::BufferTooSmall { needed: answer.len() });
                }
                vec.extend_from_slice(&answer);
                Ok(answer.len())
            }
            Output::Vec(vec) => {
                let answer = run(self.finish(shape)?)?;
                vec.extend_from_slice(&answer);
                Ok(answer.len())
            }
        }
    }

    /// Ends the operation, if there is one; whether there was.
    pub(crate) fn cancel(&mut self) -> bool {
        !matches!(core::mem::take(self), Self::Idle)
    }

    /// Ends the operation if it is such a one.
    pub(crate) fn cancel_if(&mut self, such: impl FnOnce(&T) -> bool) {
        if self.current().is_ok_and(|operation| such(operation)) {
            self.cancel();
        }
    }

    /// Data given whole after a part is a mistake of the caller's; the operation goes on.
    fn check_shape(&self, shape: Shape) -> Result<()> {
        match (self, shape) {
            (Self::Idle, _) => Err(Error::OperationNotInitialized),
            (Self::Streaming(_), Shape::Whole) => Err(Error::OperationActive),
            (Self::Ready(_), _) | (Self::Streaming(_), Shape::Parts) => Ok(()),
        }
    }
}
