//! The loop as a guest of another event loop, calloop, on the same thread.
//!
//! Watch: the host sleeps in *its* kernel call, and the guest's tasks run in time all the same,
//! because the guest's one descriptor becomes readable whenever it has something to do: a socket,
//! a wake from another thread, on Linux a timer too. So hosting takes three things: give the
//! descriptor to the host, let it sleep no longer than until `next_deadline()`, and call
//! `turn(Some(Duration::ZERO))` when it woke up.

use calloop::generic::Generic;
use calloop::timer::{TimeoutAction, Timer};
use calloop::{EventLoop, Interest, Mode, PostAction};
use oneloop::{Loop, gather, sleep};
use oneloop_examples::println;
use oneloop_net::{TcpListener, TcpStream};
use std::error::Error;
use std::io;
use std::rc::Rc;
use std::time::{Duration, Instant};

fn main() -> Result<(), Box<dyn Error>> {
    let mut host: EventLoop<'_, u32> = EventLoop::try_new()?;
    let guest = Rc::new(Loop::new()?);

    // Readable means no more than "wake up": the turn is taken below, after the host's own work.
    let descriptor = Generic::new(guest.clone(), Interest::READ, Mode::Level);
    host.handle()
        .insert_source(descriptor, |_ready, _guest, _ticks| {
            Ok(PostAction::Continue)
        })?;

    // Something of the host's own: a timer that counts in the host's data.
    let tick = Duration::from_millis(100);
    host.handle()
        .insert_source(Timer::from_duration(tick), move |_deadline, _, ticks| {
            *ticks += 1;
            println!("host:   tick {ticks}");
            TimeoutAction::ToDuration(tick)
        })?;

    let story = guest.handle().create_task(story());
    let mut ticks = 0;
    while !story.done() {
        let now = Instant::now();
        let timeout = guest
            .next_deadline()
            .map(|deadline| deadline.saturating_duration_since(now));
        host.dispatch(timeout, &mut ticks)?;
        let _turn = guest.turn(Some(Duration::ZERO))?;
    }
    println!("host:   my guest has finished");
    Ok(guest.block_on(story)??)
}

/// What runs on the guest: a task that sleeps, beside a client and a server that talk over TCP.
async fn story() -> io::Result<()> {
    println!("guest:  hello");
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let client = async {
        sleep(Duration::from_millis(150)).await;
        let stream = TcpStream::connect(address).await?;
        println!("client: what time is it?");
        stream.write_all(b"what time is it?").await?;
        let mut answer = [0; 64];
        let length = stream.read(&mut answer).await?;
        println!("client: {}", answer[..length].escape_ascii());
        io::Result::Ok(())
    };
    let sleeper = async {
        sleep(Duration::from_millis(350)).await;
        println!("guest:  I have slept well");
    };
    let (server, client, ()) = gather((answer_one(listener), client, sleeper)).await;
    server.and(client)
}

/// Takes one connection and one question, and thinks for 100 ms before the answer.
async fn answer_one(listener: TcpListener) -> io::Result<()> {
    let (stream, _peer) = listener.accept().await?;
    let mut question = [0; 64];
    let length = stream.read(&mut question).await?;
    println!("server: got {length} bytes, let me think");
    sleep(Duration::from_millis(100)).await;
    stream.write_all(b"time to sleep").await
}
