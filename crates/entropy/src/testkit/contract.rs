//! The contract suite: every promise of [`HardwarePoll`], asked of any source that works. What a source with a fault
//! costs is asked of the generator, in `tests/`.

use std::boxed::Box;
use std::collections::HashSet;
use std::vec::Vec;

use crate::assess::{histogram, most_common_value};
use crate::source::checked::CheckedSource;
use crate::{Alpha, HardwarePoll, PollError, SourceState, read_raw};

/// Polls that a source may leave unanswered in a row, as the health-checked shell has it.
const PATIENCE: u32 = crate::source::IDLE_POLLS;

/// Samples by which two sources, or two moments of one, are told apart.
const MANY: usize = 1024;

/// Checks every promise of [`HardwarePoll`] on a source that works.
///
/// `make` gives a source; it is called several times, and each must be a fresh one, as after a restart. The suite draws
/// some thirty thousand samples.
///
/// # Panics
/// With a sentence that names the promise, when one is broken.
pub fn contract<P: HardwarePoll + 'static>(make: impl Fn() -> P) {
    it_has_a_name_for_logs(&make());
    its_claim_can_be_tested_and_stays(&mut make());
    it_gives_no_more_than_was_asked_for(&mut make());
    it_leaves_what_it_did_not_fill(&mut make());
    it_writes_what_it_reports(&mut make());
    nothing_asked_for_is_nothing_given(&mut make());
    its_samples_are_of_its_alphabet(&mut make());
    its_samples_bear_its_claim(&mut make());
    it_does_not_give_the_same_again(&make);
    it_passes_its_health_tests(Box::new(make()));
}

fn it_has_a_name_for_logs(source: &impl HardwarePoll) {
    let name = source.name();
    let plain = |letter: char| letter.is_ascii_graphic();
    assert!(!name.is_empty() && name.chars().all(plain), "the name {name:?} can't stand in a log");
}

fn its_claim_can_be_tested_and_stays(source: &mut impl HardwarePoll) {
    let claim = source.min_entropy_per_byte();
    let largest = source.alphabet().largest_claim();
    assert!(claim > 0.0 && claim <= largest, "the claim {claim} is not above 0 and at most {largest}");
    some(source, &mut [0; 64]);
    assert_eq!(source.min_entropy_per_byte().to_bits(), claim.to_bits(), "the claim changes");
}

fn it_gives_no_more_than_was_asked_for(source: &mut impl HardwarePoll) {
    for room in [1, 2, 3, 4, 5, 7, 8, 9, 31, 64, 1000, 4096] {
        let given = some(source, &mut std::vec![0; room]);
        assert!(given <= room, "{given} bytes were reported where there was room for {room}");
    }
}

fn it_leaves_what_it_did_not_fill(source: &mut impl HardwarePoll) {
    for room in [1, 3, 8, 64, 1000] {
        let mut raw = std::vec![0xa5; room];
        let given = some(source, &mut raw);
        assert!(
            raw[given..].iter().all(|&byte| byte == 0xa5),
            "of {room} bytes only {given} were reported, and others changed"
        );
    }
}

/// Noise that is a thousand times what was there before is none that passes a health test.
fn it_writes_what_it_reports(source: &mut impl HardwarePoll) {
    for pattern in [0x5a, 0x01] {
        let raw = read(source, std::vec![pattern; MANY]);
        assert!(raw.iter().any(|&byte| byte != pattern), "bytes are reported that were not written");
    }
}

fn nothing_asked_for_is_nothing_given(source: &mut impl HardwarePoll) {
    let given = source.poll(&mut []);
    assert!(matches!(given, Ok(0) | Err(PollError::NotReady)), "an empty buffer was answered with {given:?}");
    some(source, &mut [0; 1]);
}

fn its_samples_are_of_its_alphabet(source: &mut impl HardwarePoll) {
    let largest = if source.alphabet().largest_claim() > 1.0 { u8::MAX } else { 1 };
    let sample = samples(source).into_iter().find(|&sample| sample > largest);
    assert_eq!(sample, None, "a sample is none of its alphabet");
}

/// The health tests would find a claim that is far too high in time; this finds it at once. A value that comes twice as
/// often as the claim allows in ten thousand samples is no accident, and chance is given some more room.
fn its_samples_bear_its_claim(source: &mut impl HardwarePoll) {
    let all = read(source, std::vec![0; 10 * MANY]);
    let found = most_common_value(&histogram(&all)).expect("these are many");
    let likely = (-source.min_entropy_per_byte()).exp2();
    let most = 2.0 * likely * all.len() as f32 + 40.0;
    assert!(
        found.count as f32 <= most,
        "the value {} came {} times in {}, too often for the claim",
        found.value,
        found.count,
        all.len()
    );
}

fn it_does_not_give_the_same_again<P: HardwarePoll>(make: &impl Fn() -> P) {
    let (mut one, mut other) = (make(), make());
    let all = [samples(&mut one), samples(&mut one), samples(&mut other), samples(&mut make())];
    let different: HashSet<_> = all.iter().collect();
    assert_eq!(different.len(), all.len(), "{MANY} samples came again");
}

fn it_passes_its_health_tests(source: Box<dyn HardwarePoll>) {
    let mut checked = CheckedSource::new(source, Alpha::default());
    checked.test();
    let gathered = checked.gather(384);
    let report = checked.report();
    assert!(gathered.is_some() && report.state == SourceState::Healthy, "it is {}: {report:?}", report.state);
    assert_eq!(
        (report.health_failures, report.poll_errors),
        (0, 0),
        "it failed before it passed: {report:?}"
    );
}

fn samples(source: &mut impl HardwarePoll) -> Vec<u8> {
    read(source, std::vec![0; MANY])
}

/// The buffer, full of samples.
fn read(source: &mut impl HardwarePoll, mut raw: Vec<u8>) -> Vec<u8> {
    read_raw(source, &mut raw).unwrap_or_else(|error| panic!("the source stopped: {error}"));
    raw
}

/// Polls until there is something, and says how much is said to be.
fn some(source: &mut impl HardwarePoll, raw: &mut [u8]) -> usize {
    for _ in 0..PATIENCE {
        match source.poll(raw) {
            Ok(0) | Err(PollError::NotReady) => {}
            Ok(given) => return given,
            Err(error) => panic!("a source that works said: {error}"),
        }
    }
    panic!("nothing came in {PATIENCE} polls")
}
