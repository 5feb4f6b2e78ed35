//! The peers: each fills in the traits of `twice/side.rs` as far as it can.
//!
//! A peer's own forms are taken, as its documentation shows them; where its users take another crate for something, so
//! does the comparison, and the peer's file says which.

/// All of several futures and the first of two, by futures-util: what the users of a side take that has neither.
#[cfg(feature = "peers")]
macro_rules! combine_by_futures_util {
    ($side:ty) => {
        impl crate::local::side::Combinators for $side {
            #[inline(always)]
            async fn gather<F>(futures: Vec<F>)
            where
                F: Future<Output = ()>,
            {
                futures_util::future::join_all(futures).await;
            }

            #[inline(always)]
            async fn first<A, B>(one: A, other: B)
            where
                A: Future<Output = ()>,
                B: Future<Output = ()>,
            {
                let (one, other) = (std::pin::pin!(one), std::pin::pin!(other));
                futures_util::future::select(one, other).await;
            }
        }
    };
}

#[cfg(feature = "trace")]
pub mod observed_side;
pub mod oneloop_side;
pub mod slowed_side;
pub mod tokio_side;

#[cfg(feature = "peers")]
pub mod futures_side;
#[cfg(feature = "peers")]
pub mod monoio_side;
#[cfg(feature = "peers")]
pub mod smol_side;

#[cfg(feature = "compio")]
pub mod compio_side;
#[cfg(feature = "glommio")]
pub mod glommio_side;

#[cfg(feature = "peers")]
pub mod optional;

#[cfg(feature = "trace")]
pub use observed_side::Observed;
pub use oneloop_side::Oneloop;
pub use slowed_side::Slowed;
pub use tokio_side::{TokioLocalSet, TokioPlain};
