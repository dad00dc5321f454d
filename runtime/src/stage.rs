//! The memory of a task: a header that an executor knows, and behind it the future, then what came out of it, then
//! nothing. One allocation, reached through a pointer to the header.
//!
//! What is done to the part behind the header is in a [`VTable`], as only the one who spawns knows its type. Each of its
//! functions needs the stage to itself; who has that and when is for the executor to say.

use std::{
    any::Any,
    cell::{Cell, UnsafeCell},
    mem,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::Pin,
    ptr::{self, NonNull},
    task::{Context, Poll},
    thread,
};

/// What a panic was raised with.
pub(crate) type Payload = Box<dyn Any + Send>;

/// What can be done to a task whose type has been forgotten.
///
/// In all of these the pointer comes from [`allocate`], with this very table, and has not been freed. `poll`, `clear` and
/// `take` need the stage to themselves: nobody else is in one of them for the same task.
pub(crate) struct VTable<H> {
    /// Polls the future if there is one. If it is ready, or panics, drops it, and keeps what came of it.
    pub(crate) poll: unsafe fn(NonNull<H>, &mut Context<'_>) -> Polled,
    /// Drops whatever is there. A panic of a destructor goes on to the caller, after which nothing is there.
    pub(crate) clear: unsafe fn(NonNull<H>),
    /// Moves out what came of the future, into an `Option<Result<F::Output, Payload>>`: `None` if there is nothing.
    pub(crate) take: unsafe fn(NonNull<H>, *mut ()),
    /// Gives the memory back. The stage must be empty, and nobody may have the pointer any more.
    pub(crate) free: unsafe fn(NonNull<H>),
    /// The name of the future's type.
    pub(crate) type_name: fn() -> &'static str,
}

/// What came of a poll.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Polled {
    Pending,
    /// The future is gone, and something is there that has to be dropped, or handed on.
    Ready,
    /// The future is gone, and what is there needs no drop.
    ReadyTrivial,
}

#[repr(C)]
struct Task<H, F: Future> {
    header: H,
    stage: UnsafeCell<Stage<F>>,
}

enum Stage<F: Future> {
    /// Has been pinned since it is here: never moved, only dropped in place.
    Future(F),
    Output(Result<F::Output, Payload>),
    Empty,
}

/// Puts a future behind a header, which learns what to do with it.
pub(crate) fn allocate<H: 'static, F: Future>(future: F, header: impl FnOnce(&'static VTable<H>) -> H) -> NonNull<H> {
    // Allocated first, so that the task is built where it stays.
    let task = Box::write(
        Box::new_uninit(),
        Task { header: header(Task::<H, F>::VTABLE), stage: UnsafeCell::new(Stage::Future(future)) },
    );
    // The pointer is to the whole task, so it may be turned back into one to the whole task.
    NonNull::from(Box::leak(task)).cast()
}

impl<H: 'static, F: Future> Task<H, F> {
    const VTABLE: &'static VTable<H> = &VTable {
        poll: Self::poll,
        clear: Self::clear,
        take: Self::take,
        free: Self::free,
        type_name: std::any::type_name::<F>,
    };

    /// # Safety
    /// As [`VTable`] says; the caller has the stage to itself for as long as it uses the pointer.
    unsafe fn stage(header: NonNull<H>) -> *mut Stage<F> {
        // SAFETY: `header` came from `allocate`, and points to a task of this type, of which it is the first field.
        UnsafeCell::raw_get(unsafe { &raw const (*header.cast::<Self>().as_ptr()).stage })
    }

    unsafe fn poll(header: NonNull<H>, cx: &mut Context<'_>) -> Polled {
        // SAFETY: passed on.
        let stage = unsafe { Self::stage(header) };
        // SAFETY: the caller has the stage to itself.
        let Stage::Future(future) = (unsafe { &mut *stage }) else { return Polled::Ready };
        // SAFETY: the future is in an allocation of its own, and is not moved before it is dropped.
        let future = unsafe { Pin::new_unchecked(future) };
        let result = match catch_unwind(AssertUnwindSafe(|| future.poll(cx))) {
            Ok(Poll::Pending) => return Polled::Pending,
            Ok(Poll::Ready(output)) => Ok(output),
            Err(panic) => Err(panic),
        };
        // SAFETY: passed on.
        unsafe { Self::finish(header, result) }
    }

    /// Drops the future, and keeps what came of it.
    #[inline]
    unsafe fn finish(header: NonNull<H>, result: Result<F::Output, Payload>) -> Polled {
        // SAFETY: passed on.
        let cleared = catch_unwind(AssertUnwindSafe(|| unsafe { Self::clear(header) }));
        let result = match cleared {
            Ok(()) => result,
            Err(panic) => {
                let _ = catch_unwind(AssertUnwindSafe(|| drop(result))).map_err(discard);
                Err(panic)
            }
        };
        let trivial = result.is_ok() && !mem::needs_drop::<F::Output>();
        // SAFETY: the caller has the stage to itself; what was there is `Empty`, and needs no drop.
        unsafe { Self::stage(header).write(Stage::Output(result)) };
        if trivial { Polled::ReadyTrivial } else { Polled::Ready }
    }

    unsafe fn clear(header: NonNull<H>) {
        /// Notes that nothing is there, also if the destructor panics.
        struct Emptied<F: Future>(*mut Stage<F>);

        impl<F: Future> Drop for Emptied<F> {
            fn drop(&mut self) {
                // SAFETY: the memory is the caller's of `clear`; what was there has been dropped.
                unsafe { self.0.write(Stage::Empty) };
            }
        }

        // SAFETY: passed on.
        let stage = unsafe { Self::stage(header) };
        let _emptied = Emptied(stage);
        // SAFETY: the caller has the stage to itself; `Emptied` sees to it that it is dropped once.
        unsafe { ptr::drop_in_place(stage) };
    }

    unsafe fn take(header: NonNull<H>, to: *mut ()) {
        // SAFETY: passed on.
        let stage = unsafe { Self::stage(header) };
        // SAFETY: the caller has the stage to itself.
        let taken = match unsafe { &mut *stage } {
            Stage::Future(_) | Stage::Empty => None,
            // An output is not pinned, and may be moved.
            output => match mem::replace(output, Stage::Empty) {
                Stage::Output(result) => Some(result),
                _ => unreachable!("matched above"),
            },
        };
        // SAFETY: the caller has a place for this type there, with nothing in it to drop.
        unsafe { to.cast::<Option<Result<F::Output, Payload>>>().write(taken) };
    }

    unsafe fn free(header: NonNull<H>) {
        // SAFETY: `allocate` made it of a box, and nobody has the pointer any more.
        drop(unsafe { Box::from_raw(header.cast::<Self>().as_ptr()) });
    }
}

/// Drops what a panic was raised with. Should that panic again, with what it is raised then is leaked: no end otherwise.
pub(crate) fn discard(payload: Payload) {
    if let Err(another) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        mem::forget(another);
    }
}

/// The first panic of several things that are all done, whichever of them panics.
#[derive(Default)]
pub(crate) struct FirstPanic(Option<Payload>);

impl FirstPanic {
    pub(crate) fn guard(&mut self, act: impl FnOnce()) {
        match (catch_unwind(AssertUnwindSafe(act)), &self.0) {
            (Ok(()), _) => {}
            (Err(first), None) => self.0 = Some(first),
            (Err(another), Some(_)) => discard(another),
        }
    }

    /// When all is done: the panic goes on, unless this is part of another.
    pub(crate) fn go_on(self) {
        match self.0 {
            None => {}
            Some(panic) if thread::panicking() => discard(panic),
            Some(panic) => resume_unwind(panic),
        }
    }
}

/// Runs code of a user that concerns no task of the pool: a panic in it, which has been reported, ends with it.
#[inline]
pub(crate) fn shielded(act: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(act)) {
        discard(payload);
    }
}

/// So deep spawns may nest that are made by the drop of a future which a closed pool did not take.
const REFUSALS: u32 = 16;

/// Drops a future that comes too late for its pool. Its drop may spawn another, and the drop of that one yet another: where
/// there seems to be no end to it, the future is leaked.
#[cold]
pub(crate) fn refuse<F>(future: F) {
    thread_local! {
        static DEPTH: Cell<u32> = const { Cell::new(0) };
    }
    struct Deeper;

    impl Drop for Deeper {
        fn drop(&mut self) {
            DEPTH.set(DEPTH.get() - 1);
        }
    }

    if DEPTH.get() == REFUSALS {
        return mem::forget(future);
    }
    DEPTH.set(DEPTH.get() + 1);
    let _deeper = Deeper;
    drop(future);
}
