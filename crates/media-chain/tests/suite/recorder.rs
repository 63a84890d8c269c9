//! A metrics recorder whose values can be read, and a log that can.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Once};

use metrics::{Counter, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString, Unit};
use tracing::Level;
use tracing_subscriber::fmt::MakeWriter;

/// Keeps every metric by its name and labels: `name{label=value,…}`.
#[derive(Debug, Default)]
pub(crate) struct Readings {
    counters: Mutex<BTreeMap<String, Arc<AtomicU64>>>,
    gauges: Mutex<BTreeMap<String, Arc<AtomicU64>>>,
    histograms: Mutex<BTreeMap<String, Arc<Values>>>,
}

#[derive(Debug, Default)]
struct Values(Mutex<Vec<f64>>);

impl HistogramFn for Values {
    fn record(&self, value: f64) {
        self.0.lock().unwrap().push(value);
    }
}

impl Readings {
    /// The counters that have counted anything.
    pub(crate) fn counted(&self) -> BTreeMap<String, u64> {
        let counters = self.counters.lock().unwrap();
        let read = counters.iter().map(|(name, value)| (name.clone(), value.load(Ordering::Relaxed)));
        read.filter(|(_, value)| *value > 0).collect()
    }

    pub(crate) fn gauge(&self, name: &str) -> f64 {
        f64::from_bits(self.gauges.lock().unwrap()[name].load(Ordering::Relaxed))
    }

    pub(crate) fn histogram(&self, name: &str) -> Vec<f64> {
        self.histograms.lock().unwrap()[name].0.lock().unwrap().clone()
    }
}

fn name_of(key: &Key) -> String {
    let labels: Vec<_> = key.labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
    format!("{}{{{}}}", key.name(), labels.join(","))
}

impl Recorder for Readings {
    fn describe_counter(&self, _key: KeyName, _unit: Option<Unit>, _description: SharedString) {}

    fn describe_gauge(&self, _key: KeyName, _unit: Option<Unit>, _description: SharedString) {}

    fn describe_histogram(&self, _key: KeyName, _unit: Option<Unit>, _description: SharedString) {}

    fn register_counter(&self, key: &Key, _metadata: &Metadata<'_>) -> Counter {
        self.counters.lock().unwrap().entry(name_of(key)).or_default().clone().into()
    }

    fn register_gauge(&self, key: &Key, _metadata: &Metadata<'_>) -> Gauge {
        self.gauges.lock().unwrap().entry(name_of(key)).or_default().clone().into()
    }

    fn register_histogram(&self, key: &Key, _metadata: &Metadata<'_>) -> Histogram {
        self.histograms.lock().unwrap().entry(name_of(key)).or_default().clone().into()
    }
}

thread_local! {
    /// What the test of this thread wants of the log, and has got of it.
    static CAPTURED: RefCell<Option<(Level, Vec<u8>)>> = const { RefCell::new(None) };
}

/// What this thread logs while it lives, as text.
#[derive(Debug)]
pub(crate) struct Log;

impl Log {
    /// Logs what is of this level or more important, with the spans it happens in.
    ///
    /// All tests share one subscriber, each reads what its own thread wrote: what a callsite may log is decided once for
    /// the whole process.
    pub(crate) fn capture(level: Level) -> Self {
        static INSTALLED: Once = Once::new();
        INSTALLED.call_once(|| {
            let subscriber =
                tracing_subscriber::fmt().with_max_level(Level::TRACE).with_ansi(false).with_writer(OfThread);
            tracing::subscriber::set_global_default(subscriber.finish()).unwrap();
        });
        CAPTURED.set(Some((level, Vec::new())));
        Self
    }

    pub(crate) fn text(&self) -> String {
        CAPTURED.with_borrow(|captured| String::from_utf8(captured.clone().unwrap().1).unwrap())
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        CAPTURED.set(None);
    }
}

/// Writes to the thread's own log, unless it does not want what is written.
struct OfThread;

struct Line(Level);

impl<'a> MakeWriter<'a> for OfThread {
    type Writer = Line;

    fn make_writer(&'a self) -> Line {
        Line(Level::TRACE)
    }

    fn make_writer_for(&'a self, metadata: &tracing::Metadata<'_>) -> Line {
        Line(*metadata.level())
    }
}

impl io::Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        CAPTURED.with_borrow_mut(|captured| {
            if let Some((_, log)) = captured.as_mut().filter(|(level, _)| self.0 <= *level) {
                log.extend_from_slice(bytes);
            }
        });
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
