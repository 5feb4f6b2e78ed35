//! What idle things cost in memory.

use super::super::family::{Board, Shared};
use super::super::side::Side;
use crate::machine::resident_bytes;

/// Bytes of resident memory that so many waiting tasks add, the smallest that wait for something: a task that holds a
/// pointer and a number. What the board itself needs is there before.
pub async fn task_bytes<S: Side>(count: u64) -> u64 {
    let board = Board::new(count as usize);
    let before = resident_bytes();
    for _ in 0..count {
        let board = Shared::clone(&board);
        S::spawn_detached(async move { board.wait_for_round(u64::MAX).await });
    }
    board.all_waiting().await;
    resident_bytes().saturating_sub(before)
}
