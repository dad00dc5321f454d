//! An error of any kind with what was being done, as `anyhow` has it, and its macros.

use std::fmt;

/// What went wrong, outermost first.
pub struct Report(Vec<String>);

pub type Result<T, E = Report> = std::result::Result<T, E>;

impl Report {
    pub fn msg(text: impl fmt::Display) -> Self {
        Report(vec![text.to_string()])
    }
}

impl<E: std::error::Error> From<E> for Report {
    fn from(error: E) -> Self {
        Report::msg(error)
    }
}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Report({})", self.0.join(": "))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.first().map_or("", |text| text))
    }
}

/// Says what was being done.
pub trait Context<T> {
    fn context(self, text: impl fmt::Display) -> Result<T>;
    fn with_context<D: fmt::Display>(self, text: impl FnOnce() -> D) -> Result<T>;
}

impl<T, E: Into<Report>> Context<T> for std::result::Result<T, E> {
    fn context(self, text: impl fmt::Display) -> Result<T> {
        self.with_context(|| text)
    }

    fn with_context<D: fmt::Display>(self, text: impl FnOnce() -> D) -> Result<T> {
        self.map_err(|error| {
            let mut report = error.into();
            report.0.insert(0, text().to_string());
            report
        })
    }
}

impl<T> Context<T> for Option<T> {
    fn context(self, text: impl fmt::Display) -> Result<T> {
        self.ok_or_else(|| Report::msg(text))
    }

    fn with_context<D: fmt::Display>(self, text: impl FnOnce() -> D) -> Result<T> {
        self.ok_or_else(|| Report::msg(text()))
    }
}

macro_rules! anyhow {
    ($($text:tt)*) => { $crate::support::report::Report::msg(format!($($text)*)) };
}

macro_rules! bail {
    ($($text:tt)*) => { return Err($crate::support::report::anyhow!($($text)*)) };
}

macro_rules! ensure {
    ($condition:expr, $($text:tt)*) => {
        if !$condition {
            return Err($crate::support::report::anyhow!($($text)*));
        }
    };
}

pub(crate) use {anyhow, bail, ensure};
