//! The loop inside a frame loop, as a game or a drawing program has one: 60 frames a second.
//!
//! Watch: the host never waits for the loop. Once a frame it calls `turn(Some(Duration::ZERO))`,
//! which runs what is ready and comes back at once; then it draws. The tasks change the scene
//! through a plain `Rc<RefCell<…>>`, since everything happens on one thread, and each reads like
//! a little screenplay, where a callback would have to remember how far it has come.

use oneloop::{Loop, sleep};
use oneloop_examples::println;
use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::thread;
use std::time::{Duration, Instant};

const FRAME: Duration = Duration::from_nanos(1_000_000_000 / 60);

/// What is to be drawn.
#[derive(Clone, PartialEq)]
struct Scene {
    lamp: &'static str,
    walker: usize,
}

fn main() -> io::Result<()> {
    let event_loop = Loop::new()?;
    let scene = Rc::new(RefCell::new(Scene {
        lamp: "dark  ",
        walker: 0,
    }));
    // Outside of a turn the handle starts tasks; inside of one, `create_task` does.
    let lamp = event_loop.handle().create_task(blink(scene.clone()));
    let walker = event_loop.handle().create_task(walk(scene.clone()));

    let start = Instant::now();
    let (mut frame, mut drawn, mut slowest) = (0, None, Duration::ZERO);
    while !(lamp.done() && walker.done()) {
        let before = Instant::now();
        let _turn = event_loop.turn(Some(Duration::ZERO))?;
        slowest = slowest.max(before.elapsed());

        let now = scene.borrow().clone();
        if drawn.as_ref() != Some(&now) {
            draw(start, frame, &now);
            drawn = Some(now);
        }
        frame += 1;
        // A real host waits for the screen here.
        thread::sleep((start + FRAME * frame).saturating_duration_since(Instant::now()));
    }
    println!("The curtain falls after {frame} frames.");
    println!(
        "The longest turn of the loop took {} µs of a frame's 16,667.",
        slowest.as_micros()
    );
    Ok(())
}

/// Switches the lamp on and off, twice.
async fn blink(scene: Rc<RefCell<Scene>>) {
    for lamp in ["bright", "dark  ", "bright", "dark  "] {
        sleep(Duration::from_millis(250)).await;
        scene.borrow_mut().lamp = lamp;
    }
}

/// Walks across the stage and stands still for a moment in the middle.
async fn walk(scene: Rc<RefCell<Scene>>) {
    for step in 1..=6 {
        let pause = if step == 4 { 300 } else { 80 };
        sleep(Duration::from_millis(pause)).await;
        scene.borrow_mut().walker = step;
    }
}

fn draw(start: Instant, frame: u32, scene: &Scene) {
    let stage: String = (0..=6)
        .map(|place| if place == scene.walker { '@' } else { '.' })
        .collect();
    let time = start.elapsed().as_millis();
    println!(
        "[{time:>4} ms, frame {frame:>2}] the lamp is {} {stage}",
        scene.lamp
    );
}
