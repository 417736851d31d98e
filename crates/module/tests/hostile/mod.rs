//! Sequences of calls with hostile arguments, made out of any bytes: the one generator behind the property test
//! (`tests/it/hostile.rs`, the built library on stable Rust) and the fuzz target (`fuzz/targets/calls.rs`, the same
//! functions linked in, under AddressSanitizer). It lies beside the tests, and the fuzz target includes it by its
//! path, so that no package is needed that only these two would share.
//!
//! A call must answer with a code that says what was wrong, write nothing beside the memory it was given, and see
//! that the library is not initialised or the session is none (`answers.rs`). What is absent: whether an answer is
//! right; other tests say so.

mod answers;
mod arguments;
mod calls;
mod feed;
mod mechanisms;
mod memory;
mod pieces;
mod templates;
mod world;

use cryptoki_sys::*;

use answers::Answers;
use arguments::Scene;
use calls::{CALLS, Call};
use feed::Feed;
use world::State;
pub(crate) use world::World;

/// The most calls of one sequence.
const MOST: usize = 64;

/// How many answers are kept to be given back.
const RECENT: usize = 4;

/// What ends much at once, so that it must not be half of all calls, and once in how many times it is made.
const RARE: &[(&str, usize)] = &[
    ("C_CloseSession", 6),
    ("C_CloseAllSessions", 32),
    ("C_Finalize", 32),
    ("C_InitPIN", 32),
    ("C_InitToken", 32),
    ("C_Login", 32),
    ("C_LoginUser", 32),
    ("C_Logout", 32),
    ("C_SetPIN", 32),
];

/// What is answered before the library is initialised.
const BARE: &[&str] =
    &["C_Initialize", "C_Finalize", "C_GetFunctionList", "C_GetInterfaceList", "C_GetInterface"];

/// Makes the calls that `bytes` stand for.
///
/// # Panics
/// Where an answer is wrong.
pub(crate) fn run(world: &mut World, list: &'static CK_FUNCTION_LIST_3_2, bytes: &[u8]) {
    let mut state = world.start();
    let mut feed = Feed::new(bytes);
    let mut last = 0;
    for _ in 0..MOST {
        if feed.is_empty() {
            break;
        }
        // What goes together lies together in the list: an operation's start, its parts and its end.
        let next = last + feed.one_of(&[1, 1, 2, 3, 0]);
        last = if feed.once_in(3) { feed.below(CALLS.len()) } else { next % CALLS.len() };
        let Some(call) = CALLS.get(last) else { break };
        let rarity = RARE.iter().find(|(name, _)| *name == call.name).map_or(1, |(_, times)| *times);
        if feed.once_in(rarity) {
            make(call, list, &mut feed, &mut state);
        }
    }
    world.restore(state);
}

fn make(call: &Call, list: &CK_FUNCTION_LIST_3_2, feed: &mut Feed<'_>, state: &mut State) {
    let was_initialized = state.initialized;
    let mut scene = Scene { feed, state, answers: Answers::default(), mechanism: None, is_slow: false };
    let answer = (call.run)(list, &mut scene);
    let Scene { state, answers, .. } = scene;
    let flaw = answers.flaw(call.name, answer).or_else(|| {
        let expected = if !was_initialized && !BARE.contains(&call.name) {
            CKR_CRYPTOKI_NOT_INITIALIZED
        } else if was_initialized && answers.stranger {
            CKR_SESSION_HANDLE_INVALID
        } else {
            return (was_initialized && answer == CKR_CRYPTOKI_NOT_INITIALIZED).then(|| "but it is".into());
        };
        (answer != expected).then(|| format!("it should have answered {expected:#x}"))
    });
    assert!(flaw.is_none(), "{} answered {answer:#x}: {}", call.name, flaw.unwrap_or_default());
    learn(call.name, answer, &answers, state);
}

/// Keeps what a call has changed.
fn learn(function: &str, answer: CK_RV, answers: &Answers, state: &mut State) {
    state.pins_touched |= answer == CKR_PIN_INCORRECT;
    if answer != CKR_OK {
        return;
    }
    state.recent.extend(answers.answered().filter(|bytes: &Vec<u8>| !bytes.is_empty()));
    state.recent.drain(..state.recent.len().saturating_sub(RECENT));
    match function {
        "C_Initialize" => state.initialized = true,
        "C_OpenSession" => state.open.extend(answers.new_handles()),
        "C_CloseSession" => state.close(|handle| handle == answers.session),
        "C_CloseAllSessions" => state.close(|_| true),
        "C_Finalize" => {
            state.initialized = false;
            state.close(|_| true);
        }
        "C_SetPIN" | "C_InitPIN" | "C_InitToken" => state.pins_touched = true,
        _ => state.objects.extend(answers.new_handles().map(|handle| (handle, mechanisms::Family::Any))),
    }
}
