//! What can be asked of a queue agrees with what its operations do, also while something is promised.

use std::task::Poll;

use oneloop::sync::Queue;
use oneloop::sync::queue::{GetNowaitError, PutNowaitError};

use crate::hand::poll_quietly;

/// asyncio's `while not queue.empty(): queue.get_nowait()`.
#[test]
fn a_queue_with_a_promised_item_only_is_empty_as_its_operations_say() {
    let queue = Queue::new(0);
    let mut getter = Box::pin(queue.get());
    assert!(poll_quietly(&mut getter).is_pending());
    queue.put_nowait(1).unwrap();
    assert_eq!((queue.empty(), queue.qsize()), (true, 0));
    assert_eq!(queue.get_nowait(), Err(GetNowaitError::Empty));
    queue.put_nowait(2).unwrap();
    assert_eq!((queue.empty(), queue.qsize()), (false, 1));
    while !queue.empty() {
        // One of the two is promised, and which one it will be is decided when it is taken.
        assert_eq!(queue.get_nowait(), Ok(1));
    }
    // Whoever leaves with a promise makes it free again.
    drop(getter);
    assert_eq!((queue.empty(), queue.qsize()), (false, 1));
    assert_eq!(queue.get_nowait(), Ok(2));
}

/// asyncio's `if not queue.full(): queue.put_nowait(item)`.
#[test]
fn a_queue_whose_room_is_promised_or_reserved_is_full_as_its_operations_say() {
    let queue = Queue::new(1);
    queue.put_nowait(1).unwrap();
    let mut putter = Box::pin(queue.put(2));
    assert!(poll_quietly(&mut putter).is_pending());
    assert_eq!(queue.get_nowait(), Ok(1));
    assert_eq!((queue.full(), queue.qsize()), (true, 0));
    assert_eq!(queue.put_nowait(3), Err(PutNowaitError::Full(3)));
    drop(putter);
    assert!(!queue.full());
    let mut reserving = Box::pin(queue.reserve());
    let Poll::Ready(Ok(room)) = poll_quietly(&mut reserving) else {
        panic!("there is room");
    };
    assert!(queue.full());
    assert_eq!(queue.put_nowait(4), Err(PutNowaitError::Full(4)));
    drop(room);
    assert!(!queue.full());
    queue.put_nowait(5).unwrap();
    queue.shutdown(false);
    assert!(queue.full(), "as asyncio's is");
    assert_eq!(queue.get_nowait(), Ok(5));
    assert!(!queue.full(), "it is shut down, which is another error");
}
