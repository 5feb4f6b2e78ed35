//! A semaphore of two lets two in at most, first come first served, and gets its permits back.
//!
//! Feature row 35.

use crate::{py, run};
use oneloop::sync::Semaphore;
use oneloop::{gather, sleep};
use std::cell::Cell;
use std::time::Duration;

#[derive(Default)]
struct Room {
    inside: Cell<u32>,
    peak: Cell<u32>,
}

async fn job(semaphore: &Semaphore, room: &Room, number: u32) -> Result<(), &'static str> {
    let _permit = semaphore.acquire().await;
    room.inside.update(|inside| inside + 1);
    room.peak.set(room.peak.get().max(room.inside.get()));
    println!("enter {number}");
    sleep(Duration::from_millis(20)).await;
    room.inside.update(|inside| inside - 1);
    match number {
        1 => Err("ValueError"), // The permit goes back all the same.
        _ => Ok(()),
    }
}

pub(crate) fn main() {
    run(async {
        let (semaphore, room) = (Semaphore::new(2), Room::default());
        gather((0..6).map(|number| job(&semaphore, &room, number))).await;
        println!(
            "peak {} | locked {}",
            room.peak.get(),
            py(semaphore.locked())
        );
    });
}
