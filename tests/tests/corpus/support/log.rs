//! Log macros as `tracing` has them: fields, shorthands for them, then a format string.

/// `info!(user = %name, ?state, count = 3, "message {}", text)`.
macro_rules! info {
    ($($event:tt)*) => { event!("INFO", $($event)*) };
}

macro_rules! debug {
    ($($event:tt)*) => { event!("DEBUG", $($event)*) };
}

macro_rules! warn {
    ($($event:tt)*) => { event!("WARN", $($event)*) };
}

macro_rules! error {
    ($($event:tt)*) => { event!("ERROR", $($event)*) };
}

macro_rules! event {
    ($level:literal, $($event:tt)*) => {{
        let mut text = String::from($level);
        record!(text, $($event)*);
        desugar_tests::trace::log(text);
    }};
}

macro_rules! record {
    ($text:ident, $key:ident = %$value:expr $(, $($rest:tt)*)?) => {
        $text += &format!(" {}={}", stringify!($key), $value);
        record!($text, $($($rest)*)?);
    };
    ($text:ident, $key:ident = ?$value:expr $(, $($rest:tt)*)?) => {
        $text += &format!(" {}={:?}", stringify!($key), $value);
        record!($text, $($($rest)*)?);
    };
    ($text:ident, $key:ident = $value:expr $(, $($rest:tt)*)?) => {
        $text += &format!(" {}={:?}", stringify!($key), $value);
        record!($text, $($($rest)*)?);
    };
    ($text:ident, %$value:ident $(, $($rest:tt)*)?) => {
        $text += &format!(" {}={}", stringify!($value), $value);
        record!($text, $($($rest)*)?);
    };
    ($text:ident, ?$value:ident $(, $($rest:tt)*)?) => {
        $text += &format!(" {}={:?}", stringify!($value), $value);
        record!($text, $($($rest)*)?);
    };
    ($text:ident, $value:ident $(, $($rest:tt)*)?) => {
        $text += &format!(" {}={:?}", stringify!($value), $value);
        record!($text, $($($rest)*)?);
    };
    ($text:ident, $($format:tt)+) => {
        $text += " ";
        $text += &format!($($format)+);
    };
    ($text:ident,) => {};
}
