//! Auto traits of the future: as native has them, or better; and what it holds, probed body by body.

#![allow(unused, clippy::all, reason = "the bodies are typed, never run")]

use desugar_tests::*;
use std::{cell::Cell, rc::Rc};

twice! {
    #[desugar]
    pub(crate) async fn empty() {}

    #[desugar]
    pub(crate) async fn plain_values(n: u32, text: String) -> usize {
        let list = vec![n];
        value("v", list.len()).await + text.len()
    }

    #[desugar]
    pub(crate) async fn holds_rc() -> usize {
        let shared = Rc::new(1);
        std::future::ready(()).await;
        *shared
    }

    #[desugar]
    pub(crate) async fn rc_before_the_await() -> usize {
        let n = {
            let shared = Rc::new(1);
            *shared
        };
        std::future::ready(()).await;
        n
    }

    #[desugar]
    pub(crate) async fn rc_argument_unused(_shared: Rc<u32>) {
        std::future::ready(()).await;
    }

    #[desugar]
    pub(crate) async fn holds_cell() -> usize {
        let cell = Cell::new(1);
        std::future::ready(()).await;
        cell.get()
    }

    #[desugar]
    pub(crate) async fn holds_reference_to_cell(cell: &Cell<u32>) -> u32 {
        std::future::ready(()).await;
        cell.get()
    }

    #[desugar]
    pub(crate) async fn holds_pointer(pointer: *const u8) -> bool {
        std::future::ready(()).await;
        pointer.is_null()
    }

    #[desugar]
    pub(crate) async fn awaits_a_box(future: std::pin::Pin<Box<dyn Future<Output = u32>>>) -> u32 {
        future.await
    }

    #[desugar]
    pub(crate) async fn awaits_a_send_box(future: std::pin::Pin<Box<dyn Future<Output = u32> + Send>>) -> u32 {
        future.await
    }

    #[desugar]
    pub(crate) async fn holds_a_mutable_reference(list: &mut Vec<u32>) -> usize {
        std::future::ready(()).await;
        list.len()
    }

    #[desugar]
    pub(crate) async fn borrows_its_own_local() -> usize {
        let list = vec![1];
        let r = &list;
        std::future::ready(()).await;
        r.len()
    }

    #[desugar]
    pub(crate) async fn generic<T>(x: T) -> T {
        std::future::ready(()).await;
        x
    }

    #[desugar]
    pub(crate) async fn holds_a_mutex_guard(mutex: &std::sync::Mutex<u32>) -> u32 {
        let guard = mutex.lock().unwrap();
        std::future::ready(()).await;
        *guard
    }

    #[desugar]
    pub(crate) async fn drops_a_guard_before(mutex: &std::sync::Mutex<u32>) -> u32 {
        let guard = mutex.lock().unwrap();
        let n = *guard;
        drop(guard);
        std::future::ready(()).await;
        n
    }

    #[desugar]
    pub(crate) async fn gives_an_rc_away_before() -> usize {
        let shared = Rc::new(1);
        let n = Rc::into_inner(shared).unwrap_or_default();
        std::future::ready(()).await;
        n
    }

    #[desugar]
    pub(crate) async fn a_closure_that_changes() -> u32 {
        let mut n = 0;
        let mut add = |m| n += m;
        std::future::ready(()).await;
        add(1);
        n
    }

    #[desugar]
    pub(crate) async fn holds_a_box_of_any() -> bool {
        let any: Box<dyn std::any::Any> = Box::new(1);
        std::future::ready(()).await;
        any.is::<u32>()
    }

    #[desugar]
    pub(crate) async fn a_block_that_changes_what_is_only_send() -> u32 {
        let mut future: std::pin::Pin<Box<dyn Future<Output = u32> + Send>> = Box::pin(std::future::ready(1));
        let block = async { (&mut future).await };
        block.await
    }

    #[desugar]
    pub(crate) async fn a_block_that_reads_what_is_only_sync(guard: std::sync::MutexGuard<'static, u32>) -> u32 {
        let block = async {
            std::future::ready(()).await;
            format!("{}", *guard).len() as u32
        };
        value("v", block.await).await
    }

    #[desugar]
    pub(crate) async fn a_block_that_holds_rc() -> u32 {
        let shared = Rc::new(1);
        let block = async move {
            std::future::ready(()).await;
            *shared
        };
        block.await
    }

    #[desugar]
    pub(crate) async fn a_block_that_reads_a_cell() -> u32 {
        let cell = Cell::new(1);
        let block = async {
            std::future::ready(()).await;
            cell.get()
        };
        block.await
    }

    #[desugar]
    pub(crate) fn a_block_in_a_box(text: String) -> std::pin::Pin<Box<dyn Future<Output = usize> + Send>> {
        Box::pin(async move {
            std::future::ready(()).await;
            text.len()
        })
    }
}

macro_rules! rows {
    ($($name:ident($($argument:expr),*)),+ $(,)?) => {
        [$((
            stringify!($name),
            auto_traits!(native::$name($($argument),*)),
            auto_traits!(desugared::$name($($argument),*)),
        )),+]
    };
}

/// The bodies of which the desugared future has more auto traits, by the reason.
const MORE: &[(&str, &[&str])] =
    &[("a closure that writes has the same to reach a variable as one that reads", &["a_closure_that_changes"])];

fn any<T>() -> T {
    unreachable!("only typed")
}

#[test]
fn as_native_or_better() {
    let rows = rows! {
        empty(),
        plain_values(any(), any()),
        holds_rc(),
        rc_before_the_await(),
        rc_argument_unused(any()),
        holds_cell(),
        holds_reference_to_cell(any()),
        holds_pointer(any()),
        awaits_a_box(any()),
        awaits_a_send_box(any()),
        holds_a_mutable_reference(any()),
        borrows_its_own_local(),
        generic(any::<u32>()),
        generic(any::<Rc<u32>>()),
        generic(any::<Cell<u32>>()),
        generic(any::<&mut u32>()),
        holds_a_mutex_guard(any()),
        drops_a_guard_before(any()),
        gives_an_rc_away_before(),
        a_closure_that_changes(),
        holds_a_box_of_any(),
        a_block_that_changes_what_is_only_send(),
        a_block_that_reads_what_is_only_sync(any()),
        a_block_that_holds_rc(),
        a_block_that_reads_a_cell(),
        a_block_in_a_box(any()),
    };
    let mut table = String::new();
    let mut worse = 0;
    for (name, native, desugared) in &rows {
        let lost = native.chars().zip(desugared.chars()).any(|(native, desugared)| native != '-' && desugared == '-');
        worse += usize::from(lost);
        table += &format!("{} {name:40} {native} {desugared}\n", if lost { '>' } else { ' ' });
    }
    println!("  {:40} nativ desug\n{table}", "Send sYnc Unpin unWind Ref");
    assert_eq!(worse, 0, "auto traits that native has are missing:\n{table}");
    let has_more = rows.iter().filter(|(_, native, desugared)| native != desugared).map(|(name, _, _)| *name);
    let has_more: std::collections::BTreeSet<&str> = has_more.collect();
    let listed = MORE.iter().flat_map(|(_, names)| names.iter().copied()).collect();
    assert_eq!(has_more, listed, "auto traits that native has not:\n{table}");
}

#[test]
fn never_unpin() {
    assert_eq!(&auto_traits!(native::plain_values(any(), any()))[2..3], "-");
    assert_eq!(&auto_traits!(desugared::plain_values(any(), any()))[2..3], "-");
    assert_eq!(&auto_traits!(desugared::borrows_its_own_local())[2..3], "-");
}

#[test]
fn static_where_nothing_is_borrowed() {
    fn is_static<T: 'static>(_make: impl FnOnce() -> T) {}
    is_static(|| native::plain_values(1, String::new()));
    is_static(|| desugared::plain_values(1, String::new()));
    is_static(|| desugared::borrows_its_own_local());
    is_static(|| desugared::generic(1));
}

#[test]
fn send_as_a_generic_caller_demands_it() {
    fn spawn<T: Future<Output: Send> + Send + 'static>(_make: impl FnOnce() -> T) {}
    spawn(|| native::plain_values(1, String::new()));
    spawn(|| desugared::plain_values(1, String::new()));
    spawn(|| desugared::rc_before_the_await());
    spawn(|| desugared::generic(String::new()));
}

#[test]
fn send_of_a_generic_function_follows_its_parameter() {
    fn check<T: Send + 'static>(x: T) -> impl Future<Output = T> + Send {
        desugared::generic(x)
    }
    let _ = check(1);
}

#[test]
fn moved_to_another_thread_between_polls() {
    use std::task::{Context, Waker};

    #[desugar::desugar]
    async fn body(text: String) -> usize {
        let list = vec![text];
        let r = &list;
        let mut woken = false;
        std::future::poll_fn(|_| {
            if std::mem::replace(&mut woken, true) { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
        })
        .await;
        r[0].len()
    }

    let mut future = Box::pin(body("text".to_string()));
    assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    let thread = std::thread::spawn(move || future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready());
    assert!(thread.join().unwrap());
}
