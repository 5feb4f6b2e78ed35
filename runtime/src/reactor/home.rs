//! [`Home`]: which loop a registration belongs to, as seen from where one stands.

/// Tells where the loop of a [`Registration`](super::Registration) is.
///
/// What keeps sources from one use to the next, such as a pool of connections, asks before it hands
/// one out: to wait for a source of another loop than the one that runs is an error.
///
/// ```
/// use mio::net::TcpListener;
/// use oneloop::reactor::{Home, Registration};
///
/// let kept = oneloop::run(async {
///     let listener = TcpListener::bind("127.0.0.1:0".parse().unwrap())?;
///     let registration = Registration::new(listener)?;
///     assert_eq!(registration.home(), Home::Here);
///     Ok::<_, std::io::Error>(registration)
/// })?;
/// assert_eq!(kept.home(), Home::Gone);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// It is the loop that runs on this thread.
    Here,
    /// It is another loop of this thread, or none runs now.
    Elsewhere,
    /// It has ended: every operation that has to wait fails.
    Gone,
}
