//! The driver itself: it sees what it is there to see.

use desugar_tests::{driver::compare, *};
use std::{panic::catch_unwind, thread};

/// What a comparison of two different bodies says.
fn difference(native: impl Fn(&driver::Run) + Send + 'static, other: impl Fn(&driver::Run) + Send + 'static) -> String {
    let run = thread::spawn(move || {
        let result = catch_unwind(std::panic::AssertUnwindSafe(|| compare(&native, &other)));
        result.err().map_or(String::new(), |panic| panic.downcast_ref::<String>().cloned().unwrap_or_default())
    });
    run.join().unwrap()
}

#[test]
#[cfg_attr(miri, ignore = "Miri runs a selection of the desugared runs and compares nothing")]
fn sees_a_drop_in_another_order() {
    async fn body(forwards: bool) {
        let (a, b) = (D("a"), D("b"));
        pause("p").await;
        if forwards { drop((a, b)) } else { drop((b, a)) }
    }
    let text = difference(
        |run| run.case("body", |run| run.drive(body(true))),
        |run| run.case("body", |run| run.drive(body(false))),
    );
    assert!(text.contains("to the end"), "{text}");
    assert!(text.contains("> drop a"), "{text}");
}

#[test]
#[cfg_attr(miri, ignore = "Miri runs a selection of the desugared runs and compares nothing")]
fn sees_a_leak() {
    async fn body(leak: bool) {
        let a = D("a");
        pause("p").await;
        if leak {
            std::mem::forget(a)
        }
    }
    let text = difference(
        |run| run.case("body", |run| run.drive(body(false))),
        |run| run.case("body", |run| run.drive(body(true))),
    );
    assert!(text.contains("LEAKED a"), "{text}");
}

#[test]
#[cfg_attr(miri, ignore = "Miri runs a selection of the desugared runs and compares nothing")]
fn runs_every_schedule_of_every_case() {
    use std::{cell::RefCell, rc::Rc};
    let runs = Rc::new(RefCell::new(Vec::new()));
    let seen = Rc::clone(&runs);
    let body = move |run: &driver::Run| {
        for case in ["one", "two"] {
            let seen = Rc::clone(&seen);
            run.case(case, |run| {
                run.drive(async {
                    let _a = D("a");
                    pause("p").await;
                    tick("end");
                });
                seen.borrow_mut().push(case);
            });
        }
    };
    compare(&body, &body);
    // Complete, spurious, 3 ticks (2 polls and `end`), 2 drops (`a` and the leaf), dropped after 0 and 1 polls, and
    // after 1 poll with a panic at either drop: 11 schedules, both meanings; and 3 native runs to find them.
    assert_eq!(runs.borrow().iter().filter(|&&case| case == "one").count(), 25);
    assert_eq!(runs.borrow().iter().filter(|&&case| case == "two").count(), 25);
}
