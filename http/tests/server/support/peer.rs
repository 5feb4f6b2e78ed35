//! The client's end of a connection, and answers as it understands them.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use futures_io::AsyncRead;
use futures_lite::{AsyncReadExt, AsyncWriteExt};

use super::stream::TestStream;

/// The client's end of a connection.
pub(crate) struct Peer {
    pub(super) stream: TestStream,
    /// What was received beyond the last answer.
    pub(super) received: Vec<u8>,
}

impl Peer {
    /// Sends octets. That the server has closed meanwhile is no failure: its answer will tell.
    pub(crate) async fn send(&mut self, octets: impl AsRef<[u8]>) {
        let _ = self.stream.write_all(octets.as_ref()).await;
    }

    /// Says that nothing more will be sent.
    pub(crate) async fn finish(&mut self) {
        let _ = self.stream.close().await;
    }

    /// Receives once more; `false` is the end of the connection, orderly or not.
    pub(crate) async fn receive(&mut self) -> bool {
        let mut buffer = vec![0; 16 * 1024];
        let count = self.stream.read(&mut buffer).await.unwrap_or(0);
        self.received.extend_from_slice(&buffer[..count]);
        count > 0
    }

    /// Takes what has come by now, without waiting for more than one turn.
    pub(crate) async fn received_by_now(&mut self) -> Vec<u8> {
        let mut buffer = vec![0; 16 * 1024];
        loop {
            let read = poll_fn(|context| {
                Poll::Ready(Pin::new(&mut self.stream).poll_read(context, &mut buffer))
            });
            match read.await {
                Poll::Ready(Ok(count @ 1..)) => self.received.extend_from_slice(&buffer[..count]),
                _ => return std::mem::take(&mut self.received),
            }
        }
    }

    /// Receives until the connection ends.
    pub(crate) async fn receive_all(&mut self) -> Vec<u8> {
        while self.receive().await {}
        std::mem::take(&mut self.received)
    }

    /// Waits for the end of the connection, which must come without a further octet.
    pub(crate) async fn expect_end(&mut self) {
        let rest = self.receive_all().await;
        assert_eq!(
            String::from_utf8_lossy(&rest),
            "",
            "nothing should come before the end"
        );
    }

    /// Receives until `text` has come, and takes everything up to its end.
    pub(crate) async fn receive_until(&mut self, text: &str) -> String {
        loop {
            if let Some(at) = find(&self.received, text.as_bytes()) {
                let taken = self.received.drain(..at + text.len()).collect::<Vec<_>>();
                return String::from_utf8_lossy(&taken).into_owned();
            }
            assert!(
                self.receive().await,
                "ended before {text:?}: {:?}",
                self.as_text()
            );
        }
    }

    fn as_text(&self) -> String {
        String::from_utf8_lossy(&self.received).into_owned()
    }

    /// Receives `count` octets.
    pub(crate) async fn receive_exactly(&mut self, count: usize) -> Vec<u8> {
        while self.received.len() < count {
            assert!(
                self.receive().await,
                "ended after {} of {count} octets",
                self.received.len()
            );
        }
        self.received.drain(..count).collect()
    }

    /// Receives the answer to a request that was no `HEAD`.
    pub(crate) async fn answer(&mut self) -> Answer {
        self.answer_to(false).await
    }

    /// Receives an answer.
    pub(crate) async fn answer_to(&mut self, is_head: bool) -> Answer {
        let head = self.receive_until("\r\n\r\n").await;
        let mut lines = head.trim_end().split("\r\n");
        let status_line = lines.next().expect("a split gives one item at least");
        let status = status_line
            .strip_prefix("HTTP/1.1 ")
            .expect("answers are HTTP/1.1");
        let status = status[..3].parse().expect("a status has three digits");
        let mut headers = BTreeMap::new();
        for line in lines {
            let (name, value) = line.split_once(": ").expect("a header line has a colon");
            let before = headers.insert(name.to_ascii_lowercase(), value.to_owned());
            assert!(before.is_none(), "{name} is there twice");
        }
        let mut answer = Answer {
            status,
            headers,
            body: Vec::new(),
        };
        if is_head || status == 204 || status == 304 {
            return answer;
        }
        answer.body = if let Some(length) = answer.header("content-length") {
            self.receive_exactly(length.parse().expect("a length is a number"))
                .await
        } else if answer.header("transfer-encoding") == Some("chunked") {
            self.chunks().await.concat()
        } else {
            self.receive_all().await
        };
        answer
    }

    /// Receives the chunks of a chunked body, up to and with the last, which is empty.
    pub(crate) async fn chunks(&mut self) -> Vec<Vec<u8>> {
        let mut chunks = Vec::new();
        loop {
            let size = self.receive_until("\r\n").await;
            let size = usize::from_str_radix(size.trim_end(), 16).expect("a chunk has a size");
            let chunk = self.receive_exactly(size).await;
            assert_eq!(
                self.receive_exactly(2).await,
                b"\r\n",
                "a chunk ends with a line break"
            );
            if size == 0 {
                return chunks;
            }
            chunks.push(chunk);
        }
    }
}

/// An answer as the peer understands it.
#[derive(Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// By lower-case name; no header may come twice.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Whether the server says that the connection ends here.
    pub(crate) fn says_close(&self) -> bool {
        self.header("connection") == Some("close")
    }
}

fn find(octets: &[u8], wanted: &[u8]) -> Option<usize> {
    octets
        .windows(wanted.len())
        .position(|window| window == wanted)
}
