//! Safe programs that are written to break the expansion.

#![allow(unused, clippy::all, reason = "bodies show behaviour, in both copies; what is unused is there to be dropped")]

use desugar_tests::*;
use std::{
    cell::RefCell,
    future::Future,
    mem,
    pin::Pin,
    process::Command,
    rc::Rc,
    task::{Context, Waker},
};

/// Polls once.
fn poll_once<F: Future + ?Sized>(future: Pin<&mut F>) -> bool {
    future.poll(&mut Context::from_waker(Waker::noop())).is_ready()
}

#[test]
fn names_of_the_prelude_mean_something_else() {
    compare! {
        body(Option::Nothing, D("a")), body(Option::Thing(D("b")), D("c"));

        #[derive(Debug)]
        enum Option {
            Nothing,
            Thing(D),
        }
        #[derive(Debug)]
        struct Poll(usize);
        struct Context;
        struct Pin;
        struct Slot;
        struct ManuallyDrop;
        trait Future {
            fn poll(&self) -> usize {
                5
            }
        }
        impl Future for Poll {}
        fn drop(n: usize) -> usize {
            n + 1
        }
        fn machine(n: usize) -> usize {
            n + 2
        }
        fn into_future(n: usize) -> usize {
            n + 3
        }
        mod core {
            pub(crate) mod task {
                pub(crate) struct Poll;
            }
        }
        mod std {
            pub(crate) fn pin() -> usize {
                4
            }
        }
        #[desugar]
        async fn body(option: Option, frame: D) -> Poll {
            let (cx, this, at, ready, state) = (D("cx"), D("this"), D("at"), D("ready"), D("state"));
            let (context, _task, _pin) = (Context, core::task::Poll, Pin);
            let n = match option {
                Option::Nothing => value("n", 1).await,
                Option::Thing(d) => d.finish().await,
            };
            let self_ = value("s", (cx, this)).await;
            pause("p").await;
            Poll(drop(n) + machine(n) + into_future(n) + std::pin() + Poll(0).poll())
        }
    }
}

#[test]
fn macros_that_shadow_a_survivor() {
    compare! {
        body(D("a"));

        macro_rules! hidden {
            ($value:expr) => {{
                let d = D("of the macro");
                let n = $value + d.name().len();
                n
            }};
        }
        macro_rules! declared {
            ($name:ident) => {
                let $name = D("declared");
            };
        }

        #[desugar]
        async fn body(d: D) -> usize {
            pause("p").await;
            let n = hidden!(d.name().len());
            {
                declared!(other);
                tick(&other.name());
            }
            pause("q").await;
            n + hidden!(n) + d.name().len()
        }
    }
}

#[test]
fn survivors_that_are_swapped() {
    compare! {
        body(D("a"), vec![D("b")]);

        #[desugar]
        async fn body(mut a: D, mut list: Vec<D>) -> usize {
            let mut c = D("c");
            pause("p").await;
            mem::swap(&mut a, &mut c);
            mem::swap(&mut list[0], &mut c);
            let r = &mut c;
            pause("q").await;
            mem::swap(r, &mut a);
            let old = mem::replace(r, D("d"));
            pause("r").await;
            let taken = mem::take(&mut list);
            pause("s").await;
            old.name().len() + taken.len()
        }
    }
}

#[test]
fn a_guard_out_of_a_loop() {
    compare! {
        body(3);

        #[desugar]
        async fn body(limit: usize) -> usize {
            let mutex = Mutex::new(0);
            let mut guard = loop {
                let mut guard = mutex.lock().await;
                *guard += 1;
                if *guard == limit {
                    break guard;
                }
                tick("again");
            };
            pause("held").await;
            *guard += 1;
            *guard
        }
    }
}

#[test]
fn a_destructor_that_polls_another_one() {
    compare! {
        body(2), body(0);

        struct Nested(usize);

        impl Drop for Nested {
            fn drop(&mut self) {
                tick("nested");
                if self.0 > 0 {
                    let mut inner = Box::pin(body(self.0 - 1));
                    poll_once(inner.as_mut());
                }
            }
        }

        #[desugar]
        async fn body(depth: usize) -> usize {
            let nested = Nested(depth);
            pause("p").await;
            let again = Nested(depth);
            pause("q").await;
            nested.0 + again.0
        }
    }
}

#[test]
fn a_destructor_that_reaches_for_the_future_that_holds_it() {
    type Shared = Rc<RefCell<Option<Pin<Box<dyn Future<Output = usize>>>>>>;

    compare! {
        start(0), start(1), start(2);

        struct Reaching(Shared);

        impl Drop for Reaching {
            fn drop(&mut self) {
                tick(match self.0.try_borrow_mut().as_deref_mut() {
                    Ok(Some(_)) => "there",
                    Ok(None) => "gone",
                    Err(_) => "busy",
                });
            }
        }

        #[desugar]
        async fn held(shared: Shared) -> usize {
            let reaching = Reaching(shared);
            pause("p").await;
            pause("q").await;
            1
        }

        async fn start(polls: usize) -> usize {
            let shared: Shared = Rc::default();
            *shared.borrow_mut() = Some(Box::pin(held(Rc::clone(&shared))));
            for _ in 0..polls {
                poll_once(shared.borrow_mut().as_mut().expect("it is there").as_mut());
            }
            let taken = shared.borrow_mut().take();
            std::mem::drop(taken);
            Rc::strong_count(&shared)
        }
    }
}

#[test]
fn a_future_that_is_moved_before_its_first_poll() {
    compare! {
        moved();

        #[desugar]
        async fn body(array: [u8; 64], d: D) -> usize {
            let r = &array;
            let own = [d];
            let first = &own[0];
            pause("p").await;
            r.iter().map(|byte| usize::from(*byte)).sum::<usize>() + first.name().len()
        }

        async fn moved() -> usize {
            let mut futures = vec![body([1; 64], D("a"))];
            for n in 0..9 {
                futures.push(body([n; 64], D("b")));
            }
            futures.swap(0, 5);
            let last = futures.pop();
            let mut boxed = Box::new(last.expect("there are ten"));
            std::mem::swap(&mut *boxed, &mut futures[0]);
            let mut pinned = Box::into_pin(boxed);
            pinned.as_mut().await
        }
    }
}

#[test]
fn a_pinned_future_that_is_forgotten() {
    compare! {
        forgotten(0), forgotten(1), forgotten(2);

        #[desugar]
        async fn body(d: D) -> usize {
            let e = D("e");
            let r = &e;
            pause("p").await;
            d.extend_name(r)
        }

        trait ExtendName {
            fn extend_name(&self, other: &D) -> usize;
        }
        impl ExtendName for D {
            fn extend_name(&self, other: &D) -> usize {
                self.name().len() + other.name().len()
            }
        }

        async fn forgotten(polls: usize) -> usize {
            let mut future = Box::pin(body(D("d")));
            for _ in 0..polls {
                poll_once(future.as_mut());
            }
            mem::forget(future);
            polls
        }
    }
}

#[test]
fn a_survivor_in_a_thread() {
    compare! {
        body(String::from("a"));

        #[desugar]
        async fn body(text: String) -> usize {
            let list = vec![1, 2, 3];
            pause("p").await;
            let handle = std::thread::spawn(move || list.iter().sum::<usize>() + text.len());
            let sum = handle.join().expect("nothing panics");
            pause("q").await;
            sum
        }
    }
}

#[test]
fn recursion_in_a_box() {
    compare! {
        body(3, D("a"));

        #[desugar]
        async fn body(n: usize, d: D) -> usize {
            pause("p").await;
            if n == 0 {
                return d.name().len();
            }
            let name = format!("{}{n}", d.name());
            let rest: Pin<Box<dyn Future<Output = usize>>> = Box::pin(body(n - 1, D(name)));
            rest.await + d.name().len()
        }
    }
}

#[test]
fn a_future_that_is_swapped_in_its_variable() {
    compare! {
        body(D("a"), D("b"));

        #[desugar]
        async fn leaf(d: D) -> usize {
            pause("leaf").await;
            d.name().len()
        }

        #[desugar]
        async fn body(a: D, b: D) -> usize {
            let mut one = Box::pin(leaf(a));
            let mut two = Box::pin(leaf(b));
            pause("p").await;
            poll_once(one.as_mut());
            mem::swap(&mut one, &mut two);
            let n = (&mut one).await;
            let m = two.as_mut().await;
            n * 10 + m
        }
    }
}

/// Two destructors panic at once: the process ends, natively and desugared. So it is run in one of its own.
#[test]
#[cfg_attr(miri, ignore = "Miri starts no process")]
fn two_destructors_that_panic_end_the_process() {
    struct Panics;
    impl Drop for Panics {
        fn drop(&mut self) {
            panic!("a destructor panics");
        }
    }

    async fn native() {
        let (_a, _b) = (Panics, Panics);
        pause("p").await;
    }

    #[desugared]
    async fn machine() {
        let (_a, _b) = (Panics, Panics);
        pause("p").await;
    }

    let cancel = |mut future: Pin<Box<dyn Future<Output = ()>>>| {
        poll_once(future.as_mut());
        drop(future);
    };
    match std::env::var("DESUGAR_TESTS_CANCEL").as_deref() {
        Ok("native") => cancel(Box::pin(native())),
        Ok(_) => cancel(Box::pin(machine())),
        Err(_) => {
            let status = |which: &str| {
                let program = std::env::current_exe().expect("a test has a program");
                Command::new(program)
                    .args(["--exact", "two_destructors_that_panic_end_the_process"])
                    .env("DESUGAR_TESTS_CANCEL", which)
                    .output()
                    .expect("the program can be started")
                    .status
            };
            let native = status("native");
            assert!(!native.success());
            assert_eq!(native.to_string(), status("desugared").to_string());
        }
    }
}
