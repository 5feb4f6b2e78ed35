//! When `main` has ended, all tasks that are left are cancelled together, and their clean-up awaited.
//!
//! Feature row 19.

use crate::{py, run};
use oneloop::cancel::{Caught, catch};
use oneloop::{create_task, sleep};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

type Names = Rc<RefCell<Vec<&'static str>>>;

async fn background(name: &'static str, milliseconds: u64, cancelled: Names) {
    let clean_up = async || {
        cancelled.borrow_mut().push(name);
        sleep(Duration::from_millis(milliseconds)).await;
        let mut names = cancelled.borrow().clone();
        names.sort();
        println!("{name} cleaned up; cancelled by then: {}", py(names));
    };
    catch(sleep(Duration::from_secs(5)))
        .await
        .on_cancel(clean_up)
        .await;
}

pub(crate) fn main() {
    let mut kept = vec![];
    let result = run(async {
        let cancelled = Names::default();
        kept.push(create_task(background("a", 50, cancelled.clone())));
        kept.push(create_task(background("b", 20, cancelled)));
        sleep(Duration::from_millis(10)).await;
        println!("main returns");
        "result"
    });
    println!("{result}");
    let cancelled: Vec<bool> = kept.iter().map(|task| task.cancelled()).collect();
    println!("{}", py(cancelled));
}
