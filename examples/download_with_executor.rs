//! Pictures are downloaded by a client that knows nothing of async, with `run_in_executor`; each is saved under
//! the last part of its name.
//!
//! Watch: the server is a task of the same loop, and takes its time. If the client held the loop, it would wait
//! for an answer that nobody could give; on threads, three downloads run at once, and the ticker ticks.
//!
//! Feature row 44.

use oneloop::{create_task, run_in_executor, sleep, try_gather};
use oneloop_examples::println;
use oneloop_http::{Request, Response, serve};
use oneloop_net::TcpListener;
use std::cell::Cell;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

const PICTURES: [&str; 3] = ["/img/cat.png", "/img/dog.png", "/a/b/fish.png"];

fn main() -> io::Result<()> {
    oneloop::run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let server = listener.local_addr()?;
        let serving = create_task(serve(listener, picture).run());
        let ticks = Rc::new(Cell::new(0));
        let ticker = create_task(tick(ticks.clone()));
        let folder = std::env::temp_dir().join(format!("oneloop-pictures-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;

        let downloads = PICTURES.map(|path| {
            let folder = folder.clone();
            // `None` is the loop's own pool of threads.
            let download = run_in_executor(None, move || download(server, path, &folder));
            async { download.await.map_err(io::Error::other)? }
        });
        for file in try_gather(downloads).await? {
            let size = std::fs::metadata(&file)?.len();
            let name = file.file_name().unwrap_or_default();
            println!("{}: {size} bytes", name.display());
        }
        let went_on = if ticks.get() >= 3 {
            "went on"
        } else {
            "stood still"
        };
        println!("the ticker {went_on} meanwhile");

        ticker.cancel();
        serving.cancel();
        std::fs::remove_dir_all(folder)
    })
}

/// Asks as it was done before there was async: each call blocks until it is through.
fn download(server: SocketAddr, path: &str, folder: &Path) -> io::Result<PathBuf> {
    let mut stream = TcpStream::connect(server)?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {server}\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n");
    let body = end
        .map(|end| &answer[end + 4..])
        .ok_or(io::ErrorKind::InvalidData)?;
    let name = path.rsplit('/').next().unwrap_or("unnamed");
    let file = folder.join(name);
    std::fs::write(&file, body)?;
    Ok(file)
}

/// A picture comes after a while. How big it is depends on its name.
async fn picture(request: Request) -> Response {
    sleep(Duration::from_millis(100)).await;
    let size = 1000 * request.path().len();
    Response::ok(vec![0x89; size])
}

async fn tick(ticks: Rc<Cell<u32>>) {
    loop {
        sleep(Duration::from_millis(10)).await;
        ticks.set(ticks.get() + 1);
    }
}
