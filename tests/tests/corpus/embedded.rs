//! Drivers without a heap: sensors, displays, memories, buttons, modems. Nothing here has to be `Send`.

use crate::support::{hal::*, *};
use std::{fmt::Debug, mem::MaybeUninit};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DriverError<E> {
    Bus(E),
    NotReady { tries: u8 },
    Checksum { expected: u8, got: u8 },
    Id(u8),
    OutOfRange,
}

impl<E> From<E> for DriverError<E> {
    fn from(error: E) -> Self {
        DriverError::Bus(error)
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Reading {
    /// In tenths of a degree.
    pub temperature: i16,
    pub humidity: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Sleep,
    Forced { oversampling: u8 },
    Normal,
}

impl Mode {
    const fn bits(self) -> u8 {
        match self {
            Mode::Sleep => 0,
            Mode::Forced { oversampling } => 1 | oversampling << 2,
            Mode::Normal => 3,
        }
    }
}

/// What a button did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Press {
    Short,
    Long(u32),
    Bounce,
}

const fn crc(bytes: &[u8]) -> u8 {
    let mut crc = 0xff;
    let mut at = 0;
    while at < bytes.len() {
        crc ^= bytes[at];
        crc = crc << 1 | crc >> 7;
        at += 1;
    }
    crc
}

twice! {
    pub struct Sensor<I, D> {
        i2c: I,
        delay: D,
        address: u8,
        calibration: [i16; 2],
    }

    impl<I> Sensor<I, Delay> {
        pub const fn attach(i2c: I, address: u8) -> Self {
            Sensor { i2c, delay: Delay, address, calibration: [1, 2] }
        }
    }

    impl<I, D> Sensor<I, D>
    where
        I: I2c,
        D: DelayNs,
    {
        const ID: u8 = 0x60;

        /// Wakes the sensor up, checks what it is, and reads its calibration.
        #[cfg(feature = "pending")] // A function without `self` in a generic impl.
        #[desugar]
        pub async fn new(mut i2c: I, mut delay: D, address: u8) -> Result<Self, DriverError<I::Error>> {
            let mut id = [0];
            i2c.write(address, &[0xe0, 0xb6]).await?;
            delay.delay_ms(2).await;
            i2c.write_read(address, &[0xd0], &mut id).await?;
            let [id] = id;
            if id != Self::ID {
                return Err(DriverError::Id(id));
            }
            let mut raw = [0u8; 4];
            i2c.write_read(address, &[0x88], &mut raw).await?;
            let [a, b, c, d] = raw;
            let calibration = [i16::from_le_bytes([a, b]), i16::from_le_bytes([c, d])];
            Ok(Sensor { i2c, delay, address, calibration })
        }

        /// One measurement; waits until it is there.
        #[desugar]
        pub async fn measure(&mut self, mode: Mode) -> Result<Reading, DriverError<I::Error>> {
            const TRIES: u8 = 3;
            self.i2c.write(self.address, &[0xf4, mode.bits()]).await?;
            let mut tries = 0;
            while self.is_busy().await? {
                tries += 1;
                if tries == TRIES {
                    return Err(DriverError::NotReady { tries });
                }
                self.delay.delay_ms(10 << tries).await;
            }
            let mut raw = [0u8; 5];
            self.i2c.write_read(self.address, &[0xfa], &mut raw).await?;
            let (data, &[sum]) = raw.split_at(4) else { unreachable!("five bytes") };
            match crc(data) {
                expected if expected != sum => Err(DriverError::Checksum { expected, got: sum }),
                _ => {
                    let [offset, gain] = self.calibration;
                    let temperature = i16::from_be_bytes([raw[0], raw[1]]).wrapping_add(offset);
                    let humidity = u16::from_be_bytes([raw[2], raw[3]]).wrapping_mul(gain.unsigned_abs().max(1));
                    Ok(Reading { temperature, humidity })
                }
            }
        }

        #[desugar]
        async fn is_busy(&mut self) -> Result<bool, I::Error> {
            let mut status = [0; 1];
            self.i2c.write_read(self.address, &[0xf3], &mut status).await?;
            Ok(status[0] & 0x08 != 0)
        }

        /// Gives the bus back.
        #[desugar]
        pub async fn release(mut self) -> (I, Result<(), I::Error>) {
            let result = self.i2c.write(self.address, &[0xf4, const { Mode::Sleep.bits() }]).await;
            let Sensor { i2c, delay: _delay, address: _address, calibration: _calibration } = self;
            (i2c, result)
        }
    }

    /// The mean of some measurements; gives up after errors in a row.
    #[desugar]
    pub async fn average<const N: usize>(bus: Bus) -> Result<(i32, usize), DriverError<BusError>> {
        let mut sensor = Sensor::attach(bus, 0x76);
        let mut readings = [Reading::default(); N];
        let mut filled = 0;
        let mut errors = 0;
        while filled < N {
            match sensor.measure(Mode::Forced { oversampling: 1 }).await {
                Ok(reading @ Reading { temperature: -400..=850, .. }) => {
                    readings[filled] = reading;
                    filled += 1;
                    errors = 0;
                }
                Ok(_) => return Err(DriverError::OutOfRange),
                Err(error) if errors > 0 => return Err(error),
                Err(DriverError::Bus(BusError::Nack) | DriverError::Checksum { .. }) => errors += 1,
                Err(error) => return Err(error),
            }
        }
        let (_bus, slept) = sensor.release().await;
        slept?;
        Ok((readings.iter().map(|reading| i32::from(reading.temperature)).sum::<i32>() / N as i32, filled))
    }

    #[cfg(feature = "pending")] // A function without `self` in a generic impl.
    #[desugar]
    pub async fn identify(bus: Bus) -> Result<[i16; 2], DriverError<BusError>> {
        let sensor = Sensor::new(bus, Delay, 0x76).await?;
        Ok(sensor.calibration)
    }

    pub struct Display<S, P, const W: usize> {
        spi: S,
        data: P,
        buffer: [u8; W],
    }

    impl<S: SpiDevice, P: OutputPin, const W: usize> Display<S, P, W> {
        #[desugar]
        async fn command(&mut self, command: u8, arguments: &[u8]) -> Result<(), S::Error> {
            self.data.set_low();
            self.spi.write(&[command]).await?;
            self.data.set_high();
            if !arguments.is_empty() {
                self.spi.write(arguments).await?;
            }
            Ok(())
        }

        /// The start sequence: commands, their arguments, and how long to wait.
        #[desugar]
        pub async fn init(&mut self, reset: &mut impl OutputPin, delay: &mut impl DelayNs) -> Result<(), S::Error> {
            const SEQUENCE: &[(u8, &[u8], u32)] = &[(0x01, &[], 5), (0x3a, &[0x55], 0), (0x29, &[], 0)];
            reset.set_low();
            delay.delay_ms(10).await;
            reset.set_high();
            for &(command, arguments, wait) in SEQUENCE {
                self.command(command, arguments).await?;
                if wait > 0 {
                    delay.delay_ms(wait).await;
                }
            }
            Ok(())
        }

        /// Draws rows of pixels, each packed into the buffer.
        #[desugar]
        pub async fn draw<'p, R>(&mut self, rows: R) -> Result<usize, (usize, S::Error)>
        where
            R: IntoIterator<Item = &'p [bool]>,
        {
            let mut drawn = 0;
            for (y, row) in rows.into_iter().enumerate() {
                self.buffer.fill(0);
                for (x, _) in row.iter().take(W * 8).enumerate().filter(|(_, pixel)| **pixel) {
                    self.buffer[x / 8] |= 0x80 >> (x % 8);
                    drawn += 1;
                }
                self.command(0x2b, &(y as u16).to_be_bytes()).await.map_err(|error| (y, error))?;
                let line = self.buffer;
                self.spi.write(&line).await.map_err(|error| (y, error))?;
            }
            Ok(drawn)
        }
    }

    #[cfg(feature = "pending")] // A temporary array of variables, in an argument.
    #[desugar]
    pub async fn show(bus: Bus, rows: &[[bool; 10]]) -> Result<usize, (usize, BusError)> {
        let mut display = Display::<_, _, 2> { spi: bus, data: Pin::new("dc"), buffer: [0; 2] };
        display.init(&mut Pin::new("reset"), &mut Delay).await.map_err(|error| (usize::MAX, error))?;
        display.draw(rows.iter().map(|row| &row[..])).await
    }

    pub struct Eeprom<I> {
        i2c: I,
        address: u8,
    }

    impl<I: I2c> Eeprom<I> {
        const PAGE: usize = 4;

        /// Writes over the borders of pages, and asks after each page until it is written.
        #[desugar]
        pub async fn write(&mut self, at: u8, bytes: &[u8]) -> Result<u8, DriverError<I::Error>> {
            let mut at = at as usize;
            let mut rest = bytes;
            let mut pages = 0;
            while !rest.is_empty() {
                let room = Self::PAGE - at % Self::PAGE;
                let (page, later) = rest.split_at(room.min(rest.len()));
                let mut frame = [0u8; 1 + 4];
                frame[0] = u8::try_from(at).map_err(|_| DriverError::OutOfRange)?;
                frame[1..=page.len()].copy_from_slice(page);
                self.i2c.write(self.address, &frame[..=page.len()]).await?;
                let mut tries = 0u8..3;
                loop {
                    match (self.i2c.read(self.address, &mut [0]).await, tries.next()) {
                        (Ok(()), _) => break,
                        (Err(_), Some(_)) => {}
                        (Err(_), None) => return Err(DriverError::NotReady { tries: 3 }),
                    }
                }
                pages += 1;
                (at, rest) = (at + page.len(), later);
            }
            Ok(pages)
        }

        /// Reads into memory that nobody has written yet.
        #[desugar]
        pub async fn read<const N: usize>(&mut self, at: u8) -> Result<[u8; N], I::Error> {
            let mut bytes = [MaybeUninit::<u8>::uninit(); N];
            for (offset, slot) in bytes.iter_mut().enumerate() {
                let mut byte = [0];
                self.i2c.write_read(self.address, &[at + offset as u8], &mut byte).await?;
                slot.write(byte[0]);
            }
            // SAFETY: each element was written in the loop, which only ends when all of them are.
            Ok(bytes.map(|byte| unsafe { byte.assume_init() }))
        }
    }

    #[desugar]
    pub async fn write_and_read(bus: Bus, at: u8, text: &[u8]) -> Result<(u8, [u8; 2]), DriverError<BusError>> {
        let mut eeprom = Eeprom { i2c: bus, address: 0x50 };
        let pages = eeprom.write(at, text).await?;
        let start = eeprom.read::<2>(at).await?;
        Ok((pages, start))
    }

    /// Tells short presses from long ones, and from noise.
    #[desugar]
    pub async fn presses<B: Wait, const N: usize>(mut button: B, mut delay: impl DelayNs) -> [Option<Press>; N] {
        let mut out = [const { None }; N];
        for slot in &mut out {
            button.wait_for_low().await;
            delay.delay_ms(5).await;
            if !button.is_low() {
                *slot = Some(Press::Bounce);
                continue;
            }
            let mut held = 0;
            let press = loop {
                if held == 2 {
                    break Press::Long(held);
                }
                delay.delay_ms(50).await;
                if !button.is_low() {
                    break if held == 0 { Press::Short } else { Press::Long(held) };
                }
                held += 1;
            };
            slot.replace(press);
        }
        out
    }

    pub struct Off;
    pub struct On {
        volume: u8,
    }

    /// An amplifier whose state is in its type.
    pub struct Amplifier<'b, S, B> {
        bus: &'b mut B,
        state: S,
    }

    impl<'b, B: SpiDevice> Amplifier<'b, Off, B> {
        #[desugar]
        pub async fn turn_on(self, volume: u8) -> Result<Amplifier<'b, On, B>, (Self, B::Error)> {
            let mut words = [0x80, volume];
            match self.bus.transfer_in_place(&mut words).await {
                Ok(()) => Ok(Amplifier { bus: self.bus, state: On { volume: words[1].max(volume) } }),
                Err(error) => Err((self, error)),
            }
        }
    }

    impl<'b, B: SpiDevice> Amplifier<'b, On, B> {
        #[desugar]
        pub async fn fade(&mut self, to: u8) -> Result<u8, B::Error> {
            let from = self.state.volume;
            let steps = from.abs_diff(to);
            for step in 1..=steps {
                let volume = if to > from { from + step } else { from - step };
                self.bus.write(&[0x01, volume]).await?;
                self.state.volume = volume;
            }
            Ok(steps)
        }
    }

    #[desugar]
    pub async fn play(bus: &mut Bus, from: u8, to: u8) -> Result<(u8, u8), BusError> {
        let amplifier = Amplifier { bus, state: Off };
        let mut amplifier = match amplifier.turn_on(from).await {
            Ok(on) => on,
            Err((off, BusError::Arbitration)) => off.turn_on(from).await.map_err(|(_, error)| error)?,
            Err((_, error)) => return Err(error),
        };
        let steps = amplifier.fade(to).await?;
        Ok((steps, amplifier.state.volume))
    }
}

fn measured(temperature: i16) -> [u8; 5] {
    let [a, b] = temperature.to_be_bytes();
    [a, b, 0, 2, crc(&[a, b, 0, 2])]
}

#[test]
fn a_sensor() {
    let (ok, busy, idle): (Result<&[u8], _>, Result<&[u8], _>, Result<&[u8], _>) = (Ok(&[]), Ok(&[8]), Ok(&[0]));
    compare_modules!(
        average::<2>(Bus::new([ok, idle, Ok(&measured(20)), ok, busy, idle, Ok(&measured(30))])),
        average::<1>(Bus::new([ok, idle, Ok(&[1, 2, 3, 4, 5]), Err(BusError::Nack)])),
        average::<1>(Bus::new([ok, busy, busy, busy])),
        average::<1>(Bus::new([ok, idle, Ok(&measured(-500))])),
    );
}

#[test]
#[cfg(feature = "pending")] // A function without `self` in a generic impl.
fn the_start_of_a_sensor() {
    compare_modules!(
        identify(Bus::new([Ok(&[]), Ok(&[0x60]), Ok(&[1, 0, 2, 0])])),
        identify(Bus::new([Ok(&[]), Ok(&[0x61])])),
        identify(Bus::new([Err(BusError::Nack)])),
    );
}

#[test]
#[cfg(feature = "pending")] // A temporary array of variables, in an argument.
fn a_display() {
    let row = [true, false, false, false, false, false, false, false, true, true];
    compare_modules!(
        show(Bus::new([]), &[row, row]),
        show(Bus::new([Ok(&[]), Err(BusError::Overrun)]), &[row]),
        show(Bus::new([Ok(&[]), Ok(&[]), Ok(&[]), Ok(&[]), Ok(&[]), Err(BusError::Overrun)]), &[row]),
    );
}

#[test]
fn a_memory() {
    compare_modules!(
        write_and_read(Bus::new([Ok(&[]), Err(BusError::Nack), Ok(&[])]), 2, b"abcd"),
        write_and_read(Bus::new([]), 0, b"ab"),
        write_and_read(
            Bus::new([Ok(&[]), Err(BusError::Nack), Err(BusError::Nack), Err(BusError::Nack), Err(BusError::Nack)]),
            0,
            b"ab"
        ),
    );
}

#[test]
fn a_button() {
    compare_modules!(
        presses::<_, 2>(Pin::reading("button", [true, false, true]), Delay),
        presses::<_, 1>(Pin::reading("button", [false, false, true]), Delay),
        presses::<_, 1>(Pin::new("button"), Delay),
    );
}

#[test]
fn states_as_types() {
    compare_modules!(
        play(&mut Bus::new([]), 5, 2),
        play(&mut Bus::new([Err(BusError::Arbitration), Ok(&[0, 6])]), 5, 7),
        play(&mut Bus::new([Err(BusError::Overrun)]), 5, 7),
        play(&mut Bus::new([Ok(&[]), Ok(&[]), Err(BusError::Nack)]), 5, 7),
    );
}
