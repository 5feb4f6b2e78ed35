//! What a peer said first, to recognize one that does not speak TLS. Pure data. Next: `wake.rs`.

use super::error::{TlsError, TlsErrorKind};

/// How much is kept: enough for the first line of most protocols.
const KEPT: usize = 48;

/// The first bytes that came.
#[derive(Debug)]
pub(super) struct FirstBytes {
    bytes: [u8; KEPT],
    length: usize,
}

impl FirstBytes {
    pub(super) fn new() -> FirstBytes {
        FirstBytes {
            bytes: [0; KEPT],
            length: 0,
        }
    }

    /// Keeps what has come, as long as there is room.
    pub(super) fn note(&mut self, bytes: &[u8]) {
        let length = bytes.len().min(KEPT - self.length);
        self.bytes[self.length..][..length].copy_from_slice(&bytes[..length]);
        self.length += length;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The error for a peer that did not begin as TLS does.
    ///
    /// > struct { ContentType type; ProtocolVersion legacy_record_version; … } TLSPlaintext;
    ///
    /// with a type from 20 to 24, and a version that begins with 3 (RFC 8446 section 5.1, appendix B.1).
    pub(super) fn not_tls(&self) -> Option<TlsError> {
        let seems_tls = match self.bytes[..self.length] {
            [] => true,
            [first] => is_type(first),
            [first, second, ..] => is_type(first) && second == 3,
        };
        (!seems_tls).then(|| TlsError::new(TlsErrorKind::NotTls, self.text()))
    }

    fn text(&self) -> String {
        let said = &self.bytes[..self.length];
        let shown = said.escape_ascii();
        let more = if self.length == KEPT { "…" } else { "" };
        let hint = if said.starts_with(b"HTTP/") {
            ": it speaks plain HTTP on this port; https is mostly on another one, 443"
        } else if [&b"GET "[..], b"HEAD ", b"POST ", b"PUT ", b"OPTIONS "]
            .iter()
            .any(|verb| said.starts_with(verb))
        {
            ": it speaks plain HTTP; its address has to begin with https://"
        } else if said.starts_with(b"220 ")
            || said.starts_with(b"220-")
            || said.starts_with(b"* OK")
            || said.starts_with(b"+OK")
        {
            ": it may want to be asked for TLS first (STARTTLS); do so, and then hand the stream over"
        } else {
            ": is this the right port?"
        };
        format!("the peer does not speak TLS, it sent \"{shown}{more}\"{hint}")
    }
}

/// The error for what was read before TLS began, unless it looks like the beginning of TLS.
///
/// > The server MUST discard any knowledge obtained from the client, such as the argument to the EHLO
/// > command, which was not obtained from the TLS negotiation itself. (RFC 3207 section 4.2)
pub(crate) fn injected(early: &[u8]) -> Option<TlsError> {
    let mut first = FirstBytes::new();
    first.note(early);
    first.not_tls()?;
    let shown = early[..first.length].escape_ascii();
    let more = if early.len() > KEPT { "…" } else { "" };
    let text = format!(
        "{} bytes in plain text came before TLS began, \"{shown}{more}\": anybody on the way may have \
         put them there, so they are not taken for the peer's; a peer has to wait for the answer to its \
         STARTTLS before it says more",
        early.len()
    );
    Some(TlsError::new(TlsErrorKind::NotTls, text))
}

fn is_type(byte: u8) -> bool {
    (20..=24).contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(bytes: &[u8]) -> Option<String> {
        let mut first = FirstBytes::new();
        // As it may come.
        bytes.iter().for_each(|byte| first.note(&[*byte]));
        first.not_tls().map(|error| error.to_string())
    }

    #[test]
    fn what_is_no_tls_is_shown_with_a_cure() {
        for (said, due) in [
            (
                &b"HTTP/1.1 400 Bad Request\r\n"[..],
                "HTTP/1.1 400 Bad Request\\r\\n\": it speaks plain HTTP on this port",
            ),
            (b"GET / HTTP/1.1", "begin with https://"),
            (b"220 mail ESMTP", "STARTTLS"),
            (b"SSH-2.0-OpenSSH_9\r\n", "is this the right port?"),
            (b"\x80.\x01\x03", "\\x80.\\x01\\x03"),
            (b"\x16\x04", "it sent"),
            (&[b'a'; 100], "aaaa…\""),
        ] {
            let text = told(said).unwrap();
            assert!(text.contains(due), "{text}");
        }
    }

    #[test]
    fn the_begin_of_a_record_is_tls() {
        for said in [
            &b""[..],
            b"\x16",
            b"\x16\x03\x01\x02\x00\x01",
            b"\x15\x03\x03\x00\x02",
        ] {
            assert_eq!(told(said), None);
        }
    }
}
