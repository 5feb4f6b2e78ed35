//! An HTTP/1.1 client: `http_client [--method M] [--data TEXT] URL...`.
//!
//! Watch: the URLs are asked for one after another in one session, which keeps the connection to
//! each server, so the first answer comes over a new connection and the others over the same one. The
//! body is read piece by piece and never held as a whole. `cksum` is the checksum that the Unix
//! command of that name prints, so that a download can be compared with the file it came from.

use lexopt::{Arg, Parser, ValueExt};
use oneloop_examples::println;
use oneloop_http::{ClientError, ClientSession, Method};
use std::process::ExitCode;

fn main() -> ExitCode {
    let options = match parse(Parser::from_env()) {
        Ok(options) => options,
        Err(error) => {
            eprintln!("http_client: {error}");
            eprintln!("usage: http_client [--method M] [--data TEXT] URL...");
            return ExitCode::from(2);
        }
    };
    oneloop::run(async {
        let session = ClientSession::new();
        let mut status = ExitCode::SUCCESS;
        for url in &options.urls {
            if let Err(error) = fetch(&session, &options, url).await {
                eprintln!("error: {error}");
                status = ExitCode::FAILURE;
            }
        }
        status
    })
}

/// What the command line asks for.
struct Options {
    method: Method,
    data: Option<String>,
    urls: Vec<String>,
}

fn parse(mut arguments: Parser) -> Result<Options, lexopt::Error> {
    let (mut method, mut data, mut urls) = (None, None, Vec::new());
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("method") => method = Some(arguments.value()?.parse()?),
            Arg::Long("data") => data = Some(arguments.value()?.string()?),
            Arg::Value(url) => urls.push(url.string()?),
            _ => return Err(argument.unexpected()),
        }
    }
    if urls.is_empty() {
        return Err("there is no URL".into());
    }
    let usual = if data.is_some() {
        Method::POST
    } else {
        Method::GET
    };
    let method = method.unwrap_or(usual);
    Ok(Options { method, data, urls })
}

/// Asks for one page and prints what comes, but for the body's octets.
async fn fetch(session: &ClientSession, options: &Options, url: &str) -> Result<(), ClientError> {
    println!("{} {url}", options.method);
    let mut request = session.request(options.method.clone(), url);
    if let Some(data) = &options.data {
        request = request.body(data.clone());
    }
    let mut response = request.await?;
    println!("< {}", response.status());
    for (name, value) in &response.headers() {
        println!("< {name}: {}", String::from_utf8_lossy(value.as_bytes()));
    }
    let mut checksum = Checksum::default();
    while let Some(piece) = response.chunk().await? {
        checksum.add(&piece);
    }
    let (length, crc) = (checksum.length, checksum.value());
    let connection = if response.reused() { "reused" } else { "new" };
    println!("{length} bytes, cksum {crc}, {connection} connection\n");
    Ok(())
}

/// The checksum of POSIX's `cksum`: a CRC over the octets and then over their number.
#[derive(Default)]
struct Checksum {
    crc: u32,
    length: u64,
}

impl Checksum {
    fn add(&mut self, octets: &[u8]) {
        self.length += octets.len() as u64;
        self.crc = octets.iter().fold(self.crc, Checksum::step);
    }

    fn value(&self) -> u32 {
        let length = self.length.to_le_bytes();
        let digits = length.len() - self.length.leading_zeros() as usize / 8;
        !length[..digits].iter().fold(self.crc, Checksum::step)
    }

    fn step(crc: u32, octet: &u8) -> u32 {
        (crc << 8) ^ TABLE[((crc >> 24) as u8 ^ octet) as usize]
    }
}

/// What each value of the CRC's highest octet does to the rest: the polynomial, bit by bit.
const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut octet = 0;
    while octet < 256 {
        let (mut crc, mut bit) = ((octet as u32) << 24, 0);
        while bit < 8 {
            crc = (crc << 1) ^ if crc >> 31 == 1 { 0x04C1_1DB7 } else { 0 };
            bit += 1;
        }
        table[octet] = crc;
        octet += 1;
    }
    table
};
