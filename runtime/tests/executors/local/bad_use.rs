//! What a user should not do gets a clear answer.

use std::{
    pin::{Pin, pin},
    task::{Context, Waker},
    time::Duration,
};

use desugar::{Handle, LocalPool, ThreadPool, block_on, join, slot, time};

use crate::support::{Hand, or_hang};

/// What the panic says.
fn panic_of(act: impl FnOnce()) -> String {
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(act)).unwrap_err();
    panic.downcast_ref::<String>().cloned().unwrap_or_else(|| panic.downcast_ref::<&str>().unwrap().to_string())
}

// Fails without the look at the phase: the task would be polled while it is polled.
#[test]
fn a_pool_run_from_inside_itself() {
    let pool = LocalPool::new();
    for run in [
        LocalPool::run,
        LocalPool::run_until_stalled,
        |pool: &LocalPool<'_>| pool.run_until(async {}),
        |pool: &LocalPool<'_>| {
            pool.try_tick();
        },
    ] {
        let text = pool.run_until(async { panic_of(|| run(&pool)) });
        assert!(text.starts_with("this pool is running already"), "{text}");
        assert!(text.ends_with("spawn the other future, and await its handle"), "{text}");
    }
}

#[test]
fn a_sleep_where_there_is_no_clock() {
    let polled_once = |future: &mut dyn Future<Output = ()>| {
        // SAFETY: of a `&mut dyn`, made here of what is not moved any more.
        let _ = unsafe { std::pin::Pin::new_unchecked(future) }.poll(&mut Context::from_waker(Waker::noop()));
    };
    let text = panic_of(|| polled_once(&mut time::sleep(Duration::ZERO)));
    assert!(text.starts_with("`sleep` needs the clock of a pool"), "{text}");
    let text = panic_of(|| assert_eq!(time::now(), time::Instant::START));
    assert!(text.starts_with("`now` needs the clock of a pool"), "{text}");
    // A call of `block_on` blocks the pool around it, whose timers it would wait for in vain.
    let pool = LocalPool::new();
    let text = pool.run_until(async { panic_of(|| block_on(time::sleep(Duration::ZERO))) });
    assert!(text.contains("`block_on` and other executors have no such clock"), "{text}");
    // And afterwards the pool has its clock again.
    pool.run_until(time::sleep(Duration::from_millis(1)));
}

// Fails, by hanging, without the look at whose waker it is.
#[test]
fn a_handle_awaited_where_the_pool_cannot_run() {
    or_hang(|| {
        let (pool, hand) = (LocalPool::new(), Hand::default());
        let (task, ready) = (pool.spawn(hand.future()), pool.spawn(async { 1 }));
        pool.run_until_stalled();
        // What is there is given to whoever asks.
        assert_eq!(block_on(ready).unwrap(), 1);
        let mut task = pin!(task);
        let threads = ThreadPool::new(1);
        type Wait<'w> = &'w mut dyn FnMut(Pin<&mut Handle<'_, ()>>);
        let waits: [Wait<'_>; 3] = [
            &mut |task| block_on(task).unwrap(),
            &mut |task| threads.run_until(join(async {}, task)).1.unwrap(),
            &mut |task| pool.run_until(async { block_on(task).unwrap() }),
        ];
        for wait in waits {
            let text = panic_of(|| wait(task.as_mut()));
            assert!(text.starts_with("this task's pool cannot run"), "{text}");
            assert!(text.ends_with("give the future to the pool's `run_until` instead"), "{text}");
        }
        hand.finish();
        hand.waker().wake();
        pool.run_until(task).unwrap();
    });
}

#[test]
fn a_handle_polled_again() {
    let pool = LocalPool::new();
    let mut task = pin!(pool.spawn(async {}));
    pool.run_until(task.as_mut()).unwrap();
    let text = panic_of(|| drop(task.poll(&mut Context::from_waker(Waker::noop()))));
    assert_eq!(text, "a handle was polled after it was ready");
}

#[test]
fn a_send_polled_again() {
    let (mut sender, _receiver) = slot::channel();
    let mut sending = pin!(sender.send(1));
    let cx = &mut Context::from_waker(Waker::noop());
    assert!(sending.as_mut().poll(cx).is_ready());
    assert_eq!(panic_of(|| assert!(sending.poll(cx).is_pending())), "`send` was polled after it was ready");
}

#[test]
fn an_interval_of_zero() {
    let text = panic_of(|| drop(time::interval(Duration::ZERO)));
    assert!(text.starts_with("an interval needs a period longer than zero"), "{text}");
}
