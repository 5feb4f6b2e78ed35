//! The `Date` of a response, formatted once a second.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use httpdate::HttpDate;

/// Formats dates as `Date` wants them, and formats each second only once.
///
/// It is a value without a clock: a server keeps one on its loop and passes the time in, so that
/// thousands of responses a second share one line and tests choose the time.
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
/// use oneloop_http::wire::DateCache;
///
/// let mut dates = DateCache::new();
/// let text = dates.at(UNIX_EPOCH + Duration::from_millis(784_111_777_900));
/// assert_eq!(text, b"Sun, 06 Nov 1994 08:49:37 GMT", "RFC 9110 section 5.6.7");
/// ```
#[derive(Clone, Debug)]
pub struct DateCache {
    /// The second that `text` tells, counted from 1970.
    second: u64,
    text: [u8; LENGTH],
}

/// The length of an IMF-fixdate.
const LENGTH: usize = 29;

/// The last second of the year 9999, behind which the format ends.
const LAST_SECOND: u64 = 253_402_300_799;

impl DateCache {
    /// Makes a cache that holds 1970.
    pub fn new() -> DateCache {
        DateCache {
            second: 0,
            text: *b"Thu, 01 Jan 1970 00:00:00 GMT",
        }
    }

    /// Gives the date of `now`, fractions of its second cut off. What lies outside the years 1970
    /// to 9999 is told as the nearest second within.
    pub fn at(&mut self, now: SystemTime) -> &[u8; LENGTH] {
        let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        let second = since.as_secs().min(LAST_SECOND);
        if second != self.second {
            let date = HttpDate::from(UNIX_EPOCH + Duration::from_secs(second));
            // The format has exactly this length for every second that is let through here.
            if let Ok(text) = date.to_string().as_bytes().try_into() {
                self.text = text;
                self.second = second;
            }
        }
        &self.text
    }
}

impl Default for DateCache {
    fn default() -> DateCache {
        DateCache::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn each_second_has_its_date_and_the_ends_hold() {
        let mut dates = DateCache::new();
        assert_eq!(dates.at(after(0)), b"Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(
            dates.at(after(951_782_400)),
            b"Tue, 29 Feb 2000 00:00:00 GMT"
        );
        assert_eq!(
            dates.at(after(951_782_401)),
            b"Tue, 29 Feb 2000 00:00:01 GMT"
        );
        assert_eq!(
            dates.at(UNIX_EPOCH - Duration::from_secs(9)),
            b"Thu, 01 Jan 1970 00:00:00 GMT"
        );
        assert_eq!(
            dates.at(after(LAST_SECOND)),
            b"Fri, 31 Dec 9999 23:59:59 GMT"
        );
        assert_eq!(
            dates.at(after(LAST_SECOND + 9)),
            b"Fri, 31 Dec 9999 23:59:59 GMT"
        );
    }

    #[test]
    fn the_same_second_is_not_formatted_again() {
        let mut dates = DateCache::new();
        dates.at(after(5));
        dates.text[0] = b'x';
        assert_eq!(dates.at(after(5) + Duration::from_millis(999))[0], b'x');
        assert_eq!(dates.at(after(6))[0], b'T');
    }
}
