//! Servers as processes: those of `http-worker`, and nginx. They end with the value that stands for them, and with this
//! process, however it ends: each watches its standard input, whose other end is here.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use oneloop_benches::machine::processor_time_of;

use crate::processes::{end, failed};

/// How long a server may take to say where it listens, and to end.
const PATIENCE: Duration = Duration::from_secs(10);

/// A server on a port of this machine.
pub(crate) struct Server {
    child: Child,
    /// The process that serves: the child, or what it keeps.
    serving: u32,
    port: u16,
}

impl Server {
    /// Starts the server of a peer on one processor; the error is the reason why there is none.
    pub(crate) fn start(worker: &Path, peer: &str, processor: usize) -> Result<Server, String> {
        match peer {
            "nginx" => start_nginx(worker, processor),
            _ => Server::of(Command::new(worker).args(["serve", peer, &processor.to_string()])),
        }
    }

    /// Starts a program that prints the port that it serves on. Where it prints something else and ends, that is the
    /// reason why it cannot.
    pub(crate) fn of(command: &mut Command) -> Result<Server, String> {
        let (mut server, line) = Server::child(command)?;
        server.port = line.parse().map_err(|_| match line.is_empty() {
            true => failed(&"it did not start"),
            false => line,
        })?;
        Ok(server)
    }

    /// Starts a program and waits for its first line.
    fn child(command: &mut Command) -> Result<(Server, String), String> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|error| failed(&error))?;
        let output = child.stdout.take().expect("it was asked for");
        // Made first, so that the process ends in any case.
        let server = Server {
            serving: child.id(),
            child,
            port: 0,
        };
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            let mut line = String::new();
            let read = BufReader::new(output).read_line(&mut line);
            // Nobody listens any more only if we gave up.
            let _ = sender.send(read.map(|_| line.trim().to_string()));
        });
        match receiver.recv_timeout(PATIENCE) {
            Ok(Ok(line)) => Ok((server, line)),
            Ok(Err(error)) => Err(failed(&error)),
            Err(_) => Err(failed(&"it did not say where it listens")),
        }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }

    /// The processor time of all its threads so far.
    pub(crate) fn processor_time(&self) -> Result<Duration, String> {
        processor_time_of(self.serving).ok_or_else(|| failed(&"it ended"))
    }

    /// Tells it to end, and waits for that.
    pub(crate) fn end(&mut self) -> Option<ExitStatus> {
        self.child.stdin = None;
        end(&mut self.child, PATIENCE)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

/// One process of nginx that writes no log and never ends a connection; the worker keeps it on its processor and ends it.
fn start_nginx(worker: &Path, processor: usize) -> Result<Server, String> {
    let program = nginx().ok_or("nginx is not installed")?;
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).with_file_name("target/compare/nginx");
    let folder = prepared(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|free| free.local_addr());
    let port = free.map_err(|error| error.to_string())?.port();
    let text = format!(
        "daemon off; master_process off; worker_processes 1; pid {0}/{port}.pid; error_log {0}/error.log;\n\
         events {{ worker_connections 2048; }}\n\
         http {{\n\
         access_log off; keepalive_requests 1000000000; keepalive_timeout 600s; tcp_nodelay on;\n\
         default_type 'text/plain; charset=utf-8';\n\
         client_body_temp_path {0}; proxy_temp_path {0}; fastcgi_temp_path {0}; uwsgi_temp_path {0}; scgi_temp_path {0};\n\
         map $connection_requests $one {{ default 1; ~[13579]$ 22; }}\n\
         map $connection_requests $other {{ default 22; ~[13579]$ 1; }}\n\
         server {{ listen 127.0.0.1:{port} backlog=1024; location / {{ return 200 'Hello, World!'; }}\n\
         location /unlike {{ add_header x-request-id $request_id; return 200 'Hello, World!'; }}\n\
         location /anew {{ add_header x-one $one; add_header x-other $other; return 200 'Hello, World!'; }} }}\n\
         }}\n",
        folder.display()
    );
    let configuration = folder.join(format!("{port}.conf"));
    fs::write(&configuration, text).map_err(|error| error.to_string())?;
    let mut command = Command::new(worker);
    command.args(["keep", &processor.to_string()]).arg(program);
    command.arg("-p").arg(&folder).arg("-c").arg(&configuration);
    let (mut server, line) = Server::child(command.stderr(Stdio::null()))?;
    server.serving = line.parse().map_err(|_| failed(&"nginx did not start"))?;
    server.port = port;
    let start = Instant::now();
    while TcpStream::connect(server.address()).is_err() {
        if start.elapsed() > PATIENCE {
            return Err(failed(&"nginx did not start"));
        }
        thread::sleep(Duration::from_millis(10));
    }
    Ok(server)
}

/// Where nginx is: seldom on the path of who is not root.
pub(crate) fn nginx() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders =
        std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    let mut files = folders.map(|folder| folder.join("nginx"));
    files.find(|file| file.is_file())
}

fn prepared(folder: &Path) -> std::io::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    folder.canonicalize()
}
