//! A closure hands a macro that is not known the place of what it captures, which must not outlive the closure's call.

use desugar::desugar;
use std::future::{Ready, ready};
use std::thread::JoinHandle;

fn later<T>(value: T) -> Ready<T> {
    ready(value)
}

macro_rules! print_in_a_thread {
    ($text:literal) => {
        std::thread::spawn(move || println!($text))
    };
}

#[desugar]
async fn print(name: String) -> JoinHandle<()> {
    let print = || print_in_a_thread!("{name}");
    later(()).await;
    print()
}

fn main() {
    let _ = print(String::new());
}
