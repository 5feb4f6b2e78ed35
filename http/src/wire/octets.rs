//! What each octet may be part of: one table for all the grammar's classes.
//!
//! Heads that come are judged by `httparse`; this is for what it does not know (hosts), and for what a
//! program wants to send.

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

/// What a field value consists of: no control octet but the tab.
pub(crate) const VALUE: Class = 16;

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
    if octet == b'\t' || !octet.is_ascii_control() {
        classes |= VALUE;
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
    behind(octets, classes).is_empty()
}

/// Gives what follows the octets at the front that are in one of `classes`.
#[inline]
pub(crate) fn behind(mut octets: &[u8], classes: Class) -> &[u8] {
    while let [first, rest @ ..] = octets
        && is(*first, classes)
    {
        octets = rest;
    }
    octets
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let beyond = ('\u{80}'..='\u{ff}').collect::<String>();
        assert_eq!(
            members(VALUE),
            "\t".to_owned() + &(' '..='~').collect::<String>() + &beyond
        );
    }
}
