//! The programs in which the loop is a guest. What a host may count on is tested, case by case, in
//! `tests/embedding.rs`.

use crate::program::{lines_of, story};

#[test]
fn a_guest_of_calloop_runs_beside_its_host() {
    let story = story("embed_calloop", &[]);
    assert_eq!(
        lines_of(&story, "client: "),
        ["what time is it?", "time to sleep"]
    );
    assert_eq!(lines_of(&story, "server: "), ["got 16 bytes, let me think"]);
    assert_eq!(lines_of(&story, "guest:  "), ["hello", "I have slept well"]);
    let host = lines_of(&story, "host:   ");
    assert_eq!(host[..3], ["tick 1", "tick 2", "tick 3"]);
    assert_eq!(host.last(), Some(&"my guest has finished"));
    let position = |line| story.iter().position(|it| it == line).unwrap();
    assert!(position("server: got 16 bytes, let me think") < position("client: time to sleep"));
    assert!(position("host:   tick 1") < position("host:   tick 2"));
}

#[test]
fn a_guest_of_a_frame_loop_plays_its_scene() {
    let story = story("embed_frames", &[]);
    let scenes: Vec<_> = lines_of(&story, "the lamp is ");
    assert_eq!(scenes.first(), Some(&"dark   @......"));
    assert_eq!(scenes.last(), Some(&"dark   ......@"));
    let mut lamps: Vec<_> = scenes.iter().map(|scene| &scene[..6]).collect();
    lamps.dedup();
    assert_eq!(lamps, ["dark  ", "bright", "dark  ", "bright", "dark  "]);
    let mut places: Vec<_> = scenes.iter().map(|scene| scene.find('@')).collect();
    places.dedup();
    assert_eq!(places, [7, 8, 9, 10, 11, 12, 13].map(Some));
    assert!(story[story.len() - 2].starts_with("The curtain falls after "));
}
