//! What the server counts, in the text format of Prometheus.

use std::fmt::Write as _;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use hyper::StatusCode;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::loaded::About;

/// What [`Metrics::text`] is written in.
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Seconds: from a tree's answer to a large batch.
const BUCKETS: [f64; 14] = [
    0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5,
    10.0,
];

/// What was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Endpoint {
    /// A prediction, by the Open Inference Protocol.
    Infer,
    /// A prediction, in `MLflow`'s format.
    Invocations,
    /// What the server or a model is.
    Metadata,
    /// Whether it lives and is ready.
    Health,
    /// What it counts.
    Metrics,
    /// Anything else.
    Other,
}

impl EncodeLabelValue for Endpoint {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), std::fmt::Error> {
        encoder.write_str(match self {
            Self::Infer => "infer",
            Self::Invocations => "invocations",
            Self::Metadata => "metadata",
            Self::Health => "health",
            Self::Metrics => "metrics",
            Self::Other => "other",
        })
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    endpoint: Endpoint,
    code: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Asked {
    endpoint: Endpoint,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ModelInfo {
    model: String,
    version: String,
    subject: String,
    released: String,
}

/// Everything that is counted.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Request, Counter>,
    latency: Family<Asked, Histogram, fn() -> Histogram>,
    /// The two of the most frequent case, which are not looked up.
    inferred: Counter,
    infer_latency: Histogram,
    model: Family<ModelInfo, Gauge>,
    /// Rows answered.
    pub(crate) predictions: Counter,
    /// Rows recorded.
    pub(crate) recorded: Counter,
    /// Rows that were to be recorded and are not.
    pub(crate) lost: Counter,
    /// Requests being answered.
    pub(crate) in_flight: Gauge,
    /// Connections.
    pub(crate) connections: Gauge,
    /// Connections that were one too many.
    pub(crate) refused_connections: Counter,
    /// Times that another model took over.
    pub(crate) switches: Counter<u64, AtomicU64>,
}

fn histogram() -> Histogram {
    Histogram::new(BUCKETS)
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let requests = Family::<Request, Counter>::default();
        let histograms: fn() -> Histogram = histogram;
        let latency = Family::new_with_constructor(histograms);
        let infer = Request { endpoint: Endpoint::Infer, code: 200 };
        let inferred = requests.get_or_create(&infer).clone();
        let infer_latency = latency.get_or_create(&Asked { endpoint: Endpoint::Infer }).clone();
        let mut metrics = Self {
            registry: Registry::default(),
            requests,
            latency,
            inferred,
            infer_latency,
            model: Family::default(),
            predictions: Counter::default(),
            recorded: Counter::default(),
            lost: Counter::default(),
            in_flight: Gauge::default(),
            connections: Gauge::default(),
            refused_connections: Counter::default(),
            switches: Counter::default(),
        };
        metrics.register();
        metrics
    }

    fn register(&mut self) {
        let registry = self.registry.sub_registry_with_prefix("plimsoll");
        registry.register(
            "requests",
            "Requests by endpoint and status code",
            self.requests.clone(),
        );
        registry.register(
            "request_duration_seconds",
            "From the head of a request to its answer",
            self.latency.clone(),
        );
        registry.register("predictions", "Rows answered", self.predictions.clone());
        registry.register(
            "capture_rows_recorded",
            "Rows handed to the journal",
            self.recorded.clone(),
        );
        registry.register("capture_rows_lost", "Rows that were not recorded", self.lost.clone());
        registry.register("requests_in_flight", "Requests being answered", self.in_flight.clone());
        registry.register("connections", "Open connections", self.connections.clone());
        registry.register(
            "connections_refused",
            "Connections beyond the limit",
            self.refused_connections.clone(),
        );
        registry.register(
            "model_switches",
            "Times that another model took over",
            self.switches.clone(),
        );
        registry.register("model_info", "The model that answers", self.model.clone());
    }

    /// Counts a request that was answered.
    pub(crate) fn answered(&self, endpoint: Endpoint, status: StatusCode, took: Duration) {
        if endpoint == Endpoint::Infer && status == StatusCode::OK {
            self.inferred.inc();
            self.infer_latency.observe(took.as_secs_f64());
            return;
        }
        self.requests.get_or_create(&Request { endpoint, code: status.as_u16() }).inc();
        self.latency.get_or_create(&Asked { endpoint }).observe(took.as_secs_f64());
    }

    /// Names the model that answers from now on.
    pub(crate) fn serves(&self, about: &About) {
        self.model.clear();
        let info = ModelInfo {
            model: about.name.clone(),
            version: about.version.clone().unwrap_or_default(),
            subject: about.subject.clone().unwrap_or_default(),
            released: about.released.to_string(),
        };
        self.model.get_or_create(&info).set(1);
    }

    /// Writes everything.
    pub(crate) fn text(&self) -> String {
        let mut text = String::with_capacity(4096);
        // A string takes whatever is written to it.
        _ = encode(&mut text, &self.registry);
        text
    }
}
