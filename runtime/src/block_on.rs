//! In: one future. Out: its output, on the thread that asked for it.
//!
//! Polling and sleeping alternate. How a wake that comes between the two is not lost is told in `sleeper.rs`; what is
//! added here is that *a wake from the thread that polls costs no atomic read-modify-write.* There is nobody asleep then,
//! nor anything to publish to another thread, so it leaves its mark in a word of its own, [`Signal::self_woken`].

use std::{
    pin::pin,
    ptr::{self, NonNull},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, RawWakerVTable, Waker},
};

use crate::{
    clock::Clock,
    current::{self, Entered},
    raw::{self, Woken},
    sleeper::Sleeper,
};

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
/// executor from running its other tasks on this thread; write `.await` there. For the same reason it does not wait for a
/// task of a [`LocalPool`](crate::LocalPool): [awaiting its handle](crate::Handle#panics) panics, if the task has not ended.
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
#[inline]
pub fn block_on<F: IntoFuture>(future: F) -> F::Output {
    with_clock(future, None)
}

/// [`block_on`], by a clock that others keep.
pub(crate) fn with_clock<F: IntoFuture>(future: F, clock: Option<&Arc<Clock>>) -> F::Output {
    // The order matters for the way out: the future goes first, then we are not current any more, then `Signal` goes.
    let signal = Signal::new();
    let waker = signal.waker();
    let _entered = Entered::new(Arc::as_ptr(&signal), clock);
    let mut future = pin!(future.into_future());
    let mut cx = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return output;
        }
        signal.wait();
    }
}

/// Whether it is the waker of a call of `block_on`, by whichever clock.
pub(crate) fn is_waker(waker: &Waker) -> bool {
    ptr::eq(waker.vtable(), Signal::table())
}

/// What one call of `block_on` shares with its wakers: whether to poll again.
struct Signal {
    /// Woken by the thread that polls, while it polls. Only that thread reads or writes it.
    self_woken: AtomicBool,
    /// Where the owner sleeps, and is roused by wakes from anywhere else.
    sleeper: Sleeper,
}

impl Signal {
    fn new() -> Arc<Self> {
        Arc::new(Self { self_woken: AtomicBool::new(false), sleeper: Sleeper::new() })
    }

    /// A waker that means this call.
    fn waker(self: &Arc<Self>) -> Waker {
        let this = NonNull::new(Arc::into_raw(Arc::clone(self)).cast_mut());
        // SAFETY: the reference is that of the clone.
        unsafe { raw::waker(this.expect("an `Arc` points to something")) }
    }

    /// Has the future polled once more. For anybody, on any thread, at any time.
    fn wake(&self) {
        if current::is_polling(self) {
            self.self_woken.store(true, Ordering::Relaxed);
        } else {
            self.sleeper.rouse();
        }
    }

    /// Returns once the future was woken, and takes the mark off. For the owner, between two polls.
    #[inline]
    fn wait(&self) {
        if self.self_woken.load(Ordering::Relaxed) {
            self.self_woken.store(false, Ordering::Relaxed);
            // Wakes of both kinds before a poll mean one poll. A wake from elsewhere that is not seen yet is simply
            // later than the poll: its mark stays.
            if self.sleeper.is_quiet() {
                return;
            }
        }
        self.sleeper.wait(None);
    }
}

/// What the table relies on, checked by the compiler.
const _: () = {
    const fn shared_by_threads<T: Send + Sync>() {}
    shared_by_threads::<Signal>()
};

// SAFETY: `Signal` is `Send` and `Sync`, and every one is in an `Arc`, whose references are meant.
unsafe impl Woken for Signal {
    fn table() -> &'static RawWakerVTable {
        static TABLE: RawWakerVTable = raw::table::<Signal>();
        &TABLE
    }

    unsafe fn wake(this: NonNull<Self>) {
        // SAFETY: the caller has a reference.
        unsafe { this.as_ref() }.wake();
    }

    unsafe fn add_ref(this: NonNull<Self>) {
        // SAFETY: in an `Arc`, and the caller has a reference.
        unsafe { Arc::increment_strong_count(this.as_ptr()) };
    }

    unsafe fn drop_ref(this: NonNull<Self>) {
        // SAFETY: as above; that reference is given back.
        unsafe { Arc::decrement_strong_count(this.as_ptr()) };
    }
}
