//! A promise is set once; a later `set_result` or `set_exception` is refused and changes nothing.
//!
//! Feature rows 6, 27.

use crate::run;
use oneloop::sync::{InvalidState, Promise, PromiseError};

fn attempt(what: &str, outcome: Result<(), InvalidState>) {
    match outcome {
        Ok(()) => println!("{what} ok"),
        Err(InvalidState) => println!("{what} InvalidStateError"),
    }
}

/// Where asyncio raises, an unfinished promise says `None`.
fn settled(promise: &Promise<i32>) -> Result<Result<i32, PromiseError>, InvalidState> {
    promise.result().ok_or(InvalidState)
}

pub(crate) fn main() {
    run(async {
        let first = Promise::new();
        attempt("result while pending", settled(&first).map(drop));
        attempt("exception while pending", settled(&first).map(drop));
        attempt("set_result", first.set_result(1));
        attempt("set_result again", first.set_result(2));
        attempt("set_exception after result", first.set_exception("no"));
        match settled(&first).unwrap() {
            Ok(value) => println!("value {value} exception None"),
            Err(error) => println!("exception {error}"),
        }

        let second = Promise::new();
        attempt("set_exception", second.set_exception("ValueError"));
        attempt("set_result after exception", second.set_result(1));
        println!("kept {}", settled(&second).unwrap().unwrap_err());
    });
}
