//! Values as Python prints them, so that a program and its Python twin show the same lines.

use std::fmt;

/// Wraps a value for `{}`: `py(true)` prints `True`, `py(["a"])` prints `['a']`.
pub(crate) fn py<T: Repr>(value: T) -> Py<T> {
    Py(value)
}

/// What [`py`] returns.
pub(crate) struct Py<T>(T);

impl<T: Repr> fmt::Display for Py<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.repr(f)
    }
}

/// Python's `repr`.
pub(crate) trait Repr {
    fn repr(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

impl<T: Repr + ?Sized> Repr for &T {
    fn repr(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).repr(f)
    }
}

impl Repr for bool {
    fn repr(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if *self { "True" } else { "False" })
    }
}

impl Repr for i32 {
    fn repr(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Repr for usize {
    fn repr(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Repr for str {
    fn repr(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{self}'")
    }
}

impl Repr for String {
    fn repr(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().repr(f)
    }
}

/// Bytes: `b'text'`.
impl Repr for [u8] {
    fn repr(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b'{}'", self.escape_ascii())
    }
}

impl<T: Repr> Repr for Option<T> {
    fn repr(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Some(value) => value.repr(f),
            None => f.write_str("None"),
        }
    }
}

impl<T: Repr> Repr for [T] {
    fn repr(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        for (index, value) in self.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { ", " })?;
            value.repr(f)?;
        }
        f.write_str("]")
    }
}

impl<T: Repr, const N: usize> Repr for [T; N] {
    fn repr(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_slice().repr(f)
    }
}

impl<T: Repr> Repr for Vec<T> {
    fn repr(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_slice().repr(f)
    }
}
