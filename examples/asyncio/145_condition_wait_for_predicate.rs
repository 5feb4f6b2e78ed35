//! `wait_for` asks its predicate again, under the lock, after each notification, until it holds.

use crate::{py, run};
use oneloop::sync::Condition;
use oneloop::{create_task, sleep};
use std::rc::Rc;
use std::time::Duration;

#[derive(Default)]
struct Basket {
    items: Vec<i32>,
    checks: Vec<usize>,
}

/// What the predicate gives, if it holds, is what `wait_for` gives.
fn two_items(basket: &mut Basket) -> Option<&'static str> {
    basket.checks.push(basket.items.len());
    (basket.items.len() >= 2).then_some("enough")
}

async fn consumer(condition: Rc<Condition<Basket>>) {
    let mut basket = condition.lock().await;
    let gave = basket.wait_for(two_items).await;
    println!("wait_for gave {gave} with {}", py(&basket.items));
}

pub(crate) fn main() {
    run(async {
        let condition = Rc::new(Condition::<Basket>::default());
        let task = create_task(consumer(condition.clone()));
        for number in 0..3 {
            sleep(Duration::from_millis(10)).await;
            let mut basket = condition.lock().await;
            basket.items.push(number);
            basket.notify(1);
        }
        task.await.unwrap();
        let mut basket = condition.lock().await;
        println!("predicate checked with sizes {}", py(&basket.checks));
        println!("holds already: {}", basket.wait_for(two_items).await);
    });
}
