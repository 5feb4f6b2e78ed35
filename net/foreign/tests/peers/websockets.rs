//! async-tungstenite, which takes our streams as they are. Next: `programs.rs`.

use crate::{run, serve};
use async_tungstenite::tungstenite::Message;
use async_tungstenite::{accept_async, client_async};
use oneloop::stream::StreamExt;
use oneloop_net::TcpStream;

#[test]
fn async_tungstenite_echoes_and_closes_over_our_streams() {
    run(async {
        let address = serve(async |stream| {
            let mut socket = accept_async(stream).await.unwrap();
            while let Some(Ok(message)) = StreamExt::next(&mut socket).await {
                if message.is_text() || message.is_binary() {
                    socket.send(message).await.unwrap();
                }
            }
        })
        .await;
        let stream = TcpStream::connect(address).await.unwrap();
        let connected = client_async(format!("ws://{address}/"), stream).await;
        let (mut socket, response) = connected.unwrap();
        assert_eq!(response.status(), 101);
        for message in [Message::text("hello"), Message::binary(vec![7; 1_000_000])] {
            socket.send(message.clone()).await.unwrap();
            let back = StreamExt::next(&mut socket).await.unwrap().unwrap();
            assert!(back == message);
        }
        socket.close(None).await.unwrap();
        let last = StreamExt::next(&mut socket).await.unwrap().unwrap();
        assert!(last.is_close(), "{last:?}");
    });
}
