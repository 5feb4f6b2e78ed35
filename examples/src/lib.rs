//! The programs beside this folder are the examples; `README.md` lists them in reading order.
//! This library is empty: cargo wants one in a package whose programs are all examples. As a doctest
//! it holds the README at the top, whose programs must compile without a warning, and run.

#![forbid(unsafe_code)]
#![doc(test(attr(deny(warnings))))]
#![cfg_attr(doctest, doc = include_str!("../../README.md"))]
