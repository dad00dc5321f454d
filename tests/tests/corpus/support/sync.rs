//! Locks, permits and channels of async code. What they guard may be sent to another thread, and so may the guards.

use desugar_tests::{D, pause, tick};
use std::{
    collections::VecDeque,
    ops::{Deref, DerefMut},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

/// An async mutex. The value is in the guard while it is locked.
pub struct Lock<T> {
    value: Mutex<Option<Box<T>>>,
}

/// Access to the value; gives it back when dropped.
pub struct LockGuard<'a, T> {
    lock: &'a Lock<T>,
    value: Option<Box<T>>,
    _d: D,
}

impl<T> Lock<T> {
    pub fn new(value: T) -> Self {
        Lock { value: Mutex::new(Some(Box::new(value))) }
    }

    /// Pending until nobody else has it, and once at least.
    pub async fn lock(&self) -> LockGuard<'_, T> {
        loop {
            pause("lock").await;
            if let Some(guard) = self.try_lock() {
                return guard;
            }
        }
    }

    pub fn try_lock(&self) -> Option<LockGuard<'_, T>> {
        let value = self.value.lock().unwrap().take()?;
        Some(LockGuard { lock: self, value: Some(value), _d: D("guard") })
    }
}

impl<T> Deref for LockGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.value.as_deref().unwrap()
    }
}

impl<T> DerefMut for LockGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.value.as_deref_mut().unwrap()
    }
}

impl<T> Drop for LockGuard<'_, T> {
    fn drop(&mut self) {
        *self.lock.value.lock().unwrap() = self.value.take();
    }
}

/// So many permits.
#[derive(Clone)]
pub struct Semaphore {
    free: Arc<AtomicUsize>,
}

/// One permit, given back when dropped.
pub struct Permit {
    free: Arc<AtomicUsize>,
    _d: D,
}

impl Semaphore {
    pub fn new(permits: usize) -> Self {
        Semaphore { free: Arc::new(AtomicUsize::new(permits)) }
    }

    pub fn available(&self) -> usize {
        self.free.load(Ordering::Relaxed)
    }

    pub fn try_acquire(&self) -> Option<Permit> {
        let free = self.available().checked_sub(1)?;
        self.free.store(free, Ordering::Relaxed);
        Some(Permit { free: self.free.clone(), _d: D("permit") })
    }

    /// Pending until there is one, and once at least.
    pub async fn acquire(&self) -> Permit {
        loop {
            pause("acquire").await;
            if let Some(permit) = self.try_acquire() {
                return permit;
            }
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.free.fetch_add(1, Ordering::Relaxed);
    }
}

/// The other side is gone; the message comes back.
#[derive(Debug, PartialEq, Eq)]
pub struct Closed<T = ()>(pub T);

impl<T> std::fmt::Display for Closed<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("channel closed")
    }
}

impl<T: std::fmt::Debug> std::error::Error for Closed<T> {}

pub struct Sender<T>(Arc<Mutex<VecDeque<T>>>);

pub struct Receiver<T>(Arc<Mutex<VecDeque<T>>>);

/// A channel for messages in order. The receiver gets `None` once it is empty and no sender is left.
pub fn channel<T>(messages: impl IntoIterator<Item = T>) -> (Sender<T>, Receiver<T>) {
    let queue = Arc::new(Mutex::new(messages.into_iter().collect()));
    (Sender(queue.clone()), Receiver(queue))
}

/// A receiver of these messages; nobody sends any more.
pub fn mailbox<T>(messages: impl IntoIterator<Item = T>) -> Receiver<T> {
    channel(messages).1
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Sender(self.0.clone())
    }
}

impl<T> Sender<T> {
    /// Pending once; then the message is in the channel.
    pub async fn send(&self, message: T) -> Result<(), Closed<T>> {
        pause("send").await;
        self.try_send(message)
    }

    pub fn try_send(&self, message: T) -> Result<(), Closed<T>> {
        tick("try_send");
        if Arc::strong_count(&self.0) == 1 {
            return Err(Closed(message));
        }
        self.0.lock().unwrap().push_back(message);
        Ok(())
    }
}

impl<T> Receiver<T> {
    /// Pending once before each message, and as long as there is none.
    pub async fn recv(&mut self) -> Option<T> {
        loop {
            pause("recv").await;
            let message = self.try_recv();
            if message.is_some() || Arc::strong_count(&self.0) == 1 {
                return message;
            }
        }
    }

    pub fn try_recv(&mut self) -> Option<T> {
        self.0.lock().unwrap().pop_front()
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        tick("drop receiver");
    }
}
