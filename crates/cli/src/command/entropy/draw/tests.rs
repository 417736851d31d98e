//! Tests of the picture: what is counted, and that all of it is there.

use portcullis_entropy::assess::histogram;

use super::*;

fn pairs_of(samples: &[u8]) -> Pairs {
    let mut pairs = Pairs::default();
    pairs.feed(samples);
    pairs
}

#[test]
fn neighbours_are_counted_by_cells_also_over_the_ends_of_pieces() {
    let mut pairs = pairs_of(&[0, 255, 3]);
    pairs.feed(&[255]);
    let mut cells: Vec<_> = pairs.cells().collect();
    cells.sort_unstable();
    assert_eq!(cells, [(0, 252, 2), (252, 0, 1)]);
    assert_eq!(pairs_of(&[1]).cells().count(), 0, "one sample has no neighbour");
}

#[test]
fn the_picture_has_a_bar_for_each_value_and_a_square_for_each_cell() {
    let samples: Vec<u8> = (0..=255).collect();
    let picture = svg("test", "a sentence", &histogram(&samples), &pairs_of(&samples)).expect("a picture");
    // 256 bars, 64 cells on the diagonal and 63 beside it, and the background at least.
    assert!(picture.matches("<rect ").count() > 256 + 127, "{picture}");
    for text in
        ["Noise source test", "a sentence", "Histogram", "sample (0 to 255)", "share of all samples (%)"]
    {
        assert!(picture.contains(text), "{text}");
    }
}

#[test]
fn one_value_and_names_with_markup_give_a_picture_too() {
    let picture = svg("/dev/<a&b>", "x < y", &histogram(&[7; 2]), &pairs_of(&[7; 2])).expect("a picture");
    assert!(picture.contains("/dev/&lt;a&amp;b&gt;") && picture.contains("x &lt; y"), "{picture}");
}
