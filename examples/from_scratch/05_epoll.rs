//! From scratch, step 5 of 5: sockets.
//!
//! New here: **readiness**. A task tries to read or write and never waits inside: what cannot be
//! done now fails with `WouldBlock`, and the task leaves its waker under the socket's token. The
//! loop sleeps in `epoll` (through mio) until a socket is ready, the first deadline has come, or
//! somebody rings the bell that stands here in the place of `unpark`.
//!
//! Watch: server and client talk over real TCP on one thread, which sleeps while the client does.
//! `run` does what `runtime/src/event_loop` does; start it by `cargo run --example from_scratch_05`.

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Registry, Token};
use oneloop_examples::println; // As std's, but it ends quietly under `| head`.
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::future::{Future, poll_fn};
use std::io::{ErrorKind, Read, Result, Write};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

const BELL: Token = Token(0);
const LISTENER: Token = Token(1);
const SERVER: Token = Token(2);
const CLIENT: Token = Token(3);
const BOTH: Interest = Interest::READABLE.add(Interest::WRITABLE);

fn main() -> Result<()> {
    let epoll = mio::Poll::new()?;
    let mut listener = TcpListener::bind("127.0.0.1:0".parse().unwrap())?;
    let mut stream = TcpStream::connect(listener.local_addr()?)?;
    epoll.registry().register(&mut listener, LISTENER, BOTH)?;
    epoll.registry().register(&mut stream, CLIENT, BOTH)?;
    let waiting = Waiting::default();
    let server = Box::pin(server(&waiting, listener, epoll.registry().try_clone()?));
    let client = Box::pin(client(&waiting, stream));
    run(epoll, &waiting, vec![Some(server), Some(client)])
}

/// Accepts one connection and sends back what comes, until the client closes.
async fn server(io: &Waiting, listener: TcpListener, registry: Registry) -> Result<()> {
    let (mut stream, _) = io.ready(LISTENER, || listener.accept()).await?;
    registry.register(&mut stream, SERVER, BOTH)?;
    let mut buffer = [0; 64];
    while let length @ 1.. = io.ready(SERVER, || stream.read(&mut buffer)).await? {
        println!("server: got {length} bytes, which go back"); // So few go out in one write.
        io.ready(SERVER, || stream.write(&buffer[..length])).await?;
    }
    println!("server: the client has closed");
    Ok(())
}

/// Sends two lines, reads what comes back, and thinks for a while after each.
async fn client(io: &Waiting, mut stream: TcpStream) -> Result<()> {
    let mut buffer = [0; 64];
    for line in ["hello", "once more"] {
        println!("client: sending \"{line}\"");
        io.ready(CLIENT, || stream.write(line.as_bytes())).await?;
        let length = io.ready(CLIENT, || stream.read(&mut buffer)).await?;
        println!("client: \"{}\" came back", buffer[..length].escape_ascii());
        io.sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}

/// The wakers of the tasks that wait for a deadline or for a socket.
#[derive(Default)]
struct Waiting {
    sleepers: RefCell<BTreeMap<Instant, Waker>>,
    sockets: RefCell<HashMap<Token, Waker>>,
}

impl Waiting {
    /// Tries, and again each time the socket became ready, until it is not `WouldBlock`.
    async fn ready<T>(&self, token: Token, mut attempt: impl FnMut() -> Result<T>) -> Result<T> {
        poll_fn(|context| match attempt() {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                let waker = context.waker().clone();
                self.sockets.borrow_mut().insert(token, waker);
                Poll::Pending
            }
            result => Poll::Ready(result),
        })
        .await
    }

    /// As in step 4, but without its care for equal deadlines: only one task sleeps here.
    async fn sleep(&self, duration: Duration) {
        let deadline = Instant::now() + duration;
        poll_fn(|context| {
            if Instant::now() >= deadline {
                return Poll::Ready(());
            }
            let waker = context.waker().clone();
            self.sleepers.borrow_mut().insert(deadline, waker);
            Poll::Pending
        })
        .await
    }
}

/// Who can go on, and the bell that ends the loop's sleep. It may ring in vain, never too seldom.
struct ReadyQueue(Mutex<Vec<usize>>, mio::Waker);

struct TaskWaker(usize, Arc<ReadyQueue>);

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.1.0.lock().unwrap().push(self.0);
        self.1.1.wake().expect("the bell can be rung");
    }
}

type Task<'a> = Pin<Box<dyn Future<Output = Result<()>> + 'a>>;

/// Turns until all tasks have finished, or until one fails.
fn run(mut epoll: mio::Poll, io: &Waiting, mut tasks: Vec<Option<Task<'_>>>) -> Result<()> {
    let bell = mio::Waker::new(epoll.registry(), BELL)?;
    let queue = Arc::new(ReadyQueue(Mutex::default(), bell));
    let waker = |number| Waker::from(Arc::new(TaskWaker(number, queue.clone())));
    (0..tasks.len()).for_each(|number| waker(number).wake());
    let mut events = Events::with_capacity(64);
    while tasks.iter().any(Option::is_some) {
        // 1. Sleep in the kernel. If somebody is ready the bell has rung, and this returns at once.
        let first = io.sleepers.borrow().keys().next().copied();
        let timeout = first.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        epoll.poll(&mut events, timeout)?;
        // 2. Wake those for whom something has happened: on a socket, or on the clock.
        for event in &events {
            let waker = io.sockets.borrow_mut().remove(&event.token());
            waker.inspect(Waker::wake_by_ref);
        }
        let later = io.sleepers.borrow_mut().split_off(&Instant::now());
        let due = io.sleepers.replace(later);
        due.values().for_each(Waker::wake_by_ref);
        // 3. Poll each of them once. Whoever becomes ready meanwhile is for the next turn.
        let batch = std::mem::take(&mut *queue.0.lock().unwrap());
        for number in batch {
            let waker = waker(number);
            let mut context = Context::from_waker(&waker);
            if let Some(task) = &mut tasks[number]
                && task.as_mut().poll(&mut context)?.is_ready()
            {
                tasks[number] = None;
            }
        }
    }
    Ok(())
}
