//! What several of the tests need.

use std::{
    cell::{Cell, RefCell},
    future::{Future, poll_fn},
    panic::resume_unwind,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    task::{Poll, Waker},
    thread,
    time::Duration,
};

use desugar::{ThreadHandle, ThreadPool, block_on};

/// Runs `test` on a thread of its own, and fails if it never ends.
pub(crate) fn or_hang<T: Send + 'static>(test: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, finished) = mpsc::channel();
    let runner = thread::spawn(move || {
        let output = test();
        let _ = done.send(());
        output
    });
    if let Err(mpsc::RecvTimeoutError::Timeout) = finished.recv_timeout(Duration::from_secs(30)) {
        panic!("it never ended: a wake was lost");
    }
    runner.join().unwrap_or_else(|panic| resume_unwind(panic))
}

/// Runs `act` on another thread and returns when that thread has ended.
pub(crate) fn elsewhere<T: Send + 'static>(act: impl FnOnce() -> T + Send + 'static) -> T {
    thread::spawn(act).join().unwrap()
}

/// A task that keeps one thread of a pool, until it is told to let go.
pub(crate) struct Busy {
    task: ThreadHandle<()>,
    go: mpsc::Sender<()>,
}

impl Busy {
    /// Returns when the thread has the task.
    pub(crate) fn keep(pool: &ThreadPool) -> Self {
        let ((go, wait), (started, starts)) = (mpsc::channel(), mpsc::channel());
        let task = pool.spawn(async move {
            started.send(()).unwrap();
            wait.recv().unwrap();
        });
        starts.recv().unwrap();
        Self { task, go }
    }

    /// Returns when the thread is free.
    pub(crate) fn let_go(self) {
        self.go.send(()).unwrap();
        block_on(self.task).unwrap();
    }
}

/// Counts the values of it that are alive.
#[derive(Clone, Default)]
pub(crate) struct Alive(Arc<AtomicUsize>);

/// One of those.
pub(crate) struct Life(Alive);

impl Alive {
    pub(crate) fn one(&self) -> Life {
        self.0.fetch_add(1, Ordering::SeqCst);
        Life(self.clone())
    }

    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Life {
    pub(crate) fn another(&self) -> Life {
        self.0.one()
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Runs something when dropped.
pub(crate) struct OnDrop<F: FnMut()>(pub(crate) F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// Panics when dropped, with another one of these, so many times.
pub(crate) struct Bomb(pub(crate) u32);

impl Drop for Bomb {
    fn drop(&mut self) {
        if self.0 > 0 && !thread::panicking() {
            std::panic::panic_any(Bomb(self.0 - 1));
        }
    }
}

/// Lines in the order in which they were written.
#[derive(Clone, Default)]
pub(crate) struct Trace(Rc<RefCell<Vec<String>>>);

impl Trace {
    pub(crate) fn write(&self, line: impl ToString) {
        self.0.borrow_mut().push(line.to_string());
    }

    pub(crate) fn take(&self) -> Vec<String> {
        self.0.take()
    }
}

/// A future that is polled and woken by hand: it puts its waker, and the number of its polls, where a test has them.
#[derive(Clone, Default)]
pub(crate) struct Hand {
    pub(crate) polls: Rc<Cell<u32>>,
    waker: Rc<RefCell<Option<Waker>>>,
    ready: Rc<Cell<bool>>,
}

impl Hand {
    pub(crate) fn future(&self) -> impl Future<Output = ()> + use<> {
        let Hand { polls, waker, ready } = self.clone();
        poll_fn(move |cx| {
            polls.set(polls.get() + 1);
            waker.replace(Some(cx.waker().clone()));
            if ready.get() { Poll::Ready(()) } else { Poll::Pending }
        })
    }

    /// The waker of the last poll.
    pub(crate) fn waker(&self) -> Waker {
        self.waker.borrow().clone().expect("has been polled")
    }

    /// Drops the waker that is kept.
    pub(crate) fn forget_waker(&self) {
        self.waker.take();
    }

    /// The next poll is the last.
    pub(crate) fn finish(&self) {
        self.ready.set(true);
    }
}
