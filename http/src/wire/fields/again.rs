//! Whether a section comes again, but for some values: then it need not be read again.
//!
//! Who asks a server again is mostly answered by a head that is like the one before but for a date or
//! a number of the request, which have the same length each time. Where all octets are the same but
//! those of such a value, and what stands there is a value too, every name and every value lies where
//! it lay before.

use super::{Fields, bit_of};

impl Fields {
    /// Tells whether `octets` begin with this section, but for values of the same length, which are taken
    /// over. A field whose name has one of the bits `fixed` (see [`bit_of`]) must not have changed.
    ///
    /// If it tells no, some values may have been taken over already, and others not.
    #[inline]
    pub(crate) fn come_again(&mut self, octets: &[u8], fixed: u64) -> bool {
        let Some(octets) = octets.get(..self.received.len()) else {
            return false;
        };
        // Where that is not the end, it is not all of this one, or it is another length.
        octets.ends_with(b"\r\n\r\n")
            && (octets == self.received || self.take_values(octets, fixed))
    }

    fn take_values(&mut self, octets: &[u8], fixed: u64) -> bool {
        let mut lines = self.table.lines().iter();
        let mut same = 0;
        while let Some(place) = first_difference(&self.received, octets, same) {
            let Some(line) = lines.find(|line| line.value.end() > place) else {
                return false;
            };
            let value = line.value.get(octets);
            let is_in_value = line.value.start() <= place;
            if !is_in_value || bit_of(line.name.get(octets)) & fixed != 0 || !is_value(value) {
                return false;
            }
            same = line.value.end();
            let Some(old) = self.received.get_mut(line.value.start()..same) else {
                return false;
            };
            old.copy_from_slice(value);
        }
        true
    }
}

/// Where two sections of the same length differ first, from a place on.
fn first_difference(one: &[u8], other: &[u8], from: usize) -> Option<usize> {
    let (one, other) = (one.get(from..)?, other.get(from..)?);
    // Compared in pieces that a processor compares at once; the piece with the difference, octet by octet.
    let pieces = one.as_chunks::<16>().0.iter().zip(other.as_chunks().0);
    let same = 16 * pieces.take_while(|(one, other)| one == other).count();
    let mut octets = one.iter().zip(other).skip(same);
    let differs = octets.position(|(one, other)| one != other)?;
    Some(from + same + differs)
}

/// Tells whether this may stand as a field value: no octet of it is a control character, but for a tab, and
/// there is no white space around it (RFC 9110 section 5.5).
fn is_value(octets: &[u8]) -> bool {
    let is_bad = |octet: &u8| (*octet < b' ' && *octet != b'\t') || *octet == 0x7f;
    let is_space = |octet: Option<&u8>| matches!(octet, Some(b' ' | b'\t'));
    // All are looked at, so that a processor can do it many at a time.
    let bad = octets.iter().fold(false, |bad, octet| bad | is_bad(octet));
    !bad && !is_space(octets.first()) && !is_space(octets.last())
}
