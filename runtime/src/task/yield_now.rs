//! [`yield_now`]: let the others run.

use crate::cancel::decline;
use std::future::poll_fn;
use std::task::Poll;

/// Lets every task and callback that is ready now run before this one goes on: asyncio's
/// `sleep(0)`.
///
/// Cancel safety: nothing is lost when it is dropped.
///
/// ```
/// use std::{cell::RefCell, rc::Rc};
/// oneloop::run(async {
///     let story = Rc::new(RefCell::new(vec![]));
///     let other = story.clone();
///     let task = oneloop::create_task(async move { other.borrow_mut().push("the other") });
///     oneloop::yield_now().await;
///     story.borrow_mut().push("this one");
///     task.await.unwrap();
///     assert_eq!(*story.borrow(), ["the other", "this one"]);
/// });
/// ```
pub async fn yield_now() {
    let mut yielded = false;
    poll_fn(|cx| {
        if yielded && !decline(cx) {
            return Poll::Ready(());
        }
        if std::mem::replace(&mut yielded, true) {
            return Poll::Pending;
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await
}
