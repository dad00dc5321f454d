//! In: one future. Out: its output, on the thread that asked for it.
//!
//! # The algorithm
//! Polling and sleeping alternate; what has to be got right is a wake that comes between the two. Only marks of
//! our own decide, above all [`Signal::state`], one word per call:
//!
//! - A wake swaps [`WOKEN`] in. Only a wake that swapped [`ASLEEP`] out has anybody to rouse.
//! - The owner swaps [`QUIET`] in *before* a poll, wherever there may be a mark to erase. A swap and not a store: it
//!   reads the very mark it erases, so the poll sees all that was written ahead of that wake. With a store, a wake that
//!   found `WOKEN` already there and went home could be erased unseen.
//! - The owner goes to sleep by exchanging `QUIET` for `ASLEEP` while it holds a lock that the condition variable gives
//!   up only once the owner is listed as waiting. A wake that reads `ASLEEP` passes through that lock before it
//!   notifies, so the notification cannot come too early.
//!
//! This is the event count with one waiter that executors have used since there are any, in the textbook form for a
//! lock and a condition variable. Two things differ from what is usual:
//!
//! - *It does not park.* `std::thread::park` waits for a token of which each thread has one, shared with user code and
//!   with the channels of std. Were it used here, the futures could take the tokens meant for us (harmless, as the
//!   state decides), but we would also take tokens meant for them: a future that unparks its own thread and then parks
//!   in its next poll would hang. We neither make nor take a token.
//! - *A wake from the thread that polls costs no atomic read-modify-write.* There is nobody asleep then, nor anything
//!   to publish to another thread, so it leaves its mark in a word of its own, [`Signal::self_woken`]. Which thread
//!   that is, [`POLLING`] tells: each thread's innermost call. It is compared and never followed, and as it is taken
//!   back before the call lets go of its `Signal`, an equal address means the same call, on this thread, still running;
//!   threads that ended and memory that was used again cannot confuse it.

use std::{
    cell::Cell,
    pin::pin,
    ptr,
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU8, Ordering},
    },
    task::{Context, Poll, RawWaker, RawWakerVTable, Waker},
};

/// Nobody has woken the future since its last poll began; the owner is not waiting for it either.
const QUIET: u8 = 0;
/// Another thread, or another call on this thread, has woken the future; its next poll has not begun.
const WOKEN: u8 = 1;
/// Nobody has woken the future, and the owner waits on the condition variable, or holds the lock and is about to.
const ASLEEP: u8 = 2;

thread_local! {
    /// The `Signal` of the innermost `block_on` of this thread, or null outside of any. Only for comparing.
    static POLLING: Cell<*const Signal> = const { Cell::new(ptr::null()) };
}

/// Runs a future to completion on this thread, which sleeps whenever the future has nothing to do.
///
/// Takes whatever can stand before `.await`, and is to a synchronous function what `.await` is to an asynchronous one.
/// The future need be neither `Send` nor `'static`, so it may borrow from the caller. It is polled once, then once
/// for every time it was woken since the poll before began (several wakes in a row count as one), and it is dropped
/// before `block_on` returns, on this thread.
///
/// Calls nest: a future may itself call `block_on`. The outer future is not polled meanwhile, and a wake that it gets
/// is kept for it. Neither call touches the token of [`std::thread::park`], which remains the caller's own.
///
/// The waker can be cloned, sent anywhere and kept for as long as one likes; once the call is over, waking does
/// nothing. A call allocates its waker; polls and wakes allocate nothing.
///
/// # Panics
/// A panic of the future goes on to the caller, after the future has been dropped.
///
/// # Limits
/// A future that is never woken blocks the thread forever. Timers and sockets belong to a reactor, and this starts
/// none: a tokio socket needs a tokio runtime. Called inside an asynchronous function, `block_on` keeps that function's
/// executor from running its other tasks on this thread; write `.await` there.
///
/// # Examples
/// ```
/// use std::{sync::mpsc, task::{Poll, Waker}, thread};
///
/// // A thread that answers by waking whoever asked.
/// let (ask, asked) = mpsc::channel::<Waker>();
/// let helper = thread::spawn(move || asked.recv().unwrap().wake());
///
/// let mut polls = 0;
/// let answer = desugar::block_on(std::future::poll_fn(|cx| {
///     polls += 1;
///     if polls == 1 {
///         ask.send(cx.waker().clone()).unwrap();
///         return Poll::Pending;
///     }
///     Poll::Ready(42)
/// }));
///
/// assert_eq!(answer, 42);
/// assert_eq!(polls, 2);
/// # helper.join().unwrap();
/// ```
pub fn block_on<F: IntoFuture>(future: F) -> F::Output {
    // The order matters for the way out: the future goes first, then `POLLING` is restored, then our `Signal` goes.
    let signal = Signal::new();
    let waker = signal.waker();
    let _polling = Polling::enter(&signal);
    let mut future = pin!(future.into_future());
    let mut cx = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return output;
        }
        signal.wait();
    }
}

/// What one call of `block_on` shares with its wakers: whether to poll again.
struct Signal {
    /// Woken by the thread that polls, while it polls. Only that thread reads or writes it.
    self_woken: AtomicBool,
    /// One of [`QUIET`], [`WOKEN`] and [`ASLEEP`].
    state: AtomicU8,
    /// Held by the owner from before it is `ASLEEP` until it waits.
    lock: Mutex<()>,
    /// Notified by the one wake that found the owner `ASLEEP`.
    roused: Condvar,
}

impl Signal {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            self_woken: AtomicBool::new(false),
            state: AtomicU8::new(QUIET),
            lock: Mutex::new(()),
            roused: Condvar::new(),
        })
    }

    /// A waker that means this call.
    fn waker(self: &Arc<Self>) -> Waker {
        let data = Arc::into_raw(Arc::clone(self)).cast::<()>();
        // SAFETY: `VTABLE` keeps the contract of `RawWakerVTable` for this data: its functions count references as
        // `Arc` does, and may be called from any thread because `Signal` is `Send` and `Sync` (see below).
        unsafe { Waker::new(data, &VTABLE) }
    }

    /// Has the future polled once more. For anybody, on any thread, at any time.
    fn wake(&self) {
        if POLLING.get() == ptr::from_ref(self) {
            self.self_woken.store(true, Ordering::Relaxed);
            return;
        }
        // Release: publishes what the caller wrote before. Later wakes swap too, and so keep publishing it.
        if self.state.swap(WOKEN, Ordering::Release) == ASLEEP {
            // Once we have had the lock, the owner is waiting, or has been woken since.
            drop(self.lock.lock());
            self.roused.notify_one();
        }
    }

    /// Returns once the future was woken, and takes the mark off. For the owner, between two polls.
    ///
    /// Inlined into the loop of the caller's crate: it saves a fifth of what a yield costs.
    #[inline]
    fn wait(&self) {
        if self.self_woken.load(Ordering::Relaxed) {
            self.self_woken.store(false, Ordering::Relaxed);
            // Wakes of both kinds before a poll mean one poll. A wake from elsewhere that this load does not see yet
            // is simply later than the poll: its mark stays.
            if self.state.load(Ordering::Relaxed) == QUIET {
                return;
            }
        }
        // Acquire, here and below: whatever was written before the wake is seen by the poll.
        if self.state.swap(QUIET, Ordering::Acquire) == QUIET {
            self.sleep();
        }
    }

    /// The part of `wait` that lets the thread sleep.
    #[cold]
    fn sleep(&self) {
        let mut listed = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        // Fails if a wake has come since; then there is nothing to wait for.
        let _ = self.state.compare_exchange(QUIET, ASLEEP, Ordering::Relaxed, Ordering::Relaxed);
        // A condition variable may return for no reason; only the state tells.
        while self.state.load(Ordering::Relaxed) == ASLEEP {
            listed = self.roused.wait(listed).unwrap_or_else(PoisonError::into_inner);
        }
        drop(listed);
        self.state.swap(QUIET, Ordering::Acquire);
    }
}

/// What the vtable relies on, checked by the compiler.
const _: () = {
    const fn shared_by_threads<T: Send + Sync>() {}
    shared_by_threads::<Signal>()
};

/// The waker of a [`Signal`]: its data is an `Arc<Signal>` as a raw pointer, and owns one reference.
///
/// Written by hand because `Waker::will_wake` compares addresses: a `static` has one, while those that std makes for
/// `Arc<impl Wake>` may differ between a waker and its clone (under Miri they do).
static VTABLE: RawWakerVTable = RawWakerVTable::new(raw_clone, raw_wake, raw_wake_by_ref, raw_drop);

unsafe fn raw_clone(data: *const ()) -> RawWaker {
    // SAFETY: `data` came from `Arc::into_raw` of an `Arc<Signal>`, of which the cloned waker owns a reference.
    unsafe { Arc::increment_strong_count(data.cast::<Signal>()) };
    RawWaker::new(data, &VTABLE)
}

unsafe fn raw_wake(data: *const ()) {
    // SAFETY: `data` came from `Arc::into_raw`, and the waker, used up by this, hands over its reference.
    unsafe { Arc::from_raw(data.cast::<Signal>()) }.wake();
}

unsafe fn raw_wake_by_ref(data: *const ()) {
    // SAFETY: `data` came from `Arc::into_raw`, and the waker, borrowed by the caller, owns a reference meanwhile.
    unsafe { &*data.cast::<Signal>() }.wake();
}

unsafe fn raw_drop(data: *const ()) {
    // SAFETY: `data` came from `Arc::into_raw`, and the waker, dropped by this, hands over its reference.
    drop(unsafe { Arc::from_raw(data.cast::<Signal>()) });
}

/// Makes a call the innermost of its thread until dropped.
struct Polling {
    /// The call that was the innermost before.
    outer: *const Signal,
}

impl Polling {
    fn enter(signal: &Arc<Signal>) -> Self {
        Self { outer: POLLING.replace(Arc::as_ptr(signal)) }
    }
}

impl Drop for Polling {
    fn drop(&mut self) {
        POLLING.set(self.outer);
    }
}
