//! A promise that was set to an error and dropped unread is reported; a cancelled one is not.

use crate::run;
use oneloop::Loop;
use oneloop::sync::Promise;

pub(crate) fn main() {
    run(async {
        Loop::current()
            .unwrap()
            .set_exception_handler(|report| println!("handler: {}", report.message()));
        let (unread, cancelled, read) = (
            Promise::<()>::new(),
            Promise::<()>::new(),
            Promise::<()>::new(),
        );
        unread.set_exception("x").unwrap();
        cancelled.cancel();
        read.set_exception("y").unwrap();
        if (&read).await.is_err() {
            println!("c awaited");
        }
        drop(read);
        drop(cancelled);
        println!("dropping a");
        drop(unread);
        println!("end");
    });
}
