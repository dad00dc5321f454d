//! What `cargo run --example tour` needs around the three functions that it shows: things to wait for, and a guide that
//! polls a function step by step and writes down what is to be seen.

mod guide;
mod leaves;

use std::cell::RefCell;
use std::fmt::Display;

pub use guide::Stop;
pub use leaves::{Event, Full, Guard, Parcel, Read, Request, Sink, Source, Store, Write, event};

thread_local! {
    static SAID: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Notes that something happened. The guide prints it under the poll during which it did.
pub fn say(what: impl Display) {
    SAID.with_borrow_mut(|said| said.push(what.to_string()));
}

/// Takes what was noted since the last call.
fn said() -> Vec<String> {
    SAID.take()
}

/// Compiles functions twice, as they stand and with `#[desugar(inspect)]`, and keeps their text.
///
/// The two versions are `native::name` and `desugared::name`. The text comes from the file of the invocation, which the
/// first line names: `stringify!` would lose its lines.
#[macro_export]
macro_rules! tour {
    (in $file:literal; $(async fn $name:ident($($arguments:tt)*) -> $output:ty { $($body:tt)* })*) => {
        /// The functions as rustc compiles them.
        mod native {
            use super::*;
            $(pub(crate) async fn $name($($arguments)*) -> $output { $($body)* })*
        }

        /// The functions as state machines, which can say in which state they are.
        mod desugared {
            use super::*;
            $(
                #[::desugar::desugar(inspect)]
                pub(crate) async fn $name($($arguments)*) -> $output { $($body)* }
            )*
        }

        /// The text of a function.
        pub(crate) fn source(name: &str) -> &'static str {
            $crate::tour::cut(include_str!($file), name)
        }
    };
}

/// The text of the first `async fn` of that name, up to the brace in the column where it began.
///
/// # Panics
/// If there is none.
pub fn cut<'f>(file: &'f str, name: &str) -> &'f str {
    let start = file.find(&format!("    async fn {name}(")).expect("the function stands in the file");
    let end = "\n    }\n";
    let length = file[start..].find(end).expect("the function ends") + end.len();
    &file[start..start + length]
}
