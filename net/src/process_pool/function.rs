//! [`Function`]: what a worker can run, by its name. Next: `worker.rs`.

use super::frame::frame;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A function that workers run, with the name by which they find it.
///
/// Make it a constant, and give it to [`init`](super::init) and to
/// [`ProcessPool::submit`](super::ProcessPool::submit). Several arguments are a tuple.
///
/// ```
/// use oneloop_net::process_pool::Function;
/// fn area((width, height): (f64, f64)) -> f64 {
///     width * height
/// }
/// const AREA: Function<(f64, f64), f64> = Function::new("area", area);
/// assert_eq!(AREA.name(), "area");
/// ```
pub struct Function<A, R> {
    name: &'static str,
    call: fn(A) -> R,
}

impl<A, R> Function<A, R> {
    /// Names a function. No two functions of a program may have the same name.
    ///
    /// ```
    /// use oneloop_net::process_pool::Function;
    /// const LENGTH: Function<String, usize> = Function::new("length", |text| text.len());
    /// assert_eq!(format!("{LENGTH:?}"), "Function(\"length\")");
    /// ```
    pub const fn new(name: &'static str, call: fn(A) -> R) -> Function<A, R> {
        Function { name, call }
    }

    /// Returns the name.
    pub fn name(&self) -> &'static str {
        self.name
    }
}

impl<A, R> fmt::Debug for Function<A, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Function").field(&self.name).finish()
    }
}

/// A [`Function`] of whatever types: what [`init`](super::init) takes a list of.
///
/// ```
/// use oneloop_net::process_pool::{Function, Registered};
/// const LENGTH: Function<String, usize> = Function::new("length", |text| text.len());
/// const DOUBLE: Function<i32, i32> = Function::new("double", |n| 2 * n);
/// let functions: [&dyn Registered; 2] = [&LENGTH, &DOUBLE];
/// # let _ = functions;
/// ```
pub trait Registered: sealed::Call {}

impl<A: DeserializeOwned, R: Serialize> Registered for Function<A, R> {}

/// What an answer begins with. It is followed by the result, or by a text.
pub(super) mod tag {
    pub(in super::super) const HELLO: u8 = 0;
    pub(in super::super) const RESULT: u8 = 1;
    pub(in super::super) const PANIC: u8 = 2;
    pub(in super::super) const UNKNOWN: u8 = 3;
    pub(in super::super) const FORMAT: u8 = 4;
    pub(in super::super) const TOO_LONG: u8 = 5;
}

pub(super) mod sealed {
    /// What only this library calls.
    #[doc(hidden)]
    pub trait Call {
        #[doc(hidden)]
        fn is_named(&self, name: &[u8]) -> bool;
        /// Decodes the argument, calls, and encodes the result: a tag and bytes.
        #[doc(hidden)]
        fn call(&self, argument: &[u8]) -> (u8, Vec<u8>);
    }
}

impl<A: DeserializeOwned, R: Serialize> sealed::Call for Function<A, R> {
    fn is_named(&self, name: &[u8]) -> bool {
        self.name.as_bytes() == name
    }

    fn call(&self, argument: &[u8]) -> (u8, Vec<u8>) {
        let argument: A = match postcard::from_bytes(argument) {
            Ok(argument) => argument,
            Err(error) => return (tag::FORMAT, format!("its argument: {error}").into_bytes()),
        };
        match catch_unwind(AssertUnwindSafe(|| (self.call)(argument))) {
            Err(panic) => (tag::PANIC, text_of(&*panic).into_bytes()),
            Ok(result) => match postcard::to_stdvec(&result) {
                Ok(bytes) => (tag::RESULT, bytes),
                Err(error) => (tag::FORMAT, format!("its result: {error}").into_bytes()),
            },
        }
    }
}

fn text_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a panic without a text").to_owned()
}

/// Answers a request: the length of a name in one byte, the name, and the argument.
pub(super) fn answer(functions: &[&dyn Registered], request: &[u8], limit: usize) -> Vec<u8> {
    let (tag, bytes) = match named(request) {
        None => (tag::FORMAT, b"a request without a name".to_vec()),
        Some((name, argument)) => match functions.iter().find(|it| it.is_named(name)) {
            Some(function) => function.call(argument),
            None => (tag::UNKNOWN, name.to_vec()),
        },
    };
    frame(&[&[tag], &bytes], limit).unwrap_or_else(|| {
        let length = postcard::to_stdvec(&bytes.len()).unwrap_or_default();
        // A number always fits, and if it does not, the other end finds nothing in it.
        frame(&[&[tag::TOO_LONG], &length], usize::MAX).unwrap_or_default()
    })
}

fn named(request: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = request.split_first()?;
    rest.split_at_checked(usize::from(*length))
}

/// Makes a request; `None` if it is longer than `limit`.
pub(super) fn request(name: &str, argument: &[u8], limit: usize) -> Option<Vec<u8>> {
    let length = u8::try_from(name.len()).ok()?;
    frame(&[&[length], name.as_bytes(), argument], limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HALF: Function<u32, u32> = Function::new("half", |n| match n % 2 {
        0 => n / 2,
        _ => panic!("{n} is odd"),
    });

    /// The answer to a request of these bytes, without its length.
    fn answered(bytes: &[u8], limit: usize) -> (u8, Vec<u8>) {
        let answer = answer(&[&HALF], bytes, limit);
        (answer[4], answer[5..].to_vec())
    }

    #[test]
    fn a_request_finds_its_function_and_nonsense_finds_an_error() {
        let argument = postcard::to_stdvec(&12u32).unwrap();
        let request = request("half", &argument, 100).unwrap();
        let (tag, result) = answered(&request[4..], 100);
        assert_eq!(
            (tag, postcard::from_bytes(&result)),
            (tag::RESULT, Ok(6u32))
        );
        assert_eq!(answered(b"\x04half\x03", 100).0, tag::PANIC);
        assert_eq!(answered(b"\x04half\x03", 100).1, b"3 is odd");
        assert_eq!(answered(b"\x04half", 100).0, tag::FORMAT);
        assert_eq!(
            answered(b"\x05whole", 100),
            (tag::UNKNOWN, b"whole".to_vec())
        );
        assert_eq!(answered(b"\x09half", 100).0, tag::FORMAT);
        assert_eq!(answered(b"", 100).0, tag::FORMAT);
        assert_eq!(answered(b"\x04half\x03", 3).0, tag::TOO_LONG);
    }

    #[test]
    fn every_cut_and_every_flipped_bit_of_a_request_is_answered() {
        let argument = postcard::to_stdvec(&12u32).unwrap();
        let request = request("half", &argument, 100).unwrap().split_off(4);
        for cut in 0..request.len() {
            assert_ne!(answered(&request[..cut], 100).0, tag::RESULT);
        }
        for bit in 0..8 * request.len() {
            let mut request = request.clone();
            request[bit / 8] ^= 1 << (bit % 8);
            let _one_of_them = answered(&request, 100);
        }
    }
}
