//! Requests that come together: answered in order, one after another, and in one write.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use oneloop_http::{Request, Response};

use crate::support::{Medium, Site, on, on_both};

async fn echo_path(request: Request) -> Response {
    Response::text(request.path().to_owned())
}

fn requests(count: usize) -> String {
    (0..count)
        .map(|n| format!("GET /{n} HTTP/1.1\r\nHost: h\r\n\r\n"))
        .collect()
}

#[test]
fn a_hundred_requests_get_their_answers_in_order() {
    on_both(async |medium| {
        let site = Site::new(medium, echo_path).await;
        let mut peer = site.connect().await;
        peer.send(requests(100)).await;
        for n in 0..100 {
            assert_eq!(peer.answer().await.text(), format!("/{n}"));
        }
        assert_eq!(site.server.stats().requests, 100);
    });
}

#[test]
fn a_request_that_is_kept_beyond_its_answer_stays_as_it_was() {
    on_both(async |medium| {
        let kept = Rc::new(RefCell::new(Vec::new()));
        let keep = Rc::clone(&kept);
        let handler = async move |request: Request| {
            let answer = Response::text(request.path().to_owned());
            // Every second one is given back at once, so that its room is used again.
            if request.path().ends_with(['0', '2', '4', '6', '8']) {
                keep.borrow_mut().push(request);
            }
            answer
        };
        let site = Site::new(medium, handler).await;
        let mut peer = site.connect().await;
        peer.send(requests(10)).await;
        for n in 0..10 {
            assert_eq!(peer.answer().await.text(), format!("/{n}"));
        }
        let paths = kept.borrow();
        let paths = paths.iter().map(|request| (request.path(), request.host()));
        let expected = ["/0", "/2", "/4", "/6", "/8"].map(|path| (path, Some("h")));
        assert_eq!(paths.collect::<Vec<_>>(), expected);
    });
}

#[test]
fn the_answers_to_one_read_leave_in_one_write() {
    for medium in [Medium::Socket, Medium::Memory] {
        on(medium, async |medium| {
            let site = Site::new(medium, echo_path).await;
            let mut peer = site.connect().await;
            peer.send(requests(100)).await;
            for n in 0..100 {
                assert_eq!(peer.answer().await.text(), format!("/{n}"));
            }
            assert_eq!(site.writes.get(), 1, "100 answers over {medium:?}");
        });
    }
}

#[test]
fn bodies_do_not_cost_a_write_of_their_own() {
    on(Medium::Memory, async |medium| {
        let length = async |mut request: Request| {
            request
                .bytes()
                .await
                .map(|body| Response::text(body.len().to_string()))
        };
        let site = Site::new(medium, length).await;
        let mut peer = site.connect().await;
        let post = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc";
        let chunked = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n\
                       2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n";
        peer.send([post, chunked, post].concat()).await;
        for length in ["3", "4", "3"] {
            assert_eq!(peer.answer().await.text(), length);
        }
        assert_eq!(site.writes.get(), 1);
    });
}

#[test]
fn an_answer_does_not_wait_for_the_handler_after_it() {
    on(Medium::Memory, async |medium| {
        let slow_second = async |request: Request| {
            if request.path() == "/1" {
                oneloop::sleep(Duration::from_secs(5)).await;
            }
            echo_path(request).await
        };
        let site = Site::new(medium, slow_second).await;
        let mut peer = site.connect().await;
        let start = oneloop::now();
        peer.send(requests(2)).await;
        assert_eq!(peer.answer().await.text(), "/0");
        assert_eq!(oneloop::now(), start, "the first answer came at once");
        assert_eq!(peer.answer().await.text(), "/1");
        assert_eq!(oneloop::now() - start, Duration::from_secs(5));
    });
}

#[test]
fn the_second_handler_starts_after_the_first_has_ended() {
    on_both(async |medium| {
        let story = Rc::new(RefCell::new(Vec::new()));
        let site = Site::new(medium, {
            let story = Rc::clone(&story);
            async move |request: Request| {
                story.borrow_mut().push(format!("begin {}", request.path()));
                oneloop::sleep(Duration::from_millis(1)).await;
                story.borrow_mut().push(format!("end {}", request.path()));
                echo_path(request).await
            }
        })
        .await;
        let mut peer = site.connect().await;
        peer.send(requests(2)).await;
        assert_eq!(peer.answer().await.text(), "/0");
        assert_eq!(peer.answer().await.text(), "/1");
        assert_eq!(
            *story.borrow(),
            ["begin /0", "end /0", "begin /1", "end /1"]
        );
    });
}

#[test]
fn nothing_is_answered_after_an_answer_that_closes() {
    on_both(async |medium| {
        let handled = Rc::new(Cell::new(0));
        let site = Site::new(medium, {
            let handled = Rc::clone(&handled);
            async move |_| {
                handled.set(handled.get() + 1);
                "one"
            }
        })
        .await;
        let mut peer = site.connect().await;
        peer.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            .await;
        peer.send(requests(3)).await;
        assert_eq!(peer.answer().await.text(), "one");
        peer.expect_end().await;
        assert_eq!(handled.get(), 1);
    });
}
