//! What noise sources say, as sentences for the user.

use portcullis_entropy::PollError;

/// The sentence for a source that stopped after so many samples.
pub(super) fn sentence(noise: &str, error: PollError, given: u64) -> String {
    match error {
        PollError::Absent => {
            format!("there is no noise source {noise} here; `portcullis entropy list` shows what there is")
        }
        PollError::NotADevice => {
            format!("{noise} has fixed contents, which are no noise; name a device such as /dev/hwrng")
        }
        PollError::NotReady => {
            format!("the noise source {noise} fell silent after {given} samples; try again, or ask for fewer")
        }
        _ => {
            format!(
                "the noise source {noise} failed after {given} samples; check that it may be read, and its driver"
            )
        }
    }
}
