//! The programs beside this folder are the examples; `README.md` lists them in reading order.
//! This library is empty: cargo wants one in a package whose programs are all examples.

#![forbid(unsafe_code)]
