//! A Veilid node behind newline-delimited JSON.
//!
//! Usage: `veilid-node --config FILE`, or `--config -` when the first line of stdin is the configuration.
//!
//! stdin: one request per line, as veilid-server takes them. stdout: first
//! `{"type":"Hello","version":…,"veilid":…}`, then responses and updates, one per line. stderr: log (RUST_LOG).
//! The configuration and the list of peers never leave: who else is in the network is nobody's business.
//! The node shuts down on end of input, on SIGTERM or SIGINT and on `Control ["Shutdown"]`.

mod lines;
mod settings;

use std::sync::Arc;
use std::time::Duration;

use lines::{read_line, Line, Output};
use serde_json::{json, Value};
use tokio::io::BufReader;
use tokio::signal::unix::{signal, SignalKind};
use tokio::sync::Semaphore;
use veilid_core::{api_startup, VeilidUpdate};
use veilid_remote_api::{JsonRequestProcessor, RecvMessage, Request, RequestOp};

/// Requests that may be in progress at the same time.
const MAX_IN_FLIGHT: usize = 256;

type Input = BufReader<tokio::io::Stdin>;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(4 * 1024 * 1024)
        .build()
        .expect("the async runtime starts");
    let code = runtime.block_on(async { Box::pin(run()).await });
    // stdin is read on a blocking thread that cannot be cancelled: do not wait for it
    runtime.shutdown_timeout(Duration::from_millis(200));
    std::process::exit(code);
}

async fn run() -> i32 {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let path = match args[..] {
        ["--version"] => {
            println!("veilid-node {} (veilid-core {})", env!("CARGO_PKG_VERSION"), veilid_core::veilid_version_string());
            return 0;
        }
        ["--config", path] => path,
        _ => {
            eprintln!("usage: veilid-node --config FILE | --config - | --version");
            return 2;
        }
    };
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("error"));
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).with_env_filter(filter).init();

    let mut input = BufReader::new(tokio::io::stdin());
    let text = match path {
        "-" => match read_line(&mut input).await {
            Line::Text(text) => text,
            Line::TooLong | Line::End => String::new(),
        },
        _ => match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(e) => {
                eprintln!("cannot read {path}: {e}");
                return 2;
            }
        },
    };
    let config = match settings::parse(&text) {
        Ok(config) => config,
        Err(message) => {
            eprintln!("{message}");
            return 2;
        }
    };

    let (output, writer) = Output::start();
    output.answer(json!({"type": "Hello", "version": env!("CARGO_PKG_VERSION"), "veilid": veilid_core::veilid_version_string()})).await;
    let updates = output.clone();
    let callback = Arc::new(move |update: VeilidUpdate| {
        if matches!(update, VeilidUpdate::Config(_)) {
            return;
        }
        let statistics = matches!(update, VeilidUpdate::Network(_));
        if let Some(value) = public_form(&RecvMessage::Update(update)) {
            updates.update(value, statistics);
        }
    });
    let api = match Box::pin(api_startup(callback, config)).await {
        Ok(api) => api,
        Err(e) => {
            eprintln!("the node did not start: {e}");
            return 1;
        }
    };
    let processor = JsonRequestProcessor::new(api.clone());
    wait_for_end(input, processor, output.clone()).await;
    Box::pin(api.shutdown()).await;
    drop(output);
    // the library keeps the update callback for a moment: give the last lines time to leave
    let _ = tokio::time::timeout(Duration::from_secs(1), writer).await;
    0
}

async fn wait_for_end(input: Input, processor: JsonRequestProcessor, output: Output) {
    let (Ok(mut term), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) else {
        return;
    };
    tokio::select! {
        () = serve(input, processor, output) => (),
        _ = term.recv() => (),
        _ = interrupt.recv() => (),
    }
}

/// Answers requests until the end of input or `Control ["Shutdown"]`.
async fn serve(mut input: Input, processor: JsonRequestProcessor, output: Output) {
    let limit = Arc::new(Semaphore::new(MAX_IN_FLIGHT));
    loop {
        let line = match read_line(&mut input).await {
            Line::End => return,
            Line::TooLong => {
                output.answer(refusal(0, "ParseError", "the line is too long")).await;
                continue;
            }
            Line::Text(line) if line.is_empty() => continue,
            Line::Text(line) => line,
        };
        let request: Request = match serde_json::from_str(&line) {
            Ok(request) => request,
            Err(e) => {
                let id = serde_json::from_str::<Value>(&line).ok().and_then(|v| v["id"].as_u64()).unwrap_or(0);
                output.answer(refusal(id, "ParseError", &e.to_string())).await;
                continue;
            }
        };
        if let RequestOp::Control { args } = &request.op {
            let id = request.id;
            match args.first().map(String::as_str) {
                Some("Shutdown") => {
                    output.answer(json!({"type": "Response", "id": id, "op": "Control", "value": ""})).await;
                    return;
                }
                _ => output.answer(refusal(id.into(), "Unimplemented", "unknown control command")).await,
            }
            continue;
        }
        let Ok(permit) = limit.clone().acquire_owned().await else { return };
        let (processor, output) = (processor.clone(), output.clone());
        tokio::spawn(async move {
            let response = Box::pin(processor.process_request(request)).await;
            if let Some(value) = public_form(&RecvMessage::Response(response)) {
                output.answer(value).await;
            }
            drop(permit);
        });
    }
}

fn refusal(id: u64, kind: &str, message: &str) -> Value {
    json!({"type": "Response", "id": id, "op": "Control", "error": {"kind": kind, "message": message, "value": ""}})
}

/// A message without the configuration and without the peers; their number stays.
fn public_form(message: &RecvMessage) -> Option<Value> {
    let mut value = serde_json::to_value(message).ok()?;
    if value["type"] == "Update" && value["kind"] == "Network" {
        hide_peers(&mut value);
    }
    if value["op"] == "GetState" {
        if let Some(state) = value.get_mut("value").filter(|state| state.is_object()) {
            state["config"] = Value::Null;
            hide_peers(&mut state["network"]);
        }
    }
    Some(value)
}

fn hide_peers(network: &mut Value) {
    if let Some(network) = network.as_object_mut() {
        let count = network.get("peers").and_then(Value::as_array).map_or(0, Vec::len);
        network.insert("peers".into(), json!([]));
        network.insert("peer_count".into(), json!(count));
    }
}
