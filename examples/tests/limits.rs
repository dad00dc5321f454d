//! What the README says to write instead, under "Limits", works. What the macro refuses is tested in `ui-tests`.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use desugar::{block_on, desugar};

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

/// What every macro that is not known may do with its argument.
macro_rules! unknown {
    ($value:expr) => {
        $value
    };
}

#[test]
fn a_closure_that_returns_a_block() {
    #[desugar]
    async fn body() -> u32 {
        let ping = |n| async move { later(n).await };
        ping(1).await + ping(2).await
    }
    assert_eq!(block_on(body()), 3);
}

#[test]
fn a_field_in_a_variable_of_its_own_before_a_block_takes_it() {
    #[desugar]
    async fn body(parcel: Parcel) -> usize {
        let sender = &parcel.sender;
        let content = parcel.content.as_str();
        let length = async move { later(content.len()).await };
        length.await + sender.len()
    }
    assert_eq!(block_on(body(Parcel::of("book"))), 6);
}

#[test]
fn a_block_that_moves_a_reference() {
    #[desugar]
    async fn body(names: Vec<String>) -> usize {
        let mut lengths = Vec::new();
        for name in &names {
            lengths.push(async move { later(name.len()).await });
        }
        let mut sum = 0;
        for length in lengths {
            sum += length.await;
        }
        sum
    }
    assert_eq!(block_on(body(vec!["a".to_owned(), "bc".to_owned()])), 3);
}

#[test]
fn a_path_instead_of_a_bare_name() {
    #[desugar]
    async fn body() -> (u32, u32) {
        let (a, b) = futures::join!(later(1), later(2));
        (a, b)
    }
    assert_eq!(block_on(body()), (1, 2));
}

#[test]
fn a_path_to_a_macro_of_the_users_own() {
    #[desugar]
    async fn body() -> String {
        let n = later(2).await;
        crate::own::join!("n", n)
    }
    assert_eq!(block_on(body()), "n2");
}

/// A macro with the name of another.
mod own {
    macro_rules! join {
        ($left:expr, $right:expr) => {
            format!("{}{}", $left, $right)
        };
    }
    pub(crate) use join;
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
    async fn count_all(self) -> usize;
    async fn add<T: Into<String> + 'static>(&mut self, label: T) -> usize;
}

/// What may be borrowed, and is only in an inherent method.
struct Shelf<T>(Vec<T>);

impl<T: AsRef<str>> Shelf<T> {
    #[desugar]
    async fn count_all_inner(self) -> usize {
        let shelf = &self.0;
        later(()).await;
        shelf.len()
    }
}

impl<T: AsRef<str>> Count for Shelf<T> {
    async fn count(&self, label: &str) -> usize {
        self.0.iter().filter(|found| found.as_ref() == label).count()
    }

    async fn count_all(self) -> usize {
        self.count_all_inner().await
    }

    async fn add<U: Into<String> + 'static>(&mut self, _: U) -> usize {
        self.0.len()
    }
}

/// What borrows nothing.
struct Owned<T>(Vec<T>);

#[desugar]
impl<T: From<String> + AsRef<str> + 'static> Count for Owned<T> {
    async fn count(&self, label: &str) -> usize {
        let mut sum = 0;
        for found in &self.0 {
            sum += later(usize::from(found.as_ref() == label)).await;
        }
        sum
    }

    async fn count_all(self) -> usize {
        let shelf = &self.0;
        later(()).await;
        shelf.len()
    }

    async fn add<U: Into<String> + 'static>(&mut self, label: U) -> usize {
        let shelf = &mut self.0;
        later(()).await;
        shelf.push(T::from(label.into()));
        shelf.len()
    }
}

#[test]
fn methods_of_traits_whose_types_borrow_nothing_or_through_an_inherent_method() {
    let mut owned = Owned(vec!["a".to_owned(), "b".to_owned(), "a".to_owned()]);
    assert_eq!(block_on(owned.count("a")), 2);
    assert_eq!(block_on(owned.add("c")), 4);
    assert_eq!(block_on(owned.count_all()), 4);

    let mut shelf = Shelf(vec!["a", "b"]);
    assert_eq!(block_on(shelf.count("a")), 1);
    assert_eq!(block_on(shelf.add("c")), 2);
    assert_eq!(block_on(shelf.count_all()), 2);
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

impl Parcel {
    #[desugar]
    async fn describe(&self) -> String {
        later(()).await;
        format!("{} from {}", self, self.sender)
    }
}

impl std::fmt::Display for Parcel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.content)
    }
}

#[test]
fn arguments_instead_of_captures() {
    macro_rules! log {
        ($($part:tt)*) => { format!($($part)*) };
    }

    #[desugar]
    async fn body(width: usize, n: u32) -> (String, String) {
        later(()).await;
        let mut text = log!("{:width$}", 1, width = width);
        for n in 0..2 {
            text += &log!("{}", n);
            later(()).await;
        }
        (text, n.to_string())
    }
    assert_eq!(block_on(Parcel::of("book").describe()), "book from me");
    assert_eq!(block_on(body(2, 9)), (" 101".to_owned(), "9".to_owned()));
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
fn a_receiver_that_says_whether_it_moves() {
    #[desugar]
    async fn moves(parcel: Parcel) -> String {
        { parcel }.send(later(1).await)
    }

    #[desugar]
    async fn borrows(parcel: Parcel) -> u32 {
        let parcel = &parcel;
        parcel.weigh(later(2).await)
    }
    assert_eq!(block_on(moves(Parcel::of("book"))), "book to 1");
    assert_eq!(block_on(borrows(Parcel::of("book"))), 8);
}

#[test]
fn what_an_await_may_change_is_read_before_it() {
    struct Counter {
        n: u32,
    }

    impl Counter {
        #[desugar]
        async fn next(&mut self) -> u32 {
            later(()).await;
            self.n += 1;
            self.n
        }

        #[desugar]
        async fn higher(&mut self) -> (u32, bool) {
            let n = self.n;
            let next = self.next().await;
            let higher = n.max(next);
            let n = self.n;
            (higher, n != self.next().await)
        }
    }
    assert_eq!(block_on(Counter { n: 1 }.higher()), (2, true));
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
    async fn argument(Parcel { content, sender: _sender }: Parcel) -> String {
        later(content).await
    }

    #[desugar]
    async fn two_arms(answer: Result<(u32, String), (String, u32)>) -> u32 {
        match later(answer).await {
            Ok((n, _)) => later(n).await,
            Err((_, n)) => later(n).await,
        }
    }
    assert_eq!(block_on(argument(Parcel::of("book"))), "book");
    assert_eq!(block_on(two_arms(Ok((1, String::new())))), 1);

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
fn cfg_as_a_condition() {
    #[desugar]
    async fn body() -> u32 {
        if cfg!(any()) { later(2).await } else { later(3).await }
    }
    assert_eq!(block_on(body()), 3);
}

#[test]
fn a_closure_in_an_opaque_output_that_says_its_types() {
    #[desugar]
    async fn adder(n: u32) -> impl Fn(u32) -> u32 {
        let n = later(n).await;
        move |m: u32| m + n
    }
    assert_eq!(block_on(adder(1))(2), 3);
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

#[test]
fn a_part_is_moved_out_of_the_whole() {
    #[desugar]
    async fn field(parcel: Parcel) -> String {
        later(()).await;
        let content = { parcel }.content;
        later(content).await
    }

    #[desugar]
    async fn base(parcel: Parcel) -> Parcel {
        let content = later("pen".to_owned()).await;
        Parcel { content, ..{ parcel } }
    }

    #[desugar]
    async fn boxed(parcel: Box<Parcel>) -> String {
        later(()).await;
        let parcel = *{ parcel };
        later(parcel).await.send(2)
    }

    struct Client {
        parcel: Parcel,
        name: String,
    }

    impl Client {
        #[desugar]
        async fn close(self) -> String {
            later(()).await;
            let Client { parcel, name: _name } = self;
            later(parcel.send(3)).await
        }
    }
    assert_eq!(block_on(field(Parcel::of("book"))), "book");
    assert_eq!(block_on(base(Parcel::of("book"))).send(1), "pen to 1");
    assert_eq!(block_on(boxed(Box::new(Parcel::of("book")))), "book to 2");
    assert_eq!(block_on(Client { parcel: Parcel::of("book"), name: String::new() }.close()), "book to 3");
}

#[test]
fn a_match_on_what_is_borrowed_elsewhere() {
    enum State {
        Start(String),
        Half(String),
        Done,
    }

    #[desugar]
    async fn run(mut state: State) -> u32 {
        let mut rounds = 0;
        while !matches!(state, State::Done) {
            let now = state;
            state = match now {
                State::Start(text) => State::Half(later(text).await),
                State::Half(text) => {
                    drop(text);
                    State::Done
                }
                State::Done => State::Done,
            };
            rounds += 1;
        }
        rounds
    }

    #[desugar]
    async fn chain(text: Option<String>, flag: bool) -> usize {
        later(()).await;
        let n = if let Some(text) = { text }
            && flag
        {
            text.len()
        } else {
            0
        };
        later(n).await
    }
    assert_eq!(block_on(run(State::Start(String::new()))), 2);
    assert_eq!(block_on(chain(Some("book".to_owned()), true)), 4);
}

#[test]
fn closures_and_macros_that_move() {
    #[desugar]
    async fn closure(given: Option<Box<str>>, name: String) -> Box<str> {
        later(()).await;
        let boxed = given.unwrap_or_else(move || name.into());
        later(boxed).await
    }

    #[desugar]
    #[allow(clippy::redundant_locals, reason = "it moves, where the macro seems to borrow")]
    async fn unknown_macro(name: String) -> usize {
        later(()).await;
        let name = {
            let name = name;
            unknown!(name)
        };
        later(name).await.len()
    }

    fn count(list: &[u32]) -> usize {
        std::thread::scope(|scope| scope.spawn(|| list.len()).join().unwrap())
    }

    #[desugar]
    async fn nested(list: Vec<u32>) -> usize {
        later(()).await;
        let n = count(&list);
        later(()).await;
        n + list.len()
    }
    assert_eq!(&*block_on(closure(None, "book".to_owned())), "book");
    assert_eq!(block_on(unknown_macro("book".to_owned())), 4);
    assert_eq!(block_on(nested(vec![1])), 2);
}

#[test]
fn a_loop_that_is_left_outside_of_a_macro_and_a_function_by_a_known_one() {
    macro_rules! too_large {
        ($n:expr) => {
            $n > 2
        };
    }
    macro_rules! bail {
        ($message:expr) => {
            return Err($message.to_owned())
        };
    }

    #[desugar]
    async fn body() -> Result<u32, String> {
        let mut n = 0;
        loop {
            n += 1;
            if too_large!(n) {
                break;
            }
            later(()).await;
        }
        if later(n).await > 2 {
            bail!("too many");
        }
        Ok(n)
    }
    assert_eq!(block_on(body()), Err("too many".to_owned()));
}

#[test]
fn futures_of_type_parameters_behind_functions() {
    #[desugar]
    async fn counted<T: ToString>(a: &str, t: T) -> usize {
        let lent = &t;
        later(()).await;
        a.len() + lent.to_string().len()
    }

    #[desugar]
    async fn owned<T: ToString + 'static>(a: &str, t: T) -> usize {
        let lent = &t;
        later(()).await;
        a.len() + lent.to_string().len()
    }

    fn boxed<'a>(a: &'a str, t: u32) -> Pin<Box<dyn Future<Output = usize> + 'a>> {
        Box::pin(counted(a, t))
    }

    async fn call(f: impl AsyncFn(&str, u32) -> usize) -> usize {
        let a = String::from("a");
        f(&a, 1).await
    }

    async fn call_boxed(f: impl for<'a> Fn(&'a str, u32) -> Pin<Box<dyn Future<Output = usize> + 'a>>) -> usize {
        let a = String::from("a");
        f(&a, 1).await
    }

    #[desugar]
    async fn copied<T: Clone>(value: T) -> T {
        let lent = &value;
        later(()).await;
        lent.clone()
    }

    fn wrap<'a, T: Clone + 'a>(value: T) -> impl Future<Output = T> + use<'a, T> {
        copied(value)
    }

    struct Shown<T>(T);

    #[desugar]
    impl<T: std::fmt::Display> Shown<T> {
        async fn show(shown: Shown<T>) -> String {
            let lent = &shown;
            later(()).await;
            lent.0.to_string()
        }
    }
    assert_eq!(block_on(call(owned)), 2);
    assert_eq!(block_on(call_boxed(boxed)), 2);
    assert_eq!(block_on(wrap(3)), 3);
    assert_eq!(block_on(Shown::show(Shown(4))), "4");
}

#[test]
fn a_closure_that_changes_what_is_not_sync() {
    use std::cell::Cell;

    #[desugar]
    async fn body() -> u32 {
        let mut cell = Cell::new(1);
        let lent = &mut cell;
        let mut set = move |n| *lent.get_mut() = n;
        set(2);
        later(()).await;
        set(3);
        cell.get()
    }

    fn sent<T: Send>(value: T) -> T {
        value
    }
    assert_eq!(block_on(sent(body())), 3);
}

#[test]
fn a_pattern_of_copies_by_reference() {
    struct Permit<'a> {
        number: u32,
        held: &'a std::cell::Cell<bool>,
    }

    impl Drop for Permit<'_> {
        fn drop(&mut self) {
            self.held.set(false);
        }
    }

    #[desugar]
    async fn body<'a>(permit: Permit<'a>, held: &'a std::cell::Cell<bool>) -> (u32, bool) {
        let Permit { number, .. } = &permit;
        later(()).await;
        (*number, held.get())
    }
    let held = std::cell::Cell::new(true);
    assert_eq!(block_on(body(Permit { number: 1, held: &held }, &held)), (1, true));
}

#[test]
fn a_guard_that_is_declared() {
    struct Noted<'a>(&'a Parcel, &'a std::cell::RefCell<Vec<String>>);

    impl Drop for Noted<'_> {
        fn drop(&mut self) {
            self.1.borrow_mut().push(format!("{} done", self.0.content));
        }
    }

    #[desugar]
    async fn body(notes: &std::cell::RefCell<Vec<String>>) {
        let parcel = Parcel::of("book");
        let _done = Noted(&parcel, notes);
        later(()).await;
        notes.borrow_mut().push("awaited".to_owned());
    }
    let notes = std::cell::RefCell::default();
    block_on(body(&notes));
    assert_eq!(notes.into_inner(), ["awaited", "book done"]);
}

#[test]
fn a_constant_that_is_bound_first() {
    async fn fill(place: &mut Option<u32>) -> u32 {
        *place.insert(later(3).await)
    }

    #[desugar]
    async fn body() -> u32 {
        let mut none = None;
        fill(&mut none).await + none.unwrap()
    }
    assert_eq!(block_on(body()), 6);
}

#[test]
fn what_branches_refer_to_is_bound_first() {
    #[desugar]
    async fn body(known: bool) -> u32 {
        let (known_one, other) = (later(1).await, 0);
        let name = if known { &known_one } else { &other };
        later(()).await;
        *name
    }
    assert_eq!((block_on(body(true)), block_on(body(false))), (1, 0));
}
