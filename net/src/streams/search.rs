//! Where a separator ends: bytes in, a place out. Next: `read_error.rs`.

/// Where the first of the separators lies in `bytes`: its begin and its end. Of two that are there, the
/// one that ends first counts, and of two that end together the longer one, as in asyncio.
///
/// What lies before `searched` holds no whole separator: it was searched when less had come.
pub(super) fn find(bytes: &[u8], searched: usize, separators: &[&[u8]]) -> Option<(usize, usize)> {
    let found = separators.iter().filter_map(|separator| {
        // A separator may have begun in what was searched, and ended in what came since.
        let from = searched.saturating_sub(separator.len() - 1);
        let begin = from + position(&bytes[from..], separator)?;
        Some((begin, begin + separator.len()))
    });
    found.min_by_key(|&(begin, end)| (end, begin))
}

fn position(bytes: &[u8], separator: &[u8]) -> Option<usize> {
    match separator {
        [only] => bytes.iter().position(|byte| byte == only),
        _ => bytes
            .windows(separator.len())
            .position(|window| window == separator),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_separator_that_ends_first_counts_and_the_longer_of_two_that_end_together() {
        let both: [&[u8]; 2] = [b"\n", b"\r\n"];
        assert_eq!(find(b"ab\r\ncd\n", 0, &both), Some((2, 4)));
        assert_eq!(find(b"ab\ncd\r\n", 0, &both), Some((2, 3)));
        assert_eq!(find(b"abcd", 0, &[b"bcd".as_slice(), b"b"]), Some((1, 2)));
        assert_eq!(find(b"abcd", 0, &both), None);
        assert_eq!(find(b"", 0, &both), None);
    }

    #[test]
    fn a_separator_is_found_across_the_border_of_what_was_searched() {
        let bytes = b"some text--end";
        for searched in 0..=10 {
            assert_eq!(find(bytes, searched, &[b"--"]), Some((9, 11)), "{searched}");
        }
    }
}
