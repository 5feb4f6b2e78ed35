//! The list of `public_async.rs` tried on made-up sources: what it must find, and what not.

use crate::public_async::{File, public_async_items};

/// The list for files given as pairs of path and text.
fn list(files: &[(&str, &str)]) -> Vec<String> {
    let file = |(path, text): &(&str, &str)| File {
        path: path.to_string(),
        text: text.to_string(),
    };
    let files: Vec<File> = files.iter().map(file).collect();
    public_async_items(&files).into_iter().collect()
}

#[test]
fn public_functions_that_await_are_found_and_others_are_not() {
    let text = "
        pub async fn free<T: Fn() -> u8>(t: T) -> u8 { async fn inner() {} 1 }
        async fn private() {}
        pub(crate) async fn within() {}
        pub fn plain() -> u8 { 0 }
        pub fn takes(future: impl Future<Output = ()>) {}
        pub fn gives<F>(f: F) -> impl Future<Output = ()> where F: Fn() -> () { f() }
        pub fn polls(context: &mut Context<'_>) -> Poll<()> { todo() }
        #[doc(hidden)] pub async fn hidden() {}
        // pub async fn in_a_comment() {}
        const TEXT: &str = \"pub async fn in_a_string() {}\";
        #[cfg(test)] mod tests { pub async fn in_a_test() {} }
        #[cfg(all(test, unix))] mod more { pub async fn in_a_test() {} }
        pub async fn last<const N: usize>(a: [u8; N]) where [u8; N]: Sized {}
    ";
    let all = ["free", "gives", "last", "polls"];
    assert_eq!(list(&[("lib.rs", text)]), all);
}

#[test]
fn methods_are_called_by_their_type_and_traits_by_their_own_name() {
    let text = "
        pub struct Lock<T> { inner: T }
        struct Secret;
        impl<T: Fn() -> u8> Lock<T> where T: Clone {
            pub async fn lock(&self) -> Guard<'_, T> {}
            pub fn later(&self) -> Later<T> {}
            pub fn same(self) -> Self {}
            pub fn look(&self) -> &Later<T> {}
            async fn private(&self) {}
        }
        impl Secret { pub async fn unreachable(&self) {} }
        pub trait Caught { async fn or_resume(self); fn other(&self); }
        trait Private { async fn unseen(self); }
        impl Caught for Lock<u8> { async fn or_resume(self) {} }
        pin_project! { #[must_use] pub struct Later<T> { #[pin] t: T } }
        impl<T> std::future::Future for Later<T> { type Output = (); fn poll() -> Poll<()> {} }
        impl<T> Later<T> { pub fn reset(self) -> Self {} }
    ";
    let all = [
        "Caught::or_resume",
        "Future for Later",
        "Later::reset",
        "Lock::later",
        "Lock::lock",
    ];
    assert_eq!(list(&[("lib.rs", text)]), all);
}

#[test]
fn what_is_polled_is_found_with_the_path_that_users_write() {
    let files = [
        (
            "lib.rs",
            "pub mod sync; mod socket; #[cfg(test)] mod tests;",
        ),
        ("tests.rs", "pub async fn in_a_test() {}"),
        (
            "sync/mod.rs",
            "mod lock; pub mod channel; pub use lock::Lock;",
        ),
        (
            "sync/lock.rs",
            "pub struct Lock; impl<'a> IntoFuture for &'a Lock {} impl Lock { pub async fn lock(&self) {} }",
        ),
        (
            "sync/channel/mod.rs",
            "mod receiver; pub fn channel<T>() -> (Sender<T>, Receiver<T>) {}",
        ),
        (
            "sync/channel/receiver.rs",
            "pub struct Receiver<T>(T); impl<T> Stream for Receiver<T> {} impl<T> Drop for Receiver<T> {}",
        ),
        ("socket.rs", "pub struct Socket; mod transfer;"),
        (
            "socket/transfer.rs",
            "impl AsyncRead for Socket {} impl AsyncWrite for &Socket {} impl AsyncRead for Other {}",
        ),
    ];
    let all = [
        "AsyncRead for Socket",
        "AsyncWrite for &Socket",
        "IntoFuture for &sync::Lock",
        "Stream for sync::channel::Receiver",
        "sync::Lock::lock",
        "sync::channel::channel",
    ];
    assert_eq!(list(&files), all);
}

#[test]
fn exported_macros_that_await_are_found() {
    let text = "
        #[macro_export] macro_rules! awaits { ($f:expr) => {{ $f.await }}; }
        #[macro_export] macro_rules! waits_not { ($f:expr) => {{ $f }}; }
        macro_rules! within { ($f:expr) => {{ pub async fn unseen() { $f.await } }}; }
    ";
    assert_eq!(list(&[("lib.rs", text)]), ["awaits!"]);
}
