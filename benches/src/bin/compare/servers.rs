//! Servers as processes: those of `http-worker`, and nginx. They end with the value that stands for them.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use oneloop_benches::machine::processor_time_of;

/// A server on a port of this machine.
pub(crate) struct Server {
    child: Child,
    port: u16,
}

impl Server {
    /// Starts the server of a peer on one processor; the error is the reason why there is none.
    pub(crate) fn start(worker: &Path, peer: &str, processor: usize) -> Result<Server, String> {
        match peer {
            "nginx" => start_nginx(processor),
            _ => Server::of(worker, &["serve", peer, &processor.to_string()]),
        }
    }

    /// Starts a program that prints the port that it serves on. Where it prints something else and ends, that is the
    /// reason why it cannot.
    pub(crate) fn of(program: &Path, arguments: &[&str]) -> Result<Server, String> {
        let mut child = Command::new(program)
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{}: {error}", program.display()))?;
        let output = child.stdout.take().expect("it was asked for");
        let mut line = String::new();
        let read = BufReader::new(output).read_line(&mut line);
        // Made first, so that the process ends in any case.
        let mut server = Server { child, port: 0 };
        server.port = match (read, line.trim().parse()) {
            (Ok(_), Ok(port)) => port,
            (Ok(count), _) if count > 0 => return Err(line.trim().to_string()),
            _ => return Err(format!("{} did not start", arguments.join(" "))),
        };
        Ok(server)
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }

    /// The processor time of all its threads so far.
    pub(crate) fn processor_time(&self) -> Result<Duration, String> {
        processor_time_of(self.child.id())
            .ok_or_else(|| "its processor time is not told".to_string())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both are this process's own child, and nothing but its end is waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One process of nginx that writes no log and never ends a connection.
fn start_nginx(processor: usize) -> Result<Server, String> {
    let program = ["/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/bin/nginx"];
    let Some(program) = program.iter().find(|path| Path::new(path).exists()) else {
        return Err("nginx is not installed".to_string());
    };
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
         server {{ listen 127.0.0.1:{port} backlog=1024; location / {{ return 200 'Hello, World!'; }} }}\n\
         }}\n",
        folder.display()
    );
    let configuration = folder.join(format!("{port}.conf"));
    fs::write(&configuration, text).map_err(|error| error.to_string())?;
    let child = Command::new("taskset")
        .args(["-c", &processor.to_string(), program, "-p"])
        .arg(&folder)
        .arg("-c")
        .arg(&configuration)
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("taskset: {error}"))?;
    let server = Server { child, port };
    let start = Instant::now();
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
        if start.elapsed() > Duration::from_secs(5) {
            return Err("nginx did not start".to_string());
        }
        thread::sleep(Duration::from_millis(10));
    }
    Ok(server)
}

fn prepared(folder: &Path) -> std::io::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    folder.canonicalize()
}
