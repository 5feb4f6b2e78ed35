//! SIGINT while `run` runs: who is asked, and how the program ends. The picture is in `mod.rs`.

use super::pipe::{SignalPipe, UNSEEN, seen, set_listening};
use crate::cancel::until_in;
use crate::context::check_free;
use crate::event_loop::runner::{new_loop, to_the_end};
use crate::event_loop::{Core, Handle, Loop};
use crate::task::scope::Construct;
use signal_hook::SigId;
use signal_hook::consts::SIGINT;
use signal_hook::flag;
use signal_hook::low_level::{emulate_default_handler, unregister};
use std::error::Error;
use std::fmt;
use std::future::{Future, poll_fn};
use std::io::{self, Write};
use std::panic::Location;
use std::pin::pin;
use std::rc::Rc;
use std::sync::OnceLock;
use std::task::Poll;

/// As [`run`](crate::run), but an interrupt (Ctrl-C, SIGINT) is an error where `run` ends the program:
/// asyncio's `run` inside of `try: … except KeyboardInterrupt`. [The module](crate::signal) tells what
/// happens before.
///
/// # Errors
/// When `main` was ended by an interrupt, or another one ended the wait for the other tasks.
///
/// # Panics
/// As [`run`](crate::run).
///
/// ```
/// use oneloop::signal::run_interruptible;
/// use signal_hook::{consts::SIGINT, low_level::raise};
///
/// let main = || async {
///     oneloop::call_soon(|| raise(SIGINT).unwrap()); // Somebody presses Ctrl-C.
///     let work = oneloop::cancel::catch(std::future::pending::<()>()).await;
///     println!("tidying up");
///     work.unwrap_err().resume().await;
/// };
/// # // Only the main thread's `run` listens, and not where SIGINT was ignored from the start.
/// # let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
/// # let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
/// # let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
/// # let is_ignored = mask.is_some_and(|mask| mask & 2 != 0);
/// # if std::thread::current().name() == Some("main") && !is_ignored {
/// let interrupted = run_interruptible(main()).unwrap_err();
/// println!("{interrupted}");
/// # }
/// # let _unused = main();
/// ```
#[track_caller]
pub fn run_interruptible<F: Future>(main: F) -> Result<F::Output, Interrupted> {
    if let Err(error) = check_free() {
        panic!("`run_interruptible` was called inside a loop: {error}");
    }
    run(main, Location::caller())
}

/// `run`, up to its end by an interrupt.
#[track_caller]
pub(crate) fn run<F: Future>(
    main: F,
    place: &'static Location<'static>,
) -> Result<F::Output, Interrupted> {
    let event_loop = new_loop();
    let handle = event_loop.handle();
    let listening = Listening::begin(&handle);
    let output = to_the_end(event_loop, guard(&handle, &listening, main), place);
    match listening.is_some_and(|listening| listening.enough()) {
        true => Err(Interrupted(())),
        false => output,
    }
}

/// The same on the loop of a `Runner`, which ends the program when it was interrupted.
#[track_caller]
pub(crate) fn run_on<F: Future>(event_loop: &Loop, main: F) -> F::Output {
    let handle = event_loop.handle();
    let listening = Listening::begin(&handle);
    match event_loop.block_on(guard(&handle, &listening, main)) {
        Ok(output) => output,
        Err(interrupted) => {
            event_loop.finish_tasks();
            interrupted.end_program()
        }
    }
}

/// The end of a `Runner`, which a further interrupt cuts short.
pub(crate) fn finish(event_loop: &Loop) {
    let listening = Listening::begin(&event_loop.handle());
    event_loop.finish_tasks();
    if listening.is_some_and(|listening| listening.enough()) {
        Interrupted(()).end_program();
    }
}

/// Runs `main` until it is done or interrupted twice.
async fn guard<F: Future>(
    handle: &Handle,
    listening: &Option<Listening>,
    main: F,
) -> Result<F::Output, Interrupted> {
    if listening.is_none() {
        return Ok(main.await);
    }
    let interrupts = &handle.core().reactor.interrupts;
    let first = poll_fn(|_| match interrupts.count() {
        0 => Poll::Pending,
        _ => Poll::Ready(()),
    });
    let mut main = pin!(until_in(Construct::Interruptible, main, first));
    poll_fn(|context| {
        if interrupts.are_enough() {
            let when = "when a second interrupt (Ctrl-C) ended the wait for them";
            handle.core().tell_unfinished(when);
            return Poll::Ready(Err(Interrupted(())));
        }
        // For `first`, too, which is polled by the same waker.
        interrupts.wake(context.waker());
        let ended = main.as_mut().poll(context);
        ended.map(|ended| ended.map_err(|()| Interrupted(())))
    })
    .await
}

/// Waits until Ctrl-C came so often that nothing is to be waited for any more.
pub(crate) async fn enough(event_loop: &Loop) {
    let core: Rc<Core> = event_loop.handle().core().clone();
    let interrupts = &core.reactor.interrupts;
    poll_fn(|context| {
        interrupts.wake(context.waker());
        match interrupts.are_enough() {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    })
    .await;
}

/// Listens to SIGINT for one loop, until it is dropped.
struct Listening {
    core: Rc<Core>,
    /// In the order in which the handler takes them.
    actions: Vec<SigId>,
}

impl Listening {
    /// `None` where SIGINT is not ours: on another thread than the main one, as in Python; where it was
    /// ignored from the start; and where the system gives no descriptors.
    fn begin(handle: &Handle) -> Option<Listening> {
        let is_main = std::thread::current().name() == Some("main");
        if !is_main || is_ignored() {
            return None;
        }
        let mut listening = Listening {
            core: handle.core().clone(),
            actions: Vec::new(),
        };
        let begun = listening.register();
        begun.is_ok().then_some(listening)
    }

    fn register(&mut self) -> io::Result<()> {
        seen();
        // First the look, then the mark: it is the signal after the unseen one that ends the program.
        self.actions
            .push(flag::register_conditional_default(SIGINT, &UNSEEN)?);
        self.actions.push(flag::register(SIGINT, &UNSEEN)?);
        let reactor = &self.core.reactor;
        reactor.listen(SignalPipe::beside(SIGINT)?)?;
        set_listening(true)
    }

    fn enough(&self) -> bool {
        self.core.reactor.interrupts.are_enough()
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        // First of all, so that there is no moment in which SIGINT does nothing.
        let _ = set_listening(false);

        self.core.reactor.hush();
        for action in self.actions.drain(..) {
            unregister(action);
        }
    }
}

/// Whether the program was started with SIGINT ignored. Where the system does not tell, it was not.
fn is_ignored() -> bool {
    static IGNORED: OnceLock<bool> = OnceLock::new();
    *IGNORED.get_or_init(|| {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        mask.is_some_and(|mask| mask & (1 << (SIGINT - 1)) != 0)
    })
}

/// The error of [`run_interruptible`]: Ctrl-C ended it. Python's `KeyboardInterrupt`.
///
/// ```
/// fn report(interrupted: oneloop::signal::Interrupted) -> ! {
///     eprintln!("{interrupted}");
///     interrupted.end_program()
/// }
/// # let _: fn(_) -> ! = report;
/// ```
#[derive(Debug)]
pub struct Interrupted(());

impl Interrupted {
    /// Ends the program as Ctrl-C does when nobody listens: by SIGINT, so that whoever started it sees that it
    /// was interrupted (a shell stops its script, and tells status 130). It is what
    /// [`run`](crate::run) does.
    pub fn end_program(self) -> ! {
        // As at a usual end; there is nobody to be told of an error.
        let _ = io::stdout().flush();
        let _ = emulate_default_handler(SIGINT);
        // Not reached, unless the system would not let it.
        std::process::exit(128 + SIGINT)
    }
}

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("interrupted (Ctrl-C, SIGINT)")
    }
}

impl Error for Interrupted {}
