//! The tour's HTTP server, and how its clients ask for a page.

use oneloop_http::{ClientSession, Method, Request, Response, ServerHandle, StatusCode, serve};
use oneloop_net::TcpListener;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

/// A running server: where it listens, and the handle that ends it.
#[derive(Clone)]
pub(crate) struct Site {
    pub(crate) address: SocketAddr,
    server: Rc<ServerHandle>,
}

impl Site {
    /// Starts the server, on the loop that runs.
    pub(crate) async fn open() -> io::Result<Site> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let server = Rc::new(serve(listener, answer).start());
        Ok(Site { address, server })
    }

    /// Asks for the page that takes so many milliseconds.
    pub(crate) async fn page(
        &self,
        session: &ClientSession,
        milliseconds: u64,
    ) -> Result<String, oneloop_http::ClientError> {
        let url = format!("http://{}/page/{milliseconds}", self.address);
        session.get(url).await?.text().await
    }

    /// Ends the server, at once, and returns how many requests it got.
    pub(crate) async fn close(self) -> u64 {
        self.server.stop(Duration::ZERO).await;
        self.server.stats().requests
    }
}

/// `GET /page/150` takes 150 ms, `POST /echo` sends its body back.
async fn answer(mut request: Request) -> Result<Response, oneloop_http::ReadBodyError> {
    if request.method() == Method::POST && request.path() == "/echo" {
        return Ok(Response::bytes(request.bytes().await?));
    }
    let time = request.path().strip_prefix("/page/").map(str::parse);
    let Some(Ok(milliseconds)) = time else {
        return Ok(Response::status_text(StatusCode::NOT_FOUND));
    };
    oneloop::sleep(Duration::from_millis(milliseconds)).await;
    Ok(Response::text(format!("page {milliseconds}")))
}
