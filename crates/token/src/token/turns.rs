//! How the changes of several threads become one batch: whoever comes when nobody writes leads, takes all that wait and
//! writes them together; those who come meanwhile wait, holding nothing that another session needs. Without `std`
//! everyone writes alone. What is written, and how, is the leader's to know.

#[cfg(feature = "std")]
mod imp {
    use alloc::vec::Vec;

    use hashbrown::HashMap;

    use crate::sync::{Mutex, Signal};

    /// The most requests that are led together.
    const GROUP: usize = 64;

    /// Whose turn it is.
    pub(crate) struct Turns<Q, A> {
        queue: Mutex<Queue<Q, A>>,
        moved: Signal,
    }

    struct Queue<Q, A> {
        last: u64,
        waiting: Vec<(u64, Q)>,
        /// `None` where the leader ended before it had an answer.
        answers: HashMap<u64, Option<A>>,
        is_led: bool,
    }

    impl<Q, A> Default for Turns<Q, A> {
        fn default() -> Self {
            let queue = Queue { last: 0, waiting: Vec::new(), answers: HashMap::new(), is_led: false };
            Self { queue: Mutex::new(queue), moved: Signal::default() }
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
            loop {
                if let Some(answer) = queue.answers.remove(&ticket) {
                    return answer;
                }
                if queue.is_led {
                    queue = self.moved.wait(queue);
                    continue;
                }
                queue.is_led = true;
                let (tickets, group) = queue.choose(&fits);
                drop(queue);
                let mut turn = Turn { turns: self, tickets, answers: Vec::new() };
                turn.answers = lead(group);
                drop(turn);
                queue = self.queue.lock();
            }
        }
    }

    #[cfg(test)]
    impl<Q, A> Turns<Q, A> {
        pub(crate) fn waiting(&self) -> usize {
            self.queue.lock().waiting.len()
        }
    }

    impl<Q, A> Queue<Q, A> {
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
            (tickets, group)
        }
    }

    /// A leader's turn. However it ends, those who wait learn of it.
    struct Turn<'a, Q, A> {
        turns: &'a Turns<Q, A>,
        tickets: Vec<u64>,
        answers: Vec<A>,
    }

    impl<Q, A> Drop for Turn<'_, Q, A> {
        fn drop(&mut self) {
            let mut queue = self.turns.queue.lock();
            let answers = self.answers.drain(..).map(Some).chain(core::iter::repeat_with(|| None));
            queue.answers.extend(self.tickets.drain(..).zip(answers));
            queue.is_led = false;
            drop(queue);
            self.turns.moved.tell_all();
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
