//! What the README says to write instead, under "Limits", works. What it says is refused is tested in `ui-tests`.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use desugar::{block_on, desugar};
use futures::future::{self, Either};

/// Gives the value back after one poll that is pending.
async fn later<T>(value: T) -> T {
    let mut waited = false;
    let pause = std::future::poll_fn(|cx| {
        if waited {
            return Poll::Ready(());
        }
        waited = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    });
    pause.await;
    value
}

struct Parcel {
    content: String,
    sender: String,
}

impl Parcel {
    fn of(content: &str) -> Self {
        Parcel { content: content.to_owned(), sender: "me".to_owned() }
    }

    fn send(self, to: u32) -> String {
        format!("{} to {to}", self.content)
    }

    fn weigh(&self, factor: u32) -> u32 {
        self.content.len() as u32 * factor
    }
}

#[test]
fn a_function_instead_of_an_async_block() {
    #[desugar]
    async fn increment(n: u32) -> u32 {
        later(n).await + 1
    }

    #[desugar]
    async fn body() -> u32 {
        let job = increment(1);
        job.await
    }
    assert_eq!(block_on(body()), 2);
}

#[test]
fn functions_instead_of_select_and_join() {
    #[desugar]
    async fn body() -> (u32, u32, u32) {
        let (a, b) = future::join(later(1), later(2)).await;
        let first = match future::select(Box::pin(later(3)), Box::pin(later(4))).await {
            Either::Left((a, _rest)) => a,
            Either::Right((b, _rest)) => b,
        };
        (a, b, first)
    }
    assert_eq!(block_on(body()), (1, 2, 3));
}

#[test]
fn a_box_instead_of_pin() {
    #[desugar]
    async fn body() -> u32 {
        let mut job = Box::pin(later(1));
        job.as_mut().await
    }
    assert_eq!(block_on(body()), 1);
}

#[test]
fn recursion_through_a_box_that_says_its_type() {
    #[desugar]
    async fn depth(n: u32) -> u32 {
        if n == 0 {
            return 0;
        }
        let rest: Pin<Box<dyn Future<Output = u32>>> = Box::pin(depth(n - 1));
        let rest = rest.await;
        later(rest).await + 1
    }
    assert_eq!(block_on(depth(5)), 5);
}

#[test]
fn recursion_through_a_function_that_returns_a_box_to_send() {
    #[desugar]
    async fn depth(n: u32) -> u32 {
        if n == 0 {
            return 0;
        }
        boxed(n - 1).await + 1
    }

    fn boxed(n: u32) -> Pin<Box<dyn Future<Output = u32> + Send>> {
        Box::pin(depth(n))
    }

    fn sent<T: Send>(value: T) -> T {
        value
    }
    assert_eq!(block_on(sent(depth(5))), 5);
}

#[allow(async_fn_in_trait, reason = "nobody sends these")]
trait Count {
    async fn count(&self, label: &str) -> usize;
    async fn count_all<T>(self, labels: Vec<T>) -> usize
    where
        T: AsRef<str>;
    async fn count_one<'a>(&'a self, label: &'a str) -> usize;
    async fn add(&mut self, label: String) -> usize;
}

struct Shelf(Vec<String>);

impl Shelf {
    #[desugar]
    async fn count_inner(&self, label: &str) -> usize {
        let wanted = &label;
        later(()).await;
        self.0.iter().filter(|found| found == wanted).count()
    }

    #[desugar]
    async fn count_all_inner<T>(self, labels: Vec<T>) -> usize
    where
        T: AsRef<str>,
    {
        let shelf = &self;
        let mut sum = 0;
        for label in &labels {
            sum += shelf.count_inner(label.as_ref()).await;
        }
        sum
    }
}

#[allow(refining_impl_trait, reason = "the expansion names the lifetimes that the future captures")]
impl Count for Shelf {
    async fn count(&self, label: &str) -> usize {
        self.count_inner(label).await
    }

    async fn count_all<T>(self, labels: Vec<T>) -> usize
    where
        T: AsRef<str>,
    {
        self.count_all_inner(labels).await
    }

    #[desugar]
    async fn count_one<'a>(&'a self, label: &'a str) -> usize {
        let wanted = &label;
        later(()).await;
        self.0.iter().filter(|found| found == wanted).count()
    }

    #[desugar]
    async fn add(&mut self, label: String) -> usize {
        let shelf = &mut self.0;
        later(()).await;
        shelf.push(label);
        shelf.len()
    }
}

#[test]
fn methods_of_traits_with_one_lifetime_or_through_an_inherent_method() {
    let mut shelf = Shelf(vec!["a".to_owned(), "b".to_owned(), "a".to_owned()]);
    assert_eq!(block_on(shelf.count("a")), 2);
    assert_eq!(block_on(shelf.count_one("a")), 2);
    assert_eq!(block_on(shelf.add("c".to_owned())), 4);
    assert_eq!(block_on(shelf.count_all(vec!["b", "c"])), 2);
}

#[test]
fn an_await_before_an_assertion_and_in_the_macros_of_std() {
    #[desugar]
    async fn body(n: u32) -> Vec<u32> {
        let text = later(n).await;
        assert!(n > 1, "{}", text);
        let message = format!("{} {n}", later(3).await);
        assert_eq!(later(message).await, "3 2");
        vec![later(1).await, later(2).await]
    }
    assert_eq!(block_on(body(2)), [1, 2]);
}

#[test]
fn arguments_instead_of_inline_captures() {
    macro_rules! log {
        ($($part:tt)*) => { format!($($part)*) };
    }

    #[desugar]
    async fn body() -> String {
        let name = String::from("a");
        later(()).await;
        log!("{}", name)
    }
    assert_eq!(block_on(body()), "a");
}

#[test]
fn arguments_of_macros_declared_in_the_body() {
    #[desugar]
    async fn body(n: u32) -> u32 {
        macro_rules! twice {
            ($n:expr) => {
                $n * 2
            };
        }
        later(twice!(n)).await
    }
    assert_eq!(block_on(body(2)), 4);
}

#[test]
fn an_await_before_a_match() {
    #[desugar]
    async fn body(n: u32) -> u32 {
        let is_large = later(n > 1).await;
        match n {
            _ if is_large => 1,
            _ => 2,
        }
    }
    assert_eq!((block_on(body(2)), block_on(body(1))), (1, 2));
}

#[test]
fn a_reference_to_a_place_before_an_await() {
    #[desugar]
    async fn body(mut list: Vec<(u32, String)>) -> String {
        let place = &mut list[0].1;
        place.push_str(&later(String::from("b")).await);
        list.remove(0).1
    }
    assert_eq!(block_on(body(vec![(1, "a".to_owned())])), "ab");
}

#[test]
fn an_await_before_a_method_call() {
    #[desugar]
    async fn moves(parcel: Parcel) -> String {
        let to = later(3).await;
        parcel.send(to)
    }

    #[desugar]
    async fn borrows(parcel: Parcel) -> u32 {
        let factor = later(2).await;
        parcel.weigh(factor)
    }
    assert_eq!(block_on(moves(Parcel::of("book"))), "book to 3");
    assert_eq!(block_on(borrows(Parcel::of("book"))), 8);
}

#[test]
fn a_receiver_in_braces_moves() {
    #[desugar]
    async fn moves(parcel: Parcel) -> String {
        { parcel }.send(later(1).await)
    }
    assert_eq!(block_on(moves(Parcel::of("book"))), "book to 1");
}

#[test]
fn patterns_that_name_all_of_a_value() {
    #[desugar]
    async fn one(parcel: Parcel) -> String {
        let Parcel { content, sender: _sender } = parcel;
        later(content).await
    }

    #[desugar]
    async fn both(parcel: Parcel) -> String {
        let Parcel { content, sender } = parcel;
        let content = later(content).await;
        content + &sender
    }

    #[desugar]
    async fn constant(n: u32) -> u32 {
        const TWO: u32 = 1 + 1;
        match n {
            TWO => later(3).await,
            _ => 4,
        }
    }
    assert_eq!(block_on(one(Parcel::of("book"))), "book");
    assert_eq!(block_on(both(Parcel::of("book"))), "bookme");
    assert_eq!(block_on(constant(2)), 3);
}

#[test]
fn lints_on_a_let_and_cfg_as_a_condition() {
    #[desugar]
    async fn body() -> u32 {
        #[allow(unused_variables, reason = "that is what is tested")]
        let n = later(1).await;
        if cfg!(any()) { later(2).await } else { later(3).await }
    }
    assert_eq!(block_on(body()), 3);
}

#[test]
fn outputs_that_have_a_name() {
    #[desugar]
    async fn boxed(numbers: impl Iterator<Item = u32> + 'static) -> Box<dyn Iterator<Item = u32>> {
        later(()).await;
        Box::new(numbers.map(|n| n + 1))
    }
    assert_eq!(block_on(boxed(1..3)).collect::<Vec<_>>(), [2, 3]);
}

#[test]
fn infallible_instead_of_never() {
    #[desugar]
    async fn forever() -> Infallible {
        loop {
            later(()).await;
        }
    }
    let mut job = Box::pin(forever());
    for _ in 0..3 {
        assert!(job.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
}
