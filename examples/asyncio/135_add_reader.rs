//! `add_reader` calls back while data is left unread; `remove_reader` ends that, and says if there was one.
//!
//! clock: real

use crate::{py, run};
use oneloop::sleep;
use oneloop::sync::Promise;
use oneloop_net::{add_reader, remove_reader};
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::time::Duration;

pub(crate) fn main() {
    run(async {
        let (a, mut b) = UnixStream::pair()?;
        a.set_nonblocking(true)?;
        let (a, done) = (Rc::new(a), Promise::new());

        let (reads, sets) = (a.clone(), done.clone());
        let readable = move || {
            let mut data = [0; 2];
            let length = (&*reads).read(&mut data).unwrap();
            println!("readable {}", py(&data[..length]));
            if &data == b"ef" {
                let removed = [remove_reader(&reads), remove_reader(&reads)];
                println!("removed {} again {}", py(removed[0]), py(removed[1]));
                sets.set_result(()).unwrap();
            }
        };

        add_reader(&a, readable)?;
        sleep(Duration::from_millis(10)).await;
        println!("nothing to read yet");
        b.write_all(b"abcdefgh")?;
        (&done).await.unwrap();
        sleep(Duration::from_millis(20)).await;
        let mut left = [0; 10];
        let length = (&*a).read(&mut left)?;
        println!("left over {}", py(&left[..length]));
        io::Result::Ok(())
    })
    .unwrap();
}
