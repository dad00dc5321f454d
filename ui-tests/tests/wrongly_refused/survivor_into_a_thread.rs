//! A macro that is not known is handed the place of a variable, not the variable: it cannot move it into a thread.

use desugar::desugar;
use std::future::{Ready, ready};

fn later<T>(value: T) -> Ready<T> {
    ready(value)
}

macro_rules! in_a_thread {
    ($work:expr) => {
        std::thread::spawn($work).join()
    };
}

#[desugar]
async fn length(text: String) -> usize {
    later(()).await;
    in_a_thread!(move || text.len()).unwrap()
}

fn main() {
    let _ = length(String::new());
}
