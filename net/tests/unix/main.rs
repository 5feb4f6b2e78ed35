//! Unix sockets: streams and what becomes of their files, descriptors that are passed, datagrams.
//! First `streams.rs`, then `passing.rs` and `datagrams.rs`.
#![cfg(unix)]

mod datagrams;
mod passing;
mod streams;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// A folder of one test's own, removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("oneloop-unix-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).unwrap();
        Folder(path)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Whether anything, be it a socket that nobody has, stands at a path.
fn exists(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}
