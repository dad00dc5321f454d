//! Peripherals of a microcontroller, with the traits of `embedded-hal-async`, and a board that follows a script.

use desugar_tests::{D, pause, tick, trace};
use std::{collections::VecDeque, fmt::Debug};

/// Whose error is what.
pub trait ErrorType {
    type Error: Debug;
}

pub trait I2c: ErrorType {
    async fn read(&mut self, address: u8, buffer: &mut [u8]) -> Result<(), Self::Error>;
    async fn write(&mut self, address: u8, bytes: &[u8]) -> Result<(), Self::Error>;
    async fn write_read(&mut self, address: u8, bytes: &[u8], buffer: &mut [u8]) -> Result<(), Self::Error>;
}

pub trait SpiDevice: ErrorType {
    async fn write(&mut self, bytes: &[u8]) -> Result<(), Self::Error>;
    async fn transfer_in_place(&mut self, words: &mut [u8]) -> Result<(), Self::Error>;
}

pub trait OutputPin {
    fn set_high(&mut self);
    fn set_low(&mut self);
}

pub trait Wait {
    fn is_low(&mut self) -> bool;
    async fn wait_for_low(&mut self);
}

pub trait DelayNs {
    async fn delay_ms(&mut self, ms: u32);
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BusError {
    Nack,
    Arbitration,
    Overrun,
}

/// A bus: each transfer is pending once, and is answered from the script; without an answer it reads zeros.
pub struct Bus {
    replies: VecDeque<Result<Vec<u8>, BusError>>,
    _d: D,
}

impl Bus {
    pub fn new<const N: usize>(replies: [Result<&[u8], BusError>; N]) -> Self {
        Bus { replies: replies.into_iter().map(|reply| reply.map(<[u8]>::to_vec)).collect(), _d: D("bus") }
    }

    async fn transfer(&mut self, what: String, buffer: &mut [u8]) -> Result<(), BusError> {
        pause(&what).await;
        let reply = self.replies.pop_front().unwrap_or(Ok(Vec::new()))?;
        buffer.fill(0);
        for (to, from) in buffer.iter_mut().zip(reply) {
            *to = from;
        }
        Ok(())
    }
}

impl ErrorType for Bus {
    type Error = BusError;
}

impl I2c for Bus {
    async fn read(&mut self, address: u8, buffer: &mut [u8]) -> Result<(), BusError> {
        self.transfer(format!("read {address:#x}"), buffer).await
    }

    async fn write(&mut self, address: u8, bytes: &[u8]) -> Result<(), BusError> {
        self.transfer(format!("write {address:#x} {bytes:x?}"), &mut []).await
    }

    async fn write_read(&mut self, address: u8, bytes: &[u8], buffer: &mut [u8]) -> Result<(), BusError> {
        self.transfer(format!("write_read {address:#x} {bytes:x?}"), buffer).await
    }
}

impl SpiDevice for Bus {
    async fn write(&mut self, bytes: &[u8]) -> Result<(), BusError> {
        self.transfer(format!("spi write {bytes:x?}"), &mut []).await
    }

    async fn transfer_in_place(&mut self, words: &mut [u8]) -> Result<(), BusError> {
        self.transfer(format!("spi transfer {words:x?}"), words).await
    }
}

/// A pin that says what is done to it, and that reads as the script says, then low.
pub struct Pin {
    name: &'static str,
    levels: VecDeque<bool>,
}

impl Pin {
    pub fn new(name: &'static str) -> Self {
        Pin::reading(name, [])
    }

    pub fn reading<const N: usize>(name: &'static str, levels: [bool; N]) -> Self {
        Pin { name, levels: levels.into() }
    }
}

impl OutputPin for Pin {
    fn set_high(&mut self) {
        tick(&format!("{} high", self.name));
    }

    fn set_low(&mut self) {
        tick(&format!("{} low", self.name));
    }
}

impl Wait for Pin {
    fn is_low(&mut self) -> bool {
        let low = !self.levels.pop_front().unwrap_or(false);
        trace::log(format!("{} is {}", self.name, if low { "low" } else { "high" }));
        low
    }

    async fn wait_for_low(&mut self) {
        pause(self.name).await;
    }
}

/// Waits one poll, however long.
pub struct Delay;

impl DelayNs for Delay {
    async fn delay_ms(&mut self, ms: u32) {
        pause(&format!("delay {ms}")).await;
    }
}
