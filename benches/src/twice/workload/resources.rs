//! What idle things cost in memory.

use std::net;
use std::time::Duration;

use super::super::family::{Board, Shared};
use super::super::side::{Side, Sockets};
use super::sockets::listener;
use crate::machine::{allow_descriptors, resident_bytes};
use crate::neutral::wake_self;

/// How long all tasks have to come to where they wait.
const A_WHILE: Duration = Duration::from_millis(100);

/// What an idle connection has for the next bytes.
const SMALL_BUFFER: usize = 64;

/// Bytes of resident memory that so many waiting tasks add, the smallest that wait for something: a task that holds a
/// pointer and a number. What the board itself needs is there before.
pub async fn task_bytes<S: Side>(count: u64) -> u64 {
    let board = Board::new(count as usize);
    let before = resident_bytes();
    for _ in 0..count {
        let board = Shared::clone(&board);
        S::spawn_detached(async move { board.wait_for_round(1).await });
    }
    board.all_waiting().await;
    let bytes = resident_bytes().saturating_sub(before);
    // They end here, since a loop tells of tasks that it has to drop.
    board.next_round(&mut Vec::new());
    wake_self().await;
    bytes
}

/// Bytes of resident memory that so many connections add, each with a task that waits for bytes. The other ends are
/// sockets of std in the same process, which take descriptors but no memory outside the kernel.
pub async fn conn_bytes<S: Sockets>(count: u64) -> u64 {
    allow_descriptors(2 * count + 100);
    let (listener, address) = listener();
    let mut listener = S::listen(listener);
    let mut clients = Vec::with_capacity(count as usize);
    // The first connection pays for what all share.
    let mut before = 0;
    for number in 0..=count {
        clients.push(net::TcpStream::connect(address).expect("it listens"));
        let mut stream = S::accept(&mut listener).await;
        S::spawn_detached(async move {
            let buffer = vec![0; SMALL_BUFFER].into_boxed_slice();
            S::read(&mut stream, buffer).await;
        });
        if number == 0 {
            S::sleep(A_WHILE).await;
            before = resident_bytes();
        }
    }
    S::sleep(A_WHILE).await;
    let bytes = resident_bytes().saturating_sub(before);
    drop(clients);
    S::sleep(A_WHILE).await;
    bytes
}
