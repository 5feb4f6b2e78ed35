//! What a real loop tells its observer: one story compared whole, and random stories whose events
//! must fit together. Without the feature `trace`: that an observer is refused.

#[cfg(not(feature = "trace"))]
#[test]
fn an_observer_is_refused_by_a_build_without_the_feature() {
    let recorder = oneloop::trace::Recorder::new();
    let error = oneloop::Loop::builder()
        .observer(recorder)
        .build()
        .unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::Unsupported);
    assert!(error.to_string().contains("features = [\"trace\"]"));
}

#[cfg(feature = "trace")]
#[path = "trace_story/told.rs"]
mod told;

#[cfg(feature = "trace")]
#[path = "trace_story/dropped.rs"]
mod dropped;
