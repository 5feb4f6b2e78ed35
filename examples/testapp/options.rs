//! What the command line says.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use lexopt::prelude::*;

pub(crate) const USAGE: &str = "\
usage: testapp [options]
  --port N            port on 127.0.0.1 to listen on; 0, the default, picks a free one
  --static DIR        directory to serve under /static (not built yet)
  --header-timeout S  seconds a request head may take (30)
  --body-timeout S    seconds a request body may make no progress (60)
  --idle-timeout S    seconds a connection may wait for its next request (75)
  --max-conns N       connections open at the same time; the next one waits (no limit)
  --max-body BYTES    largest request body (67108864)
  --tls-cert F, --tls-key F   certificate and key (not built yet)
";

/// What the user wants.
pub(crate) enum Command {
    Serve(Options),
    Help,
}

/// Settings of the server.
pub(crate) struct Options {
    pub(crate) port: u16,
    pub(crate) header_timeout: Duration,
    pub(crate) body_timeout: Duration,
    pub(crate) idle_timeout: Duration,
    pub(crate) max_connections: usize,
    pub(crate) max_body: u64,
}

pub(crate) fn parse(mut arguments: lexopt::Parser) -> Result<Command, lexopt::Error> {
    let mut options = Options {
        port: 0,
        header_timeout: Duration::from_secs(30),
        body_timeout: Duration::from_secs(60),
        idle_timeout: Duration::from_secs(75),
        max_connections: usize::MAX,
        max_body: 64 * 1024 * 1024,
    };
    let mut tls = false;
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("port") => options.port = arguments.value()?.parse()?,
            Long("header-timeout") => options.header_timeout = seconds(arguments.value()?)?,
            Long("body-timeout") => options.body_timeout = seconds(arguments.value()?)?,
            Long("idle-timeout") => options.idle_timeout = seconds(arguments.value()?)?,
            Long("max-conns") => {
                options.max_connections = arguments.value()?.parse()?;
                if options.max_connections == 0 {
                    return Err("--max-conns 0 would serve nobody".into());
                }
            }
            Long("max-body") => options.max_body = arguments.value()?.parse()?,
            Long("static") => check_directory(arguments.value()?)?,
            Long("tls-cert" | "tls-key") => {
                arguments.value()?;
                tls = true;
            }
            Short('h') | Long("help") => return Ok(Command::Help),
            other => return Err(other.unexpected()),
        }
    }
    if tls {
        // Plain text in place of what was asked for would be the worst of answers.
        return Err("TLS is not built yet: start without --tls-cert and --tls-key".into());
    }
    Ok(Command::Serve(options))
}

fn seconds(value: OsString) -> Result<Duration, lexopt::Error> {
    let seconds = value.parse::<f64>()?;
    Duration::try_from_secs_f64(seconds).map_err(|error| lexopt::Error::Custom(error.into()))
}

/// Tells a wrong directory now, not when the first file is asked for.
fn check_directory(value: OsString) -> Result<(), lexopt::Error> {
    let directory = PathBuf::from(value);
    if directory.is_dir() {
        return Ok(());
    }
    Err(format!("--static: {} is not a directory", directory.display()).into())
}
