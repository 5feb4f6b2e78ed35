//! An application for any HTTP client to be tested against, as httpbin is: it echoes, streams,
//! redirects, waits and misbehaves on request.
//!
//! ```sh
//! cargo run --release --example testapp -- --port 8080
//! curl -v http://127.0.0.1:8080/target/a%20b?c=d
//! curl -N http://127.0.0.1:8080/stream
//! ```
//!
//! Watch how a handler is an async function from a request to a response, how `routes.rs` finds the
//! function for a path, and how the end goes: at SIGTERM (or Ctrl-C) nothing new is accepted, idle
//! connections are closed, running handlers may end, and `main` returns.

#[path = "testapp/json.rs"]
mod json;
#[path = "testapp/options.rs"]
mod options;
#[path = "testapp/routes.rs"]
mod routes;

use std::io::Write;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::Duration;

use oneloop_http::serve;
use oneloop_net::TcpListener;
use oneloop_net::signal::{SIGINT, SIGTERM, Signal};

use options::{Command, Options};
use routes::App;

/// How long running handlers may go on after SIGTERM.
const GRACE: Duration = Duration::from_secs(5);

fn main() -> ExitCode {
    let options = match options::parse(lexopt::Parser::from_env()) {
        Ok(Command::Serve(options)) => options,
        Ok(Command::Help) => {
            print!("{}", options::USAGE);
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprint!("testapp: {error}\n\n{}", options::USAGE);
            return ExitCode::from(2);
        }
    };
    match oneloop::run(run(options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("testapp: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> std::io::Result<()> {
    let terminate = Signal::new(SIGTERM)?;
    let interrupt = Signal::new(SIGINT)?;
    let listener = TcpListener::bind(("127.0.0.1", options.port)).await?;
    println!("listening on {}", listener.local_addr()?);
    std::io::stdout().flush()?;

    let app = Rc::new(App::new(options.max_body));
    let handler = Rc::clone(&app);
    let server = serve(listener, async move |request| handler.answer(request).await)
        .max_connections(options.max_connections)
        .max_body(options.max_body)
        .header_timeout(options.header_timeout)
        .body_timeout(options.body_timeout)
        .idle_timeout(options.idle_timeout)
        .start();
    app.counts_of(server.clone());

    futures_lite::future::or(terminate.recv(), interrupt.recv()).await?;
    server.stop(GRACE).await;
    Ok(())
}
