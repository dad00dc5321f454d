//! Wakers that are not ours, and do what a waker may but should not: run the pool when cloned, panic when dropped.

use std::{
    cell::{Cell, RefCell},
    future::pending,
    mem::ManuallyDrop,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll, RawWaker, RawWakerVTable, Wake, Waker},
};

use desugar::{LocalPool, ThreadPool, slot, yield_now};

use crate::support::{Alive, or_hang};

/// What is done when a waker is cloned, woken and dropped.
#[derive(Default)]
pub(crate) struct Odd {
    /// Taken by its first call.
    cloned: RefCell<Option<Box<dyn FnOnce()>>>,
    pub(crate) woken: Cell<u32>,
    /// Taken by its first call.
    dropped: RefCell<Option<Box<dyn FnOnce()>>>,
    always: Option<Box<dyn Fn()>>,
}

impl Odd {
    fn when_cloned(act: impl FnOnce() + 'static) -> Rc<Self> {
        let odd = Rc::new(Self::default());
        odd.cloned.replace(Some(Box::new(act)));
        odd
    }

    fn when_dropped(self: &Rc<Self>, act: impl FnOnce() + 'static) {
        self.dropped.replace(Some(Box::new(act)));
    }

    /// Each time, and when it is woken, too.
    pub(crate) fn always(act: impl Fn() + 'static) -> Rc<Self> {
        Rc::new(Self { always: Some(Box::new(act)), ..Self::default() })
    }

    pub(crate) fn waker(self: &Rc<Self>) -> Waker {
        // SAFETY: the table counts as `Rc` does. The tests let no waker of these go to another thread.
        unsafe { Waker::new(Rc::into_raw(self.clone()).cast(), &VTABLE) }
    }

    fn act(&self, once: Option<Box<dyn FnOnce()>>) {
        once.into_iter().for_each(|act| act());
        self.always.iter().for_each(|act| act());
    }

    fn wake(&self) {
        self.woken.set(self.woken.get() + 1);
        self.act(None);
    }
}

/// The waker's own reference.
///
/// # Safety
/// `data` is that of a waker with the table below, which is used up.
unsafe fn taken(data: *const ()) -> Rc<Odd> {
    // SAFETY: it came from `Rc::into_raw`, and the waker has a reference.
    unsafe { Rc::from_raw(data.cast()) }
}

/// A reference like the waker's.
///
/// # Safety
/// `data` is that of a waker with the table below.
unsafe fn another(data: *const ()) -> Rc<Odd> {
    // SAFETY: as above; the waker's reference is left to it.
    Rc::clone(&ManuallyDrop::new(unsafe { taken(data) }))
}

static VTABLE: RawWakerVTable = RawWakerVTable::new(
    |data| {
        // SAFETY: the data of a waker, as in all four.
        let odd = unsafe { another(data) };
        let act = odd.cloned.take();
        odd.act(act);
        RawWaker::new(Rc::into_raw(odd).cast(), &VTABLE)
    },
    // SAFETY: as above.
    |data| unsafe { taken(data) }.wake(),
    // SAFETY: as above.
    |data| unsafe { another(data) }.wake(),
    |data| {
        // SAFETY: as above.
        let odd = unsafe { taken(data) };
        let act = odd.dropped.take();
        odd.act(act);
    },
);

fn poll<F: Future + Unpin>(future: &mut F, waker: &Waker) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(waker))
}

// Fails without a second look at the task when the waker has been cloned: nobody is woken.
#[test]
fn a_waker_whose_clone_runs_the_pool_is_not_lost() {
    let pool = Rc::new(LocalPool::new());
    let mut task = pool.spawn(async { 1 });
    let runs = pool.clone();
    let odd = Odd::when_cloned(move || runs.run());
    let polled = poll(&mut task, &odd.waker());
    assert!(matches!(polled, Poll::Ready(Ok(1))));
    // Nothing is kept of it.
    assert_eq!(Rc::strong_count(&odd), 1);
}

// Fails if the waker of before is dropped before that of now is there.
#[test]
fn a_waker_whose_drop_runs_the_pool_is_not_lost() {
    let pool = Rc::new(LocalPool::new());
    let mut task = pool.spawn(async { 1 });
    let (first, second) = (Rc::new(Odd::default()), Rc::new(Odd::default()));
    let waker = first.waker();
    assert!(poll(&mut task, &waker).is_pending());
    let runs = pool.clone();
    first.when_dropped(move || runs.run());
    let polled = poll(&mut task, &second.waker());
    assert!(matches!(polled, Poll::Ready(Ok(1))) || second.woken.get() == 1);
}

// Fails without `shielded` around the drop of who awaits.
#[test]
fn a_waker_that_panics_when_dropped_keeps_no_task() {
    for detached in [false, true] {
        let (pool, alive) = (LocalPool::new(), Alive::default());
        let life = alive.one();
        let mut task = pool.spawn(async move {
            let _life = life;
            yield_now().await;
        });
        let odd = Rc::new(Odd::default());
        let waker = odd.waker();
        assert!(poll(&mut task, &waker).is_pending());
        odd.when_dropped(|| panic!("a waker's drop"));
        if detached {
            task.detach();
            pool.run();
        } else {
            drop(task);
        }
        assert_eq!((alive.count(), Rc::strong_count(&odd)), (0, 2));
        assert_eq!(format!("{pool:?}"), "LocalPool { tasks: 0 }");
    }
}

// Fails without `shielded` around the drop of who awaits.
#[test]
fn a_waker_that_panics_when_dropped_keeps_no_task_of_threads() {
    or_hang(|| {
        let (pool, alive) = (ThreadPool::new(1), Alive::default());
        for replaced in [false, true] {
            let life = alive.one();
            let mut task = pool.spawn(async move {
                let _life = life;
                pending::<()>().await;
            });
            let odd = Rc::new(Odd::default());
            let waker = odd.waker();
            assert!(poll(&mut task, &waker).is_pending());
            odd.when_dropped(|| panic!("a waker's drop"));
            if replaced {
                assert!(poll(&mut task, Waker::noop()).is_pending());
            }
            drop(task);
            assert_eq!((alive.count(), Rc::strong_count(&odd)), (0, 2));
        }
        pool.run();
    });
}

/// A channel whose sender a waker has.
fn channel() -> (Rc<RefCell<slot::Sender<u8>>>, slot::Receiver<u8>) {
    let (sender, receiver) = slot::channel();
    (Rc::new(RefCell::new(sender)), receiver)
}

fn sends(sender: &Rc<RefCell<slot::Sender<u8>>>) -> impl FnOnce() + use<> {
    let sender = sender.clone();
    move || assert!(matches!(poll(&mut sender.borrow_mut().send(1), Waker::noop()), Poll::Ready(Ok(()))))
}

// Fails without a second look at the value when the waker has been cloned: it waits for what is there.
#[test]
fn a_waker_whose_clone_sends_is_not_lost() {
    let (sender, mut receiver) = channel();
    let odd = Odd::when_cloned(sends(&sender));
    assert_eq!(poll(&mut receiver.receive(), &odd.waker()), Poll::Ready(Some(1)));
}

// Fails as the one before.
#[test]
fn a_waker_whose_clone_receives_is_not_lost() {
    let (sender, receiver) = channel();
    sends(&sender)();
    let receiver = Rc::new(RefCell::new(receiver));
    let own = receiver.clone();
    let odd = Odd::when_cloned(move || {
        assert_eq!(poll(&mut own.borrow_mut().receive(), Waker::noop()), Poll::Ready(Some(1)));
    });
    assert_eq!(poll(&mut sender.borrow_mut().send(2), &odd.waker()), Poll::Ready(Ok(())));
}

// Fails if the waker of before is dropped before that of now is there.
#[test]
fn a_waker_whose_drop_sends_is_not_lost() {
    let (sender, mut receiver) = channel();
    let (first, second) = (Rc::new(Odd::default()), Rc::new(Odd::default()));
    let waker = first.waker();
    assert!(poll(&mut receiver.receive(), &waker).is_pending());
    first.when_dropped(sends(&sender));
    let polled = poll(&mut receiver.receive(), &second.waker());
    assert!(polled == Poll::Ready(Some(1)) || second.woken.get() == 1);
}

// Fails if the one that goes drops its waker before it wakes the other, without `shielded` around it.
#[test]
fn an_end_that_goes_wakes_the_other_though_a_waker_panics() {
    let (sender, mut receiver) = slot::channel::<u8>();
    let (first, second) = (Rc::new(Odd::default()), Rc::new(Odd::default()));
    let (mut sender, waker) = (sender, first.waker());
    assert!(poll(&mut sender.send(1), Waker::noop()).is_ready());
    assert!(poll(&mut sender.send(2), &waker).is_pending());
    assert_eq!(poll(&mut receiver.receive(), Waker::noop()), Poll::Ready(Some(1)));
    assert!(poll(&mut receiver.receive(), &second.waker()).is_pending());
    first.when_dropped(|| panic!("a waker's drop"));
    drop(sender);
    assert_eq!(second.woken.get(), 1);
}

// Fails without `Kept`.
#[test]
fn a_value_is_not_lost_though_the_waker_of_who_waits_for_room_panics() {
    for goes in [false, true] {
        let (mut sender, mut receiver) = slot::channel();
        assert!(poll(&mut sender.send(1), Waker::noop()).is_ready());
        let sending = Box::pin(async move { sender.send(2).await });
        let (sending, armed) = (Rc::new(RefCell::new(Some(sending))), Rc::new(Cell::new(false)));
        let odd = Odd::always({
            let (sending, armed) = (sending.clone(), armed.clone());
            move || match armed.replace(false) {
                false => {}
                // The sender goes, and so the waker is dropped when it has been called.
                true if goes => drop(sending.take()),
                true => panic!("a waker's wake"),
            }
        });
        assert!(poll(sending.borrow_mut().as_mut().unwrap(), &odd.waker()).is_pending());
        if goes {
            odd.when_dropped(|| panic!("a waker's drop"));
        }
        armed.set(true);
        assert!(catch_unwind(AssertUnwindSafe(|| poll(&mut receiver.receive(), Waker::noop()))).is_err());
        assert_eq!(poll(&mut receiver.receive(), Waker::noop()), Poll::Ready(Some(1)));
        assert_eq!(odd.woken.get(), 1);
    }
}

thread_local! {
    /// What the waker of the next test waits for, and the wakers with which it does, when it is woken and when it is dropped.
    static WAITING: RefCell<Option<(slot::Receiver<u8>, [Waker; 2])>> = const { RefCell::new(None) };
}

/// Takes what is in the channel, and waits for more.
fn wait_as(index: usize) {
    WAITING.with_borrow_mut(|waiting| {
        if let Some((receiver, wakers)) = waiting {
            while poll(&mut receiver.receive(), &wakers[index]).is_ready() {}
        }
    });
}

struct Waits;

impl Wake for Waits {
    fn wake(self: Arc<Self>) {
        wait_as(0);
    }

    fn wake_by_ref(self: &Arc<Self>) {
        wait_as(0);
    }
}

impl Drop for Waits {
    fn drop(&mut self) {
        wait_as(1);
    }
}

// Fails if the waker that was called is dropped while the one that has taken its place is out of the channel, which is then
// put over what the drop has left there.
#[test]
fn a_waker_that_waits_as_others_when_woken_and_dropped_is_not_put_over_them() {
    let (mut sender, mut receiver) = slot::channel();
    let (woken, dropped) = (Rc::new(Odd::default()), Rc::new(Odd::default()));
    assert!(poll(&mut receiver.receive(), &Waker::from(Arc::new(Waits))).is_pending());
    WAITING.set(Some((receiver, [woken.waker(), dropped.waker()])));
    for n in 1..=2 {
        assert!(poll(&mut sender.send(n), Waker::noop()).is_ready());
    }
    assert_eq!((woken.woken.get(), dropped.woken.get()), (0, 1));
    WAITING.take();
}
