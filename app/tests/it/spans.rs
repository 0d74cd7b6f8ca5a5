//! Traces, as a collector of OpenTelemetry's receives them over HTTP from a real `neo serve`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Child;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;

use crate::program::Program;
use crate::support;

/// What was received: each span with the name of its service.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<(String, Span)>>>);

impl Collector {
    /// Its address.
    fn begin(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = format!("http://{}", listener.local_addr().unwrap());
        let collector = self.clone();
        std::thread::spawn(move || {
            for line in listener.incoming() {
                let collector = collector.clone();
                std::thread::spawn(move || collector.receive(line.unwrap()));
            }
        });
        at
    }

    fn receive(&self, line: TcpStream) -> Option<()> {
        let mut reader = BufReader::new(line.try_clone().unwrap());
        loop {
            let mut head = String::new();
            let mut length = 0;
            while !head.ends_with("\r\n\r\n") {
                let mut line = String::new();
                if reader.read_line(&mut line).ok()? == 0 {
                    return None;
                }
                if let Some(n) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = n.trim().parse().unwrap();
                }
                head.push_str(&line);
            }
            assert!(head.starts_with("POST /v1/traces HTTP/1.1\r\n"), "{head}");
            assert!(head.to_ascii_lowercase().contains("application/x-protobuf"), "{head}");
            let mut body = vec![0; length];
            reader.read_exact(&mut body).ok()?;
            let request = ExportTraceServiceRequest::decode(&*body).unwrap();
            for resource in request.resource_spans {
                let service = resource.resource.into_iter().flat_map(|resource| resource.attributes);
                let service: Vec<_> = service.filter(|pair| pair.key == "service.name").collect();
                let name = text(&service[0].value.as_ref().unwrap().value);
                let spans = resource.scope_spans.into_iter().flat_map(|scope| scope.spans);
                self.0.lock().unwrap().extend(spans.map(|span| (name.clone(), span)));
            }
            (&line).write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").ok()?;
        }
    }

    fn named(&self, name: &str) -> Vec<Span> {
        let all = self.0.lock().unwrap();
        all.iter().filter(|(_, span)| span.name == name).map(|(_, span)| span.clone()).collect()
    }
}

fn text(value: &Option<Value>) -> String {
    match value {
        Some(Value::StringValue(text)) => text.clone(),
        other => format!("{other:?}"),
    }
}

fn said(span: &Span, key: &str) -> String {
    let pair = span.attributes.iter().find(|pair| pair.key == key);
    pair.map_or_else(String::new, |pair| text(&pair.value.as_ref().unwrap().value))
}

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_request_leads_to_its_run_its_tasks_and_their_statements_and_no_value_is_told() {
    let collector = Collector::default();
    let (at, port) = (collector.begin(), support::free_port());
    let program = Program::bare()
        .with("DB_ENCRYPTION_KEY", "0123456789abcdef0123456789ABCDEF")
        .with("LISTEN", &format!("127.0.0.1:{port}"));
    program.migration("20260101000001_begin.up.sql", "create table people (name text, age integer);");
    program.run("tenant create acme").expect(0);
    let token = program.run("token create ci --role admin --for 1d").expect(0).out.trim().to_owned();
    program.migration("20260101000002_fill.up.sql", "insert into people values ('whom nobody is told of', 47110815);");
    let log = std::fs::File::create(program.dir.path().join("log")).unwrap();
    let env = [("OTEL_EXPORTER_OTLP_ENDPOINT", at.as_str()), ("OTEL_SERVICE_NAME", "neo-east"), ("LOG_FORMAT", "json")];
    let server = Server(program.start_logged("serve", &env, log));
    let began = Instant::now();
    let until = |what: &str, is: &dyn Fn() -> bool| {
        while !is() {
            assert!(began.elapsed() < Duration::from_secs(60), "not within a minute: {what}");
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    until("it listens", &|| TcpStream::connect(("127.0.0.1", port)).is_ok());

    let trace = "0af7651916cd43dd8448eb211c80319c";
    let body = r#"{"goal":{"migrate":{}},"selection":{"keys":["acme"]}}"#;
    let mut line = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let head = format!(
        "POST /api/v1/runs/start HTTP/1.1\r\nhost: central.localhost:{port}\r\nauthorization: Bearer {token}\r\n\
         traceparent: 00-{trace}-b7ad6b7169203331-01\r\ncontent-type: application/json\r\nconnection: close\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    line.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    line.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
    until("the run's spans", &|| !collector.named("migrate run 2").is_empty());
    until("the request's span", &|| !collector.named("POST /api/v1/runs/start").is_empty());

    let request = &collector.named("POST /api/v1/runs/start")[0];
    let run = &collector.named("migrate run 2")[0];
    let task = collector.named("task").into_iter().find(|span| said(span, "neo.tenant") == "acme").unwrap();
    assert_eq!(request.trace_id, hex::decode(trace).unwrap());
    assert_eq!(request.parent_span_id, hex::decode("b7ad6b7169203331").unwrap());
    assert_eq!((&run.trace_id, &run.parent_span_id), (&request.trace_id, &request.span_id));
    assert_eq!((&task.trace_id, &task.parent_span_id), (&run.trace_id, &run.span_id));
    assert_eq!(said(&task, "neo.status"), "succeeded");
    let statements = collector.named("statement");
    let own: Vec<_> = statements.iter().filter(|span| span.trace_id == run.trace_id).collect();
    let filled = own.iter().find(|span| said(span, "db.query.text").contains("insert into people values ( , ?)"));
    assert!(filled.is_some(), "{:?}", own.iter().map(|span| said(span, "db.query.text")).collect::<Vec<_>>());
    assert_eq!(said(filled.unwrap(), "db.system.name"), "sqlite");
    let files = collector.named("migration");
    let file = files.iter().find(|span| span.trace_id == run.trace_id).unwrap();
    assert!(said(file, "neo.version").contains("20260101000002") && said(file, "neo.direction") == "up", "{file:?}");
    assert_eq!((&file.parent_span_id, &filled.unwrap().parent_span_id), (&task.span_id, &file.span_id));
    assert!(collector.0.lock().unwrap().iter().all(|(service, _)| service == "neo-east"));
    let all = format!("{:?}", collector.0.lock().unwrap());
    for value in ["whom nobody", "47110815", &token] {
        assert!(!all.contains(value), "{value} is in a trace");
    }
    // What is traced is no part of the log.
    let log = std::fs::read_to_string(program.dir.path().join("log")).unwrap();
    assert!(log.contains("\"answered\"") && !log.contains("neo.person") && !log.contains("\"spans\""), "{log}");
    drop(server);
}

#[test]
fn a_collector_that_is_away_or_none_is_said_or_in_nobodys_way() {
    let program = Program::new().with("OTEL_EXPORTER_OTLP_ENDPOINT", "ftp://nowhere");
    let answer = program.run("tenant list");
    assert_eq!(answer.code, 2, "{}", answer.err);
    assert!(answer.err.contains("OTEL_EXPORTER_OTLP_ENDPOINT"), "{}", answer.err);
    let nobody = format!("http://127.0.0.1:{}", support::free_port());
    let program = Program::new().with("OTEL_EXPORTER_OTLP_ENDPOINT", &nobody);
    let began = Instant::now();
    program.run("tenant create acme").expect(0);
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
}
