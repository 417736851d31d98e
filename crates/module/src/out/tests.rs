//! Lengths: what is written, and that nothing is written where it does not fit.

use std::ptr;

use super::*;

fn caller() -> Caller {
    // SAFETY: every pointer in these tests is NULL or leads to what the test owns.
    unsafe { Caller::trusted() }
}

/// As the operation cell: says `needed` until there is room.
fn run(needed: usize) -> impl Fn(Output<'_>) -> portcullis_token::Result<usize> {
    move |out| match out {
        Output::Length => Ok(needed),
        Output::Room(room) if room.room() >= needed => {
            room.take(needed).fill(b'x');
            Ok(needed)
        }
        _ => Err(TokenError::BufferTooSmall { needed }),
    }
}

#[test]
fn an_answer_fits_or_says_its_length() {
    let cases: &[(bool, CK_ULONG, bool, CK_ULONG)] = &[
        // a buffer, its room, success, the length afterwards
        (false, 0, true, 3),
        (false, 99, true, 3),
        (true, 0, false, 3),
        (true, 2, false, 3),
        (true, 3, true, 3),
        (true, 5, true, 3),
        (true, CK_ULONG::MAX, true, 3),
    ];
    for &(given, room, success, after) in cases {
        let mut buffer = *b"-----";
        let mut len = room;
        let start = if given { buffer.as_mut_ptr() } else { ptr::null_mut() };
        let outcome = caller().answer(start, &raw mut len).unwrap().give(run(3));
        assert_eq!((outcome.is_ok(), len), (success, after), "{given} {room}");
        assert_eq!(&buffer, if given && success { b"xxx--" } else { b"-----" });
    }
    assert!(caller().answer(ptr::null_mut(), ptr::null_mut()).is_err());
}

#[test]
fn an_answer_over_its_input_comes_from_a_copy() {
    // Where the input lies and how long it is, and where the buffer starts.
    for (input, len, buffer) in [(0, 4, 0), (2, 4, 0), (0, 4, 2), (0, 4, 4), (4, 4, 0), (3, 0, 2)] {
        let mut memory = *b"abcdefgh";
        let expected: Vec<u8> = memory[input..input + len].iter().rev().copied().collect();
        let (start, mut room) = (memory.as_mut_ptr(), 4);
        let caller = caller();
        let input = caller.input(start.wrapping_add(input), len as CK_ULONG).unwrap();
        let answer = caller.answer(start.wrapping_add(buffer), &raw mut room).unwrap();
        let reverse = |input: &[u8], out: Output<'_>| {
            let Output::Room(room) = out else { panic!("there is a buffer") };
            let place = room.take(input.len());
            for (place, byte) in place.iter_mut().zip(input.iter().rev()) {
                *place = *byte;
            }
            Ok(input.len())
        };
        answer.give_to(input, reverse).unwrap();
        assert_eq!((room, &memory[buffer..buffer + len]), (len as CK_ULONG, &expected[..]));
    }
}

#[test]
fn a_failure_leaves_the_length_alone() {
    let (mut buffer, mut len) = ([0; 4], 4);
    let failing = |_: Output<'_>| Err(TokenError::SignatureInvalid);
    assert!(caller().answer(buffer.as_mut_ptr(), &raw mut len).unwrap().give(failing).is_err());
    assert_eq!(len, 4);
}

#[test]
fn a_list_fits_or_says_its_count() {
    let cases: &[(bool, CK_ULONG, bool)] =
        &[(false, 0, true), (true, 1, false), (true, 2, true), (true, 9, true)];
    for &(given, room, success) in cases {
        let (mut list, mut count) = ([0_u64; 2], room);
        let start = if given { list.as_mut_ptr() } else { ptr::null_mut() };
        let outcome = caller().list(&[7, 8], start, &raw mut count);
        assert_eq!((outcome.is_ok(), count), (success, 2));
        assert_eq!(list, if given && success { [7, 8] } else { [0, 0] });
    }
    assert!(caller().list(&[7_u64], ptr::null_mut(), ptr::null_mut()).is_err());
}

#[test]
fn an_attribute_is_given_or_marked_unavailable() {
    let mut buffer = [0_u8; 8];
    let mut give = |room: CK_ULONG, null: bool, value: Result<&[u8]>| {
        let place = if null { ptr::null_mut() } else { buffer.as_mut_ptr().cast() };
        let mut attribute = CK_ATTRIBUTE { type_: 3, pValue: place, ulValueLen: room };
        let wanted = attribute;
        let value = value.map(|bytes| Zeroizing::new(bytes.to_vec()));
        let outcome = caller().give(&wanted, &raw mut attribute, value);
        (outcome.is_ok(), attribute.ulValueLen)
    };
    assert_eq!(give(0, true, Ok(b"abc")), (true, 3));
    assert_eq!(give(8, false, Ok(b"abc")), (true, 3));
    assert_eq!(give(2, false, Ok(b"abc")), (false, CK_UNAVAILABLE_INFORMATION));
    assert_eq!(give(0, false, Ok(b"")), (true, 0));
    assert_eq!(give(8, false, Err(Error::AttributeUnknown(9))), (false, CK_UNAVAILABLE_INFORMATION));
}

#[test]
fn text_is_padded_and_cut_between_characters() {
    assert_eq!(padded::<6>("ab"), *b"ab    ");
    assert_eq!(padded::<3>("abcdef"), *b"abc");
    assert_eq!(padded::<4>("aaaé"), *b"aaa ");
}
