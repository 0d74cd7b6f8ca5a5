//! Where traces go: to a collector of OpenTelemetry's, over HTTP, in the background. One that is away is no matter of anybody's.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use neo::cli::Spans;
use neo::error::{Advice, Error, Result};
use neo::oidc::Web;
use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tokio::runtime::Handle;
use tracing_subscriber::Layer;
use url::Url;

use crate::web::Http;

/// What is not collected by then when the program ends is lost.
const FAREWELL: Duration = Duration::from_secs(3);

/// Begins to collect, as this service: what takes the spans in, and what sends the last of them when the program ends.
pub fn open(endpoint: &str, name: &str, runtime: &Handle) -> Result<Spans> {
    let cannot = |why: String| {
        Error::config("OTEL_EXPORTER_OTLP_ENDPOINT cannot be used")
            .cause(why)
            .hint(Advice::operator("the address of a collector, without a path of its own: http://127.0.0.1:4318"))
    };
    let url = Url::parse(endpoint).map_err(|error| cannot(error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(cannot("it begins with neither http:// nor https://".to_owned()));
    }
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(Client { http: Http::default(), runtime: runtime.clone() })
        .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
        .with_protocol(Protocol::HttpBinary)
        .build()
        .map_err(|error| cannot(error.to_string()))?;
    let resource = Resource::builder()
        .with_service_name(name.to_owned())
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .with_attribute(KeyValue::new("service.instance.id", neo::id::new()));
    let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource.build()).build();
    let layer =
        tracing_opentelemetry::layer().with_tracer(provider.tracer("neo")).with_location(false).with_threads(false);
    let end = move || {
        if let Err(error) = provider.shutdown_with_timeout(FAREWELL) {
            tracing::debug!("the last traces were not collected: {error}");
        }
    };
    Ok(Spans { layer: layer.boxed(), end: Box::new(end) })
}

/// The exporter has a thread of its own; the way out is on the program's.
struct Client {
    http: Http,
    runtime: Handle,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Client")
    }
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> std::result::Result<Response<Bytes>, HttpError> {
        let (http, request) = (self.http.clone(), request.map(|body| body.to_vec()));
        let answer = self.runtime.spawn(async move { http.send(request).await }).await?;
        Ok(answer.map_err(|unreached| unreached.0)?.map(Bytes::from))
    }
}
