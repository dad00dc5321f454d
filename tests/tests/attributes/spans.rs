//! What `tracing` tells of a run, a line each.

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// What is told while `run` runs.
pub(crate) fn seen(run: impl FnOnce()) -> Vec<String> {
    let lines = Arc::new(Mutex::new(Vec::new()));
    tracing::subscriber::with_default(Lines(lines.clone(), Mutex::new(0)), run);
    lines.lock().unwrap().clone()
}

struct Lines(Arc<Mutex<Vec<String>>>, Mutex<u64>);

impl Lines {
    fn line(&self, line: String) {
        self.0.lock().unwrap().push(line);
    }
}

impl Subscriber for Lines {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut id = self.1.lock().unwrap();
        *id += 1;
        let mut fields = Fields(String::new());
        span.record(&mut fields);
        self.line(format!("span {id} {}{}", span.metadata().name(), fields.0));
        Id::from_u64(*id)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        let mut fields = Fields(String::new());
        values.record(&mut fields);
        self.line(format!("record {}{}", span.into_u64(), fields.0));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields(String::new());
        event.record(&mut fields);
        self.line(format!("event{}", fields.0));
    }

    fn enter(&self, span: &Id) {
        self.line(format!("enter {}", span.into_u64()));
    }

    fn exit(&self, span: &Id) {
        self.line(format!("exit {}", span.into_u64()));
    }

    fn try_close(&self, span: Id) -> bool {
        self.line(format!("close {}", span.into_u64()));
        true
    }
}

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {field}={value:?}").unwrap();
    }
}
