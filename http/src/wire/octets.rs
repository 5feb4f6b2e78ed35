//! What each octet may be part of: one table for all the grammar's classes.
//!
//! A look into a table costs the same for every octet, where a chain of comparisons costs more the
//! further down its octet stands; a head is judged octet by octet, so that is what parsing costs.

/// A set of classes of octets. An octet may be in several.
pub(crate) type Class = u8;

/// > tchar = "!" / "#" / "$" / "%" / "&" / "'" / "*" / "+" / "-" / "." / "^" / "_" / "`" / "|" /
/// > "~" / DIGIT / ALPHA (RFC 9110 section 5.6.2)
pub(crate) const TOKEN: Class = 1;

/// > reg-name = *( unreserved / pct-encoded / sub-delims ) (RFC 3986 section 3.2.2)
pub(crate) const HOST_NAME: Class = 2;

/// What stands between the brackets of an address, the zone of RFC 6874 included.
pub(crate) const ADDRESS: Class = 4;

/// DIGIT.
pub(crate) const DIGIT: Class = 8;

/// What a request-target consists of, whichever form it has: visible ASCII but `#`.
pub(crate) const TARGET: Class = 16;

/// What a field value consists of: no control octet but the tab.
pub(crate) const VALUE: Class = 32;

/// What stands in no request-target, though it separates nothing either: `#` and octets beyond ASCII.
pub(crate) const NO_TARGET: Class = 64;

/// The classes of every octet.
static CLASSES: [Class; 256] = {
    let mut classes = [0; 256];
    let mut octet = 0;
    while octet < 256 {
        classes[octet] = classes_of_one(octet as u8);
        octet += 1;
    }
    classes
};

const fn classes_of_one(octet: u8) -> Class {
    let mut classes = 0;
    if octet.is_ascii_alphanumeric() || is_among(octet, b"!#$%&'*+-.^_`|~") {
        classes |= TOKEN;
    }
    if octet.is_ascii_alphanumeric() || is_among(octet, b"-._~%!$&'()*+,;=") {
        classes |= HOST_NAME;
    }
    if octet.is_ascii_alphanumeric() || is_among(octet, b":.-_~%") {
        classes |= ADDRESS;
    }
    if octet.is_ascii_digit() {
        classes |= DIGIT;
    }
    if octet.is_ascii_graphic() && octet != b'#' {
        classes |= TARGET;
    }
    if octet == b'\t' || !octet.is_ascii_control() {
        classes |= VALUE;
    }
    if !octet.is_ascii() || octet == b'#' {
        classes |= NO_TARGET;
    }
    classes
}

const fn is_among(octet: u8, set: &[u8]) -> bool {
    let mut at = 0;
    while at < set.len() {
        if set[at] == octet {
            return true;
        }
        at += 1;
    }
    false
}

/// Tells whether an octet is in one of `classes`.
#[inline]
pub(crate) fn is(octet: u8, classes: Class) -> bool {
    CLASSES[usize::from(octet)] & classes != 0
}

/// Tells whether all octets are in one of `classes`.
#[inline]
pub(crate) fn all_are(octets: &[u8], classes: Class) -> bool {
    octets.iter().all(|&octet| is(octet, classes))
}

/// Tells whether all octets are a [`VALUE`]'s.
#[inline]
pub(crate) fn are_of_value(octets: &[u8]) -> bool {
    by_words(octets, VALUE, |word| below(word, b' ') | equal(word, 0x7f))
}

/// Tells whether all octets are a [`TARGET`]'s.
#[inline]
pub(crate) fn are_of_target(octets: &[u8]) -> bool {
    by_words(octets, TARGET, |word| {
        below(word, b'!') | equal(word, 0x7f) | equal(word, b'#') | (word & HIGH_BITS)
    })
}

/// Looks at eight octets at once, for what may be long. `suspects` gives 0 for words that are all
/// right, which most are; those of the others are looked at one by one.
#[inline]
fn by_words(octets: &[u8], classes: Class, suspects: impl Fn(u64) -> u64) -> bool {
    let is_right =
        |word: &[u8; 8]| suspects(u64::from_ne_bytes(*word)) == 0 || all_are(word, classes);
    match octets.last_chunk() {
        // The last word overlaps the one before it, unless the length is a multiple of eight.
        Some(last) => octets.as_chunks().0.iter().all(is_right) && is_right(last),
        None => all_are(octets, classes),
    }
}

const LOW_BITS: u64 = u64::from_ne_bytes([0x01; 8]);
const HIGH_BITS: u64 = u64::from_ne_bytes([0x80; 8]);

/// Is 0 if no octet of the word is below `bound`, which is ASCII.
///
/// Taken away from an octet, the bound turns the high bit on that was off, or it borrows from the
/// next octet, which then may be suspected for nothing. One octet that is below is enough for that.
#[inline]
fn below(word: u64, bound: u8) -> u64 {
    word.wrapping_sub(LOW_BITS * u64::from(bound)) & !word & HIGH_BITS
}

/// Is 0 if no octet of the word is `octet`.
#[inline]
fn equal(word: u64, octet: u8) -> u64 {
    below(word ^ (LOW_BITS * u64::from(octet)), 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_judged_as_their_octets_are() {
        for octet in 0..=255 {
            for length in 1..=17 {
                for at in 0..length {
                    for other in [b'a', b'~', b' ', 0xff] {
                        let mut octets = vec![other; length];
                        octets[at] = octet;
                        let told = || format!("{octet} at {at} of {octets:?}");
                        assert_eq!(are_of_value(&octets), all_are(&octets, VALUE), "{}", told());
                        assert_eq!(
                            are_of_target(&octets),
                            all_are(&octets, TARGET),
                            "{}",
                            told()
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn the_table_says_what_the_grammar_says() {
        let members = |classes| -> String {
            (0..=255u8)
                .filter(|&octet| is(octet, classes))
                .map(char::from)
                .collect()
        };
        let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
        let small = "abcdefghijklmnopqrstuvwxyz";
        assert_eq!(
            members(TOKEN),
            format!("!#$%&'*+-.0123456789{letters}^_`{small}|~")
        );
        assert_eq!(
            members(HOST_NAME),
            format!("!$%&'()*+,-.0123456789;={letters}_{small}~")
        );
        assert_eq!(
            members(ADDRESS),
            format!("%-.0123456789:{letters}_{small}~")
        );
        assert_eq!(members(DIGIT), "0123456789");
        let visible = ('!'..='~').collect::<String>();
        assert_eq!(members(TARGET), visible.replace('#', ""));
        let beyond = ('\u{80}'..='\u{ff}').collect::<String>();
        assert_eq!(members(NO_TARGET), "#".to_owned() + &beyond);
        assert_eq!(
            members(VALUE),
            "\t".to_owned() + &(' '..='~').collect::<String>() + &beyond
        );
    }
}
