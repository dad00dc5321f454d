//! `Spawn` and `LocalSpawn` of the crate `futures`, for its extension methods and for what is generic over spawners.

use futures_task::{FutureObj, LocalFutureObj, LocalSpawn, Spawn, SpawnError};

use crate::{LocalPool, Spawner, ThreadPool, ThreadSpawner};

/// The task goes on without a handle, as the trait wants it.
macro_rules! spawn_obj {
    () => {
        fn spawn_obj(&self, future: FutureObj<'static, ()>) -> Result<(), SpawnError> {
            self.spawn(future).detach();
            Ok(())
        }
    };
}

macro_rules! spawn_local_obj {
    () => {
        fn spawn_local_obj(&self, future: LocalFutureObj<'static, ()>) -> Result<(), SpawnError> {
            self.spawn(future).detach();
            Ok(())
        }
    };
}

impl Spawn for LocalPool<'_> {
    spawn_obj!();
}

impl LocalSpawn for LocalPool<'_> {
    spawn_local_obj!();
}

/// When the pool is gone the future is dropped, and it is an error.
impl Spawn for Spawner<'_> {
    fn spawn_obj(&self, future: FutureObj<'static, ()>) -> Result<(), SpawnError> {
        self.spawn_local_obj(future.into())
    }

    fn status(&self) -> Result<(), SpawnError> {
        self.status_local()
    }
}

/// When the pool is gone the future is dropped, and it is an error.
impl LocalSpawn for Spawner<'_> {
    fn spawn_local_obj(&self, future: LocalFutureObj<'static, ()>) -> Result<(), SpawnError> {
        let open = self.status_local();
        self.spawn(future).detach();
        open
    }

    fn status_local(&self) -> Result<(), SpawnError> {
        if self.is_closed() { Err(SpawnError::shutdown()) } else { Ok(()) }
    }
}

impl Spawn for ThreadPool {
    spawn_obj!();
}

/// When the pool is gone the future is dropped, and it is an error.
impl Spawn for ThreadSpawner {
    fn spawn_obj(&self, future: FutureObj<'static, ()>) -> Result<(), SpawnError> {
        let open = self.status();
        self.spawn(future).detach();
        open
    }

    fn status(&self) -> Result<(), SpawnError> {
        if self.is_closed() { Err(SpawnError::shutdown()) } else { Ok(()) }
    }
}
