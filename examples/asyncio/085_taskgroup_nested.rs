//! Groups nest: an inner failure ends the inner group, and its error is one error of the outer.

use crate::run;
use oneloop::cancel::{Caught, catch};
use oneloop::combine::GroupError;
use oneloop::{TaskGroup, sleep};
use std::future::pending;
use std::time::Duration;

/// What the outer group's tasks may fail with.
enum Error {
    Group(GroupError<&'static str>),
}

async fn leaf<E>(name: &str) -> Result<(), E> {
    let report = async || println!("{name} cancelled");
    catch(pending()).await.on_cancel(report).await
}

async fn bad() -> Result<(), &'static str> {
    sleep(Duration::from_millis(20)).await;
    Err("ValueError")
}

async fn inner() -> Result<(), Error> {
    let group = TaskGroup::scope(async |group| {
        group.spawn(leaf("inner leaf"));
        group.spawn(bad());
        Ok(())
    });
    group.await.map_err(Error::Group)
}

fn shape(error: &Error) -> String {
    match error {
        Error::Group(inner) => format!("[{}]", quoted(inner.errors())),
    }
}

fn quoted(names: &[&str]) -> String {
    names
        .iter()
        .map(|name| format!("'{name}'"))
        .collect::<Vec<_>>()
        .join(", ")
}

pub(crate) fn main() {
    run(async {
        let group = TaskGroup::scope(async |group| {
            group.spawn(leaf("outer leaf"));
            group.spawn(inner());
            Ok(())
        });
        if let Err(failed) = group.await {
            let shapes: Vec<String> = failed.errors().iter().map(shape).collect();
            println!("shape [{}]", shapes.join(", "));
        }
    });
}
