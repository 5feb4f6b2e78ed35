//! [`Several`]: what `race`, `as_completed` and `wait` take. Read next: `race.rs`.

#[diagnostic::on_unimplemented(
    message = "`{Self}` is not several futures of one type",
    label = "not an array, `Vec` or iterator",
    note = "`race`, `as_completed` and `wait` take one argument that holds all futures, which have one \
            type: an array `[a, b]`, a `Vec` or an iterator, and no tuple",
    note = "of different types: `select! {{ x = a => .., y = b => .. }}` for the first output, \
            `gather((a, b))` for all; or make them one type, as \
            `[Box::pin(a) as Pin<Box<dyn Future<Output = _>>>, Box::pin(b)]`",
    note = "`wait` takes tasks, which have one type where their outputs do: \
            `wait([create_task(a), create_task(b)])`"
)]
/// What [`race`](crate::race), [`as_completed`](crate::as_completed) and [`wait`](crate::wait) take: all
/// that iterates over things of one type.
///
/// It says no more than `IntoIterator<Item = F>`, but to whoever gives a tuple it says what to do.
///
/// ```
/// use oneloop::combine::Several;
/// use std::future::IntoFuture;
///
/// async fn quickest<F: IntoFuture>(ways: impl Several<F>) -> F::Output {
///     oneloop::race(ways).await.1
/// }
/// oneloop::run(async {
///     assert_eq!(quickest([std::future::ready(1), std::future::ready(2)]).await, 1);
/// });
/// ```
pub trait Several<F> {
    /// Goes over them.
    ///
    /// ```
    /// use oneloop::combine::Several;
    /// assert_eq!([1, 2].each().sum::<u32>(), 3);
    /// ```
    fn each(self) -> impl Iterator<Item = F>;
}

// What does not iterate is told of `Several` as a whole, not that it "is not an iterator".
#[diagnostic::do_not_recommend]
impl<F, I: IntoIterator<Item = F>> Several<F> for I {
    fn each(self) -> impl Iterator<Item = F> {
        self.into_iter()
    }
}
