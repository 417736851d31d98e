//! How the changes of several threads become one batch: whoever comes when nobody writes leads, takes all that wait and
//! writes them together; those who come meanwhile wait, holding nothing that another session needs. Without `std`
//! everyone writes alone. What is written, and how, is the leader's to know.

#[cfg(feature = "std")]
mod imp {
    use alloc::vec::Vec;
    use std::time::{Duration, Instant};

    use hashbrown::HashMap;

    use crate::sync::{Locked, Mutex, Signal};

    /// The most requests that are led together.
    const GROUP: usize = 64;

    /// The longest that a leader waits for others: a batch that waited for another process says nothing about the disk.
    const PATIENCE: Duration = Duration::from_millis(20);

    /// Whose turn it is.
    pub(crate) struct Turns<Q, A> {
        queue: Mutex<Queue<Q, A>>,
        /// For those of one group, and of the next: nobody wakes for another's answer.
        done: [Signal; 2],
        arrived: Signal,
    }

    struct Queue<Q, A> {
        last: u64,
        waiting: Vec<(u64, Q)>,
        /// `None` where the leader ended before it had an answer.
        answers: HashMap<u64, Option<A>>,
        is_led: bool,
        /// The number of the group that those who wait will be in.
        group: usize,
        /// How many wrote or wanted to when the last group was done. They may want to again.
        expected: usize,
        /// How long they are waited for.
        patience: Duration,
    }

    impl<Q, A> Default for Turns<Q, A> {
        fn default() -> Self {
            let queue = Queue {
                last: 0,
                waiting: Vec::new(),
                answers: HashMap::new(),
                is_led: false,
                group: 0,
                expected: 0,
                patience: Duration::ZERO,
            };
            Self { queue: Mutex::new(queue), done: Default::default(), arrived: Signal::default() }
        }
    }

    impl<Q, A> Turns<Q, A> {
        /// Gives the answer to a request, which this or another thread has written with others. `fits` says whether a
        /// request may go with those chosen already, `lead` answers them in their order. `None` when the thread that led
        /// has panicked.
        pub(crate) fn submit(
            &self,
            request: Q,
            fits: impl Fn(&[Q], &Q) -> bool,
            lead: impl Fn(Vec<Q>) -> Vec<A>,
        ) -> Option<A> {
            let mut queue = self.queue.lock();
            queue.last += 1;
            let ticket = queue.last;
            queue.waiting.push((ticket, request));
            if queue.is_led && queue.waiting.len() == queue.expected {
                self.arrived.tell_one();
            }
            loop {
                if let Some(answer) = queue.answers.remove(&ticket) {
                    return answer;
                }
                if queue.is_led {
                    let signal = &self.done[queue.group_of(ticket) % 2];
                    queue = signal.wait(queue);
                    continue;
                }
                queue.is_led = true;
                queue = self.gather(queue);
                let (tickets, group) = queue.choose(&fits);
                drop(queue);
                let mut turn = Turn { turns: self, tickets, answers: Vec::new(), since: Instant::now() };
                turn.answers = lead(group);
                drop(turn);
                queue = self.queue.lock();
            }
        }

        /// Lets those come who are expected, for no longer than half of what the last group took: without them there
        /// would be two batches, of which each waits for the disk. Who writes alone expects nobody.
        fn gather<'a>(&'a self, mut queue: Locked<'a, Queue<Q, A>>) -> Locked<'a, Queue<Q, A>> {
            let since = Instant::now();
            while queue.waiting.len() < queue.expected {
                let left = queue.patience.saturating_sub(since.elapsed());
                if left.is_zero() {
                    break;
                }
                queue = self.arrived.wait_for(queue, left);
            }
            queue
        }
    }

    #[cfg(test)]
    impl<Q, A> Turns<Q, A> {
        pub(crate) fn waiting(&self) -> usize {
            self.queue.lock().waiting.len()
        }

        pub(crate) fn expected(&self) -> usize {
            self.queue.lock().expected
        }

        /// Lets the next leader wait for so many, for so long.
        pub(crate) fn expect(&self, expected: usize, patience: Duration) {
            let mut queue = self.queue.lock();
            (queue.expected, queue.patience) = (expected, patience);
        }
    }

    impl<Q, A> Queue<Q, A> {
        /// The group that a request without an answer is in, while one is led.
        fn group_of(&self, ticket: u64) -> usize {
            let waits = self.waiting.iter().any(|(waiting, _)| *waiting == ticket);
            if waits { self.group } else { self.group.wrapping_sub(1) }
        }

        fn choose(&mut self, fits: impl Fn(&[Q], &Q) -> bool) -> (Vec<u64>, Vec<Q>) {
            let (mut tickets, mut group, mut rest) = (Vec::new(), Vec::new(), Vec::new());
            for (ticket, request) in self.waiting.drain(..) {
                if group.len() < GROUP && fits(&group, &request) {
                    tickets.push(ticket);
                    group.push(request);
                } else {
                    rest.push((ticket, request));
                }
            }
            self.waiting = rest;
            self.group = self.group.wrapping_add(1);
            (tickets, group)
        }
    }

    /// A leader's turn. However it ends, those who wait learn of it.
    struct Turn<'a, Q, A> {
        turns: &'a Turns<Q, A>,
        tickets: Vec<u64>,
        answers: Vec<A>,
        since: Instant,
    }

    impl<Q, A> Drop for Turn<'_, Q, A> {
        fn drop(&mut self) {
            let mut queue = self.turns.queue.lock();
            queue.expected = GROUP.min(self.tickets.len() + queue.waiting.len());
            queue.patience = PATIENCE.min(self.since.elapsed() / 2);
            let answers = self.answers.drain(..).map(Some).chain(core::iter::repeat_with(|| None));
            queue.answers.extend(self.tickets.drain(..).zip(answers));
            queue.is_led = false;
            let (led, next) = (queue.group.wrapping_sub(1) % 2, queue.group % 2);
            let is_alone = queue.expected == 1;
            drop(queue);
            if is_alone {
                // Nobody is to be woken.
                return;
            }
            // Who leads next is of the next group, or was left over by this one.
            self.turns.done[next].tell_one();
            self.turns.done[led].tell_all();
        }
    }
}

#[cfg(not(feature = "std"))]
mod imp {
    use alloc::vec::Vec;
    use core::marker::PhantomData;

    /// Everyone's own.
    pub(crate) struct Turns<Q, A>(PhantomData<fn(Q) -> A>);

    impl<Q, A> Default for Turns<Q, A> {
        fn default() -> Self {
            Self(PhantomData)
        }
    }

    impl<Q, A> Turns<Q, A> {
        pub(crate) fn submit(
            &self,
            request: Q,
            _fits: impl Fn(&[Q], &Q) -> bool,
            lead: impl Fn(Vec<Q>) -> Vec<A>,
        ) -> Option<A> {
            lead(alloc::vec![request]).pop()
        }
    }
}

pub(super) use imp::Turns;

#[cfg(all(test, feature = "std"))]
mod tests;
