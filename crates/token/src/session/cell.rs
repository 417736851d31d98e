//! When an operation starts, goes on and ends (PKCS #11 v3.1 section 5.2 on buffers, and the tables of
//! section 5.6 on operations). Size queries and short buffers keep it alive here and nowhere else.

use alloc::vec::Vec;

use zeroize::Zeroize;

use crate::{Error, Result};

/// The place of one kind of operation in a session.
#[derive(Default)]
pub(crate) enum Cell<T> {
    /// None is running.
    #[default]
    Idle,
    /// One has been started and has taken no data yet.
    Ready(T),
    /// One has told how long its answer to whole data is, and waits for that data again.
    Asked(T),
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
    /// Into memory that the caller has room in, taken once the answer's length is known. When there is too little,
    /// the operation goes on.
    Room(&'a mut dyn Room),
}

/// A caller's memory for an answer.
pub trait Room {
    /// How many bytes there is room for.
    fn room(&self) -> usize;

    /// The first `len` bytes of it, at most [`room`](Self::room), to be written. Called once.
    fn take(&mut self, len: usize) -> &mut [u8];
}

impl Output<'_> {
    /// How many bytes there is room for; `None` when only the length is asked for.
    fn room(&self) -> Option<usize> {
        match self {
            Self::Length => None,
            Self::Buffer(buffer) => Some(buffer.len()),
            Self::Vec(_) => Some(usize::MAX),
            Self::Room(room) => Some(room.room()),
        }
    }

    /// Lets `run` write into `len` bytes, for which there is room, and say how many it used.
    fn fill(self, len: usize, run: impl FnOnce(&mut [u8]) -> Result<usize>) -> Result<usize> {
        match self {
            Self::Length => Ok(len),
            Self::Buffer(buffer) => {
                let place = buffer.get_mut(..len).ok_or(Error::BufferTooSmall { needed: len })?;
                or_zeros(place, run)
            }
            Self::Room(room) => or_zeros(room.take(len), run),
            Self::Vec(vec) => {
                let start = vec.len();
                vec.resize(start.saturating_add(len), 0);
                let used = run(vec.get_mut(start..).unwrap_or_default());
                vec.truncate(start.saturating_add(*used.as_ref().unwrap_or(&0)));
                used
            }
        }
    }

    /// Puts a whole answer there.
    pub(super) fn put(self, answer: &[u8]) -> Result<usize> {
        let needed = answer.len();
        if self.room().is_some_and(|room| room < needed) {
            return Err(Error::BufferTooSmall { needed });
        }
        self.fill(needed, |place| {
            place.copy_from_slice(answer);
            Ok(needed)
        })
    }
}

/// Whether an operation gets its data whole or has had it in parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Whole,
    Parts,
}

/// Which answer of an operation is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The only one.
    Whole,
    /// The one to a part.
    Part,
    /// The last one.
    Last,
    /// The one to a message, after which comes another one; not even a failure ends the operation.
    Message,
}

/// Answers in a caller's memory. A failure leaves zeros there, and not what was decrypted until then.
fn or_zeros(place: &mut [u8], run: impl FnOnce(&mut [u8]) -> Result<usize>) -> Result<usize> {
    match run(place) {
        Ok(used) => Ok(used),
        Err(error) => {
            place.zeroize();
            Err(error)
        }
    }
}

impl<T> Cell<T> {
    /// Starts an operation.
    pub(crate) fn start(&mut self, operation: T) -> Result<()> {
        match self {
            Self::Idle => {
                *self = Self::Ready(operation);
                Ok(())
            }
            Self::Ready(_) | Self::Asked(_) | Self::Streaming(_) => Err(Error::OperationActive),
        }
    }

    /// Whether no operation is running.
    pub(crate) fn is_idle(&self) -> bool {
        matches!(self, Self::Idle)
    }

    /// Whether an operation may be started.
    pub(crate) fn check_idle(&self) -> Result<()> {
        if self.is_idle() { Ok(()) } else { Err(Error::OperationActive) }
    }

    /// The running operation.
    pub(crate) fn current(&mut self) -> Result<&mut T> {
        match self {
            Self::Idle => Err(Error::OperationNotInitialized),
            Self::Ready(operation) | Self::Asked(operation) | Self::Streaming(operation) => Ok(operation),
        }
    }

    /// The running operation, if it is ready for data; otherwise it ends, as with any error but a short buffer.
    pub(crate) fn ready(&mut self, check: impl FnOnce(&T) -> Result<()>) -> Result<&mut T> {
        if let Err(error) = check(self.current()?) {
            self.cancel();
            return Err(error);
        }
        self.current()
    }

    /// The running operation, to give it a part; from now on it takes no whole data any more.
    pub(crate) fn stream(&mut self) -> Result<&mut T> {
        self.check_shape(Shape::Parts)?;
        *self = match core::mem::take(self) {
            Self::Ready(operation) => Self::Streaming(operation),
            other @ (Self::Idle | Self::Asked(_) | Self::Streaming(_)) => other,
        };
        self.current()
    }

    /// Ends the operation and hands it out.
    pub(crate) fn finish(&mut self, shape: Shape) -> Result<T> {
        self.check_shape(shape)?;
        match core::mem::take(self) {
            Self::Idle => Err(Error::OperationNotInitialized),
            Self::Ready(operation) | Self::Asked(operation) | Self::Streaming(operation) => Ok(operation),
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
        match out.room() {
            None => Ok(self.told(shape, needed)),
            Some(room) if room < needed => Err(Error::BufferTooSmall { needed: self.told(shape, needed) }),
            Some(_) => out.put(&run(self.finish(shape)?)?),
        }
    }

    /// Lets the operation write an answer into its place. The operation goes on when only a length is asked for or
    /// the place is too short, and where the answer is not its last; it ends with any other error, but for a
    /// message's.
    ///
    /// `needed` is told how much room there is (`None`: it is only asked) and says how much the answer needs: not
    /// less than it has, and exactly what it has where that is more than the room.
    pub(crate) fn fill(
        &mut self,
        step: Step,
        out: Output<'_>,
        needed: impl FnOnce(&mut T, Option<usize>) -> Result<usize>,
        run: impl FnOnce(&mut T, &mut [u8]) -> Result<usize>,
    ) -> Result<usize> {
        let shape = if step == Step::Whole { Shape::Whole } else { Shape::Parts };
        self.check_shape(shape)?;
        let operation = self.current()?;
        let room = out.room();
        let needed = needed(operation, room).map_err(|error| self.failed(step, error))?;
        match room {
            None => return Ok(self.told(shape, needed)),
            Some(room) if room < needed => {
                return Err(Error::BufferTooSmall { needed: self.told(shape, needed) });
            }
            Some(_) => {}
        }
        let operation = self.current()?;
        let used =
            out.fill(needed, |place| run(operation, place)).map_err(|error| self.failed(step, error))?;
        match step {
            Step::Part => {
                self.stream()?;
            }
            Step::Message => {}
            Step::Whole | Step::Last => {
                self.cancel();
            }
        }
        Ok(used)
    }

    /// Ends the operation with an error, unless it goes on with its next message.
    fn failed(&mut self, step: Step, error: Error) -> Error {
        if step != Step::Message {
            self.cancel();
        }
        error
    }

    /// Ends the operation, if there is one; whether there was.
    pub(crate) fn cancel(&mut self) -> bool {
        !matches!(core::mem::take(self), Self::Idle)
    }

    /// Ends the operation if it is such a one.
    pub(crate) fn cancel_if(&mut self, such: impl FnOnce(&T) -> bool) {
        if let Self::Ready(operation) | Self::Asked(operation) | Self::Streaming(operation) = self
            && such(operation)
        {
            self.cancel();
        }
    }

    /// Remembers that the length of an answer was told, which is returned: the answer to whole data is to whole data.
    fn told(&mut self, shape: Shape, len: usize) -> usize {
        *self = match (core::mem::take(self), shape) {
            (Self::Ready(operation), Shape::Whole) => Self::Asked(operation),
            (other, _) => other,
        };
        len
    }

    /// Data given whole after a part is a mistake of the caller's; the operation goes on. A part, or the end of all
    /// parts, after data that was given whole ends it: the answer would not be to that data.
    fn check_shape(&mut self, shape: Shape) -> Result<()> {
        match (&*self, shape) {
            (Self::Idle, _) => Err(Error::OperationNotInitialized),
            (Self::Streaming(_), Shape::Whole) => Err(Error::OperationActive),
            (Self::Asked(_), Shape::Parts) => {
                self.cancel();
                Err(Error::OperationActive)
            }
            (Self::Ready(_), _) | (Self::Asked(_), Shape::Whole) | (Self::Streaming(_), Shape::Parts) => {
                Ok(())
            }
        }
    }
}
