//! Faults: which calls fail, and how.

/// The kinds of file calls, as far as faults tell them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// Opens a file or folder that is there.
    Open,
    /// Opens a file that the call makes.
    Create,
    /// Reads.
    Read,
    /// Writes.
    Write,
    /// Sets a file's length.
    Truncate,
    /// Makes a file's bytes durable.
    Sync,
    /// Makes the names in a folder durable.
    SyncFolder,
    /// Makes or removes a name.
    Rename,
}

impl Call {
    /// Whether the call would change what is stored.
    #[must_use]
    pub fn changes(self) -> bool {
        matches!(self, Self::Create | Self::Write | Self::Truncate | Self::Rename)
    }
}

/// What becomes of the calls that a fault hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// They do nothing and fail with this number of `errno`.
    Fails(i32),
    /// Those that read or write do so with half of their bytes, and say so.
    Short,
}

/// A fault, and when it is.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// What happens.
    pub fault: Fault,
    /// Which calls it hits.
    pub hits: fn(Call) -> bool,
    /// How many of those go well before.
    pub after: usize,
    /// How many it hits then.
    pub times: usize,
}

/// A plan as it is carried out.
#[derive(Default)]
pub(crate) struct Faults {
    plan: Option<Plan>,
    /// The calls so far that the plan is about.
    seen: usize,
    has_hit: bool,
    is_paused: bool,
}

impl Faults {
    pub(crate) fn set(&mut self, plan: Option<Plan>) {
        *self = Self { plan, seen: 0, has_hit: self.has_hit, is_paused: false };
    }

    pub(crate) fn pause(&mut self, is_paused: bool) {
        self.is_paused = is_paused;
    }

    /// Whether a plan has hit a call.
    pub(crate) fn has_hit(&self) -> bool {
        self.has_hit
    }

    /// How many bytes of `len` the call may move.
    pub(crate) fn ask(&mut self, call: Call, len: usize) -> Result<usize, i32> {
        let Some(plan) = self.plan.filter(|plan| !self.is_paused && (plan.hits)(call)) else {
            return Ok(len);
        };
        self.seen += 1;
        let number = self.seen - 1;
        if number < plan.after || number - plan.after >= plan.times {
            return Ok(len);
        }
        self.has_hit = true;
        match plan.fault {
            Fault::Fails(errno) => Err(errno),
            Fault::Short => Ok(len.div_ceil(2)),
        }
    }
}
