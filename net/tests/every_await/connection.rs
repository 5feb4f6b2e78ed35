//! Sockets and in-memory streams under one roof, so that each scenario is written once; `tls.rs` adds its
//! own. Next: `reading.rs`.

use futures_lite::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use oneloop_net::{DuplexStream, TcpListener, TcpStream, UnixStream, duplex};
use std::io;
use std::time::Duration;

/// How much a connection takes before its writer waits: little, so that it soon does.
const ROOM: usize = 4096;

/// One end of a connection. The `own` methods are those of the same name
/// without it; the others go through the traits.
pub(crate) trait Connection: AsyncRead + AsyncWrite + Unpin + Sized + 'static {
    /// How much a writer of this kind may be ahead of its reader: so much is written to make it wait.
    const AHEAD: usize;

    async fn pair() -> (Self, Self);
    async fn own_read(&self, buffer: &mut [u8]) -> io::Result<usize>;
    async fn own_read_exact(&self, buffer: &mut [u8]) -> io::Result<()>;
    async fn own_write(&self, bytes: &[u8]) -> io::Result<usize>;
    async fn own_write_all(&self, bytes: &[u8]) -> io::Result<()>;
    async fn read_by_reference(&self, buffer: &mut [u8]) -> io::Result<usize>;
    async fn write_by_reference(&self, bytes: &[u8]) -> io::Result<usize>;

    /// Says that nothing more comes; mostly by going.
    async fn end(self) {}
}

/// The methods that all kinds have, by the same names, but in no trait.
macro_rules! forward_to_the_stream {
    () => {
        async fn own_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
            self.read(buffer).await
        }

        async fn own_read_exact(&self, buffer: &mut [u8]) -> io::Result<()> {
            self.read_exact(buffer).await
        }

        async fn own_write(&self, bytes: &[u8]) -> io::Result<usize> {
            self.write(bytes).await
        }

        async fn own_write_all(&self, bytes: &[u8]) -> io::Result<()> {
            self.write_all(bytes).await
        }

        async fn read_by_reference(mut self: &Self, buffer: &mut [u8]) -> io::Result<usize> {
            AsyncReadExt::read(&mut self, buffer).await
        }

        async fn write_by_reference(mut self: &Self, bytes: &[u8]) -> io::Result<usize> {
            AsyncWriteExt::write(&mut self, bytes).await
        }
    };
}

#[cfg(feature = "tls")]
pub(crate) use forward_to_the_stream;

impl Connection for TcpStream {
    // The kernel doubles what it is asked for, has two buffers in a row, and rounds up.
    const AHEAD: usize = 8 * ROOM;

    async fn pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::builder()
            .receive_buffer_size(ROOM)
            .send_buffer_size(ROOM)
            .bind("127.0.0.1:0")
            .await
            .unwrap();
        let client = TcpStream::builder()
            .receive_buffer_size(ROOM)
            .send_buffer_size(ROOM)
            .connect(listener.local_addr().unwrap())
            .await
            .unwrap();
        let (server, _) = listener.accept().await.unwrap();
        (client, server)
    }

    forward_to_the_stream!();
}

impl Connection for UnixStream {
    // The kernel doubles what it is asked for, and counts its own needs.
    const AHEAD: usize = 8 * ROOM;

    async fn pair() -> (UnixStream, UnixStream) {
        let (one, other) = UnixStream::pair().unwrap();
        for stream in [&one, &other] {
            socket2::SockRef::from(stream)
                .set_send_buffer_size(ROOM)
                .unwrap();
        }
        (one, other)
    }

    forward_to_the_stream!();
}

impl Connection for DuplexStream {
    const AHEAD: usize = ROOM;

    /// In pieces, and each for a while on its way, so that there is a timer to be lost.
    async fn pair() -> (DuplexStream, DuplexStream) {
        duplex::Builder::new()
            .capacity(ROOM)
            .split(ROOM / 2)
            .delay(Duration::from_millis(1))
            .build()
    }

    forward_to_the_stream!();
}
