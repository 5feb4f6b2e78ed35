//! Just enough JSON to answer with: texts with their quotes escaped.

use std::fmt;

/// Displays a text as a JSON string.
pub(crate) struct Text<'a>(pub(crate) &'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("\"")?;
        for character in self.0.chars() {
            match character {
                '"' => formatter.write_str("\\\"")?,
                '\\' => formatter.write_str("\\\\")?,
                control if control.is_control() => {
                    write!(formatter, "\\u{:04x}", u32::from(control))?;
                }
                other => write!(formatter, "{other}")?,
            }
        }
        formatter.write_str("\"")
    }
}

/// Reads octets as latin-1, in which every octet is a character.
pub(crate) fn latin_1(octets: &[u8]) -> String {
    octets.iter().map(|octet| char::from(*octet)).collect()
}
