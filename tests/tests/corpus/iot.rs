//! A gateway between devices and a cloud: readings, queues that overflow, firmware updates, commands, time.

use crate::support::{hal::*, net::*, report::*, sync::*, *};
use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    fmt::{self, Debug, Display},
    io,
    num::Wrapping,
    ops::DerefMut,
    rc::Rc,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sample {
    Temperature(i16),
    Battery { millivolts: u16 },
    Button(bool),
}

impl Sample {
    pub fn encode(self) -> [u8; 3] {
        match self {
            Sample::Temperature(t) => [b't', t.to_be_bytes()[0], t.to_be_bytes()[1]],
            Sample::Battery { millivolts: mv } => [b'b', (mv >> 8) as u8, mv as u8],
            Sample::Button(down) => [b'k', 0, down as u8],
        }
    }
}

/// A value that the newest writer sets and one reader takes, on one core.
#[derive(Default)]
pub struct Signal<T> {
    value: RefCell<Option<T>>,
    missed: Cell<u32>,
}

impl<T> Signal<T> {
    pub fn new(value: Option<T>) -> Self {
        Signal { value: RefCell::new(value), missed: Cell::new(0) }
    }

    pub fn signal(&self, value: T) {
        if self.value.replace(Some(value)).is_some() {
            self.missed.update(|missed| missed + 1);
        }
    }

    pub async fn wait(&self) -> T {
        loop {
            pause("signal").await;
            if let Some(value) = self.value.take() {
                return value;
            }
        }
    }
}

/// Flash memory of pages.
pub struct Flash {
    pub pages: [[u8; 4]; 3],
    pub d: D,
}

impl Flash {
    pub fn new() -> Self {
        Flash { pages: [[0xff; 4]; 3], d: D("flash") }
    }

    pub fn erase(&mut self, page: usize) -> Leaf<Option<()>> {
        let done = self.pages.get_mut(page).map(|page| page.fill(0xff));
        value("erase", done)
    }

    pub fn write(&mut self, page: usize, bytes: &[u8]) -> Leaf<bool> {
        let good = !bytes.contains(&0xee);
        self.pages[page][..bytes.len()].copy_from_slice(bytes);
        value("write", good)
    }
}

#[derive(Debug)]
pub enum UpdateError {
    Short { wanted: usize, got: usize },
    Worn(usize),
    Checksum,
    Io(io::Error),
}

impl From<io::Error> for UpdateError {
    fn from(error: io::Error) -> Self {
        UpdateError::Io(error)
    }
}

impl Display for UpdateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "update: {self:?}")
    }
}

impl std::error::Error for UpdateError {}

twice! {
    /// Keeps the newest samples, and sends them in packets when there is a connection.
    pub struct Uplink<const CAP: usize, const BATCH: usize> {
        queue: VecDeque<(u32, Sample)>,
        dropped: u32,
        sequence: Wrapping<u8>,
    }

    impl<const CAP: usize, const BATCH: usize> Uplink<CAP, BATCH> {
        pub fn new() -> Self {
            Uplink { queue: VecDeque::with_capacity(CAP), dropped: 0, sequence: Wrapping(254) }
        }

        pub fn push(&mut self, at: u32, sample: Sample) -> &mut Self {
            if self.queue.len() == CAP {
                self.queue.pop_front();
                self.dropped += 1;
            }
            self.queue.push_back((at, sample));
            self
        }

        /// One packet after the other; what was not acknowledged stays.
        #[desugar]
        pub async fn drain(&mut self, wire: &mut Wire) -> io::Result<u32> {
            let mut packets = 0;
            while !self.queue.is_empty() {
                let count = self.queue.len().min(BATCH);
                let mut packet = Vec::with_capacity(2 + count * 3);
                packet.push(self.sequence.0);
                packet.push(count as u8);
                packet.extend(self.queue.iter().take(count).flat_map(|(_, sample)| sample.encode()));
                wire.write_all(&packet).await?;
                wire.flush().await?;
                let acknowledged = wire.read_u8().await?;
                if acknowledged != self.sequence.0 {
                    return Err(io::Error::other(format!("{acknowledged} for {}", self.sequence)));
                }
                self.queue.drain(..count);
                self.sequence += 1;
                packets += 1;
            }
            Ok(packets)
        }
    }

    #[desugar]
    pub async fn send_samples(mut wire: Wire, samples: &[Sample]) -> (io::Result<u32>, usize, u32) {
        let mut uplink = Uplink::<3, 2>::new();
        for (at, sample) in (0..).zip(samples) {
            uplink.push(at, *sample);
        }
        let result = uplink.drain(&mut wire).await;
        (result, uplink.queue.len(), uplink.dropped)
    }

    /// Writes an image to the pages, half a page at a time, and reads it back.
    #[desugar]
    pub async fn update<R>(flash: &mut Flash, mut image: R, size: usize) -> Result<u8, UpdateError>
    where
        R: tokio::io::AsyncRead + Unpin,
    {
        let mut sum = 0u8;
        let mut at = 0;
        for page in 0.. {
            if at >= size {
                break;
            }
            flash.erase(page).await.ok_or(UpdateError::Worn(page))?;
            let mut bytes = [0xff; 4];
            let wanted = bytes.len().min(size - at);
            let mut filled = 0;
            while filled < wanted {
                match image.read(&mut bytes[filled..wanted]).await? {
                    0 => return Err(UpdateError::Short { wanted: size, got: at + filled }),
                    n => filled += n,
                }
            }
            if !flash.write(page, &bytes[..wanted]).await {
                return Err(UpdateError::Worn(page));
            }
            sum = bytes[..wanted].iter().fold(sum, |sum, byte| sum.wrapping_add(*byte));
            at += wanted;
        }
        let read: u8 = flash.pages.iter().flatten().take(size).fold(0, |sum, byte| sum.wrapping_add(*byte));
        if read == sum { Ok(sum) } else { Err(UpdateError::Checksum) }
    }

    /// The update in its context: the old image is marked before, and the new one after it.
    #[desugar]
    pub async fn update_with_marks(mut flash: Flash, image: Wire, size: usize) -> report::Result<(u8, String)> {
        let name = flash.d.name();
        flash.d.rename(format!("{name} (updating)"));
        let sum = update(&mut flash, image, size).await.with_context(|| format!("{name}, {size} bytes"))?;
        flash.d.rename(name);
        let mark = &mut flash.pages[2][3];
        *mark = value("mark", sum).await;
        Ok((*mark, flash.d.to_string()))
    }

    /// Reads a sensor at intervals, and signals what has changed by more than a little.
    #[desugar]
    pub async fn sample_task(mut bus: Bus, signal: &Signal<Sample>, rounds: u32) -> Result<u32, BusError> {
        let mut last: Option<i16> = None;
        let mut signalled = 0;
        for round in 0..rounds {
            let mut raw = [0u8; 2];
            let result = I2c::read(&mut bus, 0x48, &mut raw).await;
            let now = match result {
                Ok(()) => i16::from_be_bytes(raw),
                Err(BusError::Nack) if last.is_some() => continue,
                Err(error) => return Err(error),
            };
            if last.is_none_or(|last| last.abs_diff(now) > 2) {
                signal.signal(Sample::Temperature(now));
                signalled += 1;
                last = Some(now);
            }
            pause(&format!("round {round}")).await;
        }
        Ok(signalled)
    }

    #[desugar]
    pub async fn sample_and_wait(bus: Bus, rounds: u32) -> (Result<u32, BusError>, Option<Sample>, u32) {
        let signal = Rc::new(Signal::new(None));
        let result = sample_task(bus, &signal, rounds).await;
        let sample = match result {
            Ok(1..) => Some(signal.wait().await),
            _ => None,
        };
        (result, sample, signal.missed.get())
    }

    pub struct Thermostat<P> {
        heater: P,
        target: i16,
        state: Heating,
    }

    #[derive(Clone, Copy, Debug, PartialEq)]
    pub enum Heating {
        Off { rounds: u32 },
        On { since: u32, from: i16 },
        Fault(&'static str),
    }

    impl<P: OutputPin> Thermostat<P> {
        /// One step of the controller.
        #[desugar]
        pub async fn step(&mut self, now: u32, reading: Leaf<Option<i16>>) -> Heating {
            let reading = reading.await;
            self.state = match (self.state, reading) {
                (fault @ Heating::Fault(_), _) => fault,
                (_, None) => {
                    self.heater.set_low();
                    Heating::Fault("sensor")
                }
                (Heating::Off { rounds: 1.. }, Some(t)) if t < self.target - 5 => {
                    self.heater.set_high();
                    pause("relay").await;
                    Heating::On { since: now, from: t }
                }
                (Heating::Off { rounds }, Some(_)) => Heating::Off { rounds: rounds + 1 },
                (Heating::On { .. }, Some(t)) if t >= self.target => {
                    self.heater.set_low();
                    pause("relay").await;
                    Heating::Off { rounds: 0 }
                }
                (Heating::On { since, from }, Some(t)) if now - since > 2 && t <= from => {
                    self.heater.set_low();
                    Heating::Fault("no effect")
                }
                (on @ Heating::On { .. }, Some(_)) => on,
            };
            self.state
        }
    }

    #[desugar]
    pub async fn heat(target: i16, readings: &[Option<i16>]) -> Vec<Heating> {
        let mut thermostat = Thermostat { heater: Pin::new("heater"), target, state: Heating::Off { rounds: 1 } };
        let mut states = Vec::new();
        for (now, reading) in readings.iter().enumerate() {
            let state = thermostat.step(now as u32, value("reading", *reading)).await;
            states.push(state);
        }
        states
    }

    /// The offset of a clock, from the exchange that took least.
    #[desugar]
    pub async fn clock_offset<A>(exchanges: usize, mut ask: A) -> Option<(i64, u64)>
    where
        A: AsyncFnMut(u64) -> Option<(u64, u64)>,
    {
        let mut best = None::<(i64, u64)>;
        let mut now = 100u64;
        for _ in 0..exchanges {
            let sent = now;
            let Some((received, back)) = ask(sent).await else { continue };
            let trip = back.checked_sub(sent)?;
            now = back + 10;
            if let Some((_, least)) = best
                && least <= trip
            {
                continue;
            }
            best = Some((received as i64 - (sent + trip / 2) as i64, trip));
        }
        best
    }

    #[desugar]
    async fn server(sent: u64) -> Option<(u64, u64)> {
        let lag = value("lag", 1 + sent % 7).await;
        (lag < 7).then_some((sent + 1000 + lag, sent + 2 * lag))
    }

    #[desugar]
    pub async fn synchronise(exchanges: usize) -> Option<(i64, u64)> {
        clock_offset(exchanges, server).await
    }

    /// Holds a bus for a device, and gives it back whatever happens.
    #[desugar]
    pub async fn with_device<T, F>(bus: &Lock<Bus>, address: u8, run: F) -> Result<T, (BusError, u8)>
    where
        F: AsyncFnOnce(&mut Bus, u8) -> Result<T, BusError>,
    {
        let mut bus = bus.lock().await;
        let select = 1u8.checked_shl(address.into()).unwrap_or(0);
        I2c::write(&mut *bus, 0x70, &[const { 0x04 }, select | 0]).await.map_err(|error| (error, 0x70))?;
        let result = run(bus.deref_mut(), address).await;
        I2c::write(&mut *bus, 0x70, &[0x04, 0]).await.map_err(|error| (error, 0x70))?;
        result.map_err(|error| (error, address))
    }

    #[desugar]
    async fn read_two(bus: &mut Bus, address: u8) -> Result<[u8; 2], BusError> {
        let mut pair = [0; 2];
        I2c::read(bus, address, &mut pair).await?;
        let [a, b] = pair;
        if a > b { Err(BusError::Overrun) } else { Ok([b, a]) }
    }

    #[desugar]
    pub async fn read_from_two(bus: Bus) -> [Result<[u8; 2], (BusError, u8)>; 2] {
        let bus = Lock::new(bus);
        [with_device(&bus, 3, read_two).await, with_device(&bus, 9, read_two).await]
    }
}

#[test]
fn an_uplink() {
    let samples =
        [Sample::Temperature(-2), Sample::Button(true), Sample::Battery { millivolts: 3300 }, Sample::Button(false)];
    compare_modules!(
        sendable(send_samples(Wire::new("cloud", [b"\xfe\xff"]), &samples)),
        sendable(send_samples(Wire::new("cloud", [b"\xfe\x00"]), &samples[..3])),
        sendable(send_samples(Wire::new("cloud", [b""]), &[])),
    );
}

#[test]
fn an_update() {
    let image = |chunks: &[&[u8]]| Wire::new("image", chunks);
    compare_modules!(
        sendable(update_with_marks(Flash::new(), image(&[b"abc", b"def"]), 6)),
        sendable(update_with_marks(Flash::new(), image(&[b"abc"]), 6)),
        sendable(update_with_marks(Flash::new(), image(&[b"\xee"]), 1)),
        sendable(update_with_marks(Flash::new(), image(&[&[1; 20]]), 20)),
    );
}

#[test]
fn samples() {
    compare_modules!(
        sample_and_wait(Bus::new([Ok(&[0, 20]), Ok(&[0, 21]), Ok(&[0, 30])]), 3),
        sample_and_wait(Bus::new([Ok(&[0, 20]), Err(BusError::Nack)]), 2),
        sample_and_wait(Bus::new([Err(BusError::Nack)]), 2),
    );
}

#[test]
fn a_thermostat() {
    compare_modules!(
        sendable(heat(200, &[Some(190), Some(195), Some(200), Some(180)])),
        sendable(heat(200, &[Some(190), Some(189), Some(190), Some(190)])),
        sendable(heat(200, &[Some(199), None, Some(0)])),
    );
}

#[test]
fn clocks() {
    compare_modules!(synchronise(4), synchronise(0));
}

#[test]
fn devices_behind_a_switch() {
    compare_modules!(
        read_from_two(Bus::new([Ok(&[]), Ok(&[1, 2]), Ok(&[]), Ok(&[]), Ok(&[4, 3])])),
        read_from_two(Bus::new([Err(BusError::Arbitration), Ok(&[]), Err(BusError::Nack)])),
    );
}
