//! A Veilid node behind newline-delimited JSON.
//!
//! Usage: `veilid-node --config FILE`, or `--config -` when the first line of stdin is the configuration;
//! `--version`; `--schema Request|RecvMessage` prints the library's own JSON schema of what goes in or comes out.
//!
//! stdin: one request per line, as veilid-server takes them. stdout: first
//! `{"type":"Hello","version":…,"veilid":…}`, then responses and updates, one per line; or `{"type":"Busy"}` and exit
//! status 3 when another node uses the directory. stderr: log (RUST_LOG).
//! The configuration and the list of peers never leave: who else is in the network is nobody's business. Statistics are
//! added up here and told with `GetState`, so that an idle reader is not woken every second.
//! The node shuts down on end of input, on SIGTERM or SIGINT and on `Control ["Shutdown"]`.

mod directory;
mod lines;
mod public;
mod settings;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use directory::{hold, Held};
use lines::{read_line, Line, Output};
use public::{public_form, Traffic};
use serde_json::{json, Value};
use settings::Settings;
use tokio::io::BufReader;
use tokio::signal::unix::{signal, SignalKind};
use tokio::sync::Semaphore;
use veilid_core::{api_startup, VeilidUpdate};
use veilid_remote_api::{JsonRequestProcessor, RecvMessage, Request, RequestOp};

/// Requests that may be in progress at the same time.
const MAX_IN_FLIGHT: usize = 256;
/// A shutdown takes 2 to 8 s. One that hangs must not keep the directory from the next node.
const SHUTDOWN_LIMIT: Duration = Duration::from_secs(20);
/// Exit status: another node uses the directory.
const BUSY: i32 = 3;

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
        ["--schema", name] => {
            let mut schemas = HashMap::new();
            veilid_remote_api::emit_schemas(&mut schemas);
            let Some(schema) = schemas.get(name) else {
                eprintln!("there are only --schema Request and --schema RecvMessage");
                return 2;
            };
            println!("{schema}");
            return 0;
        }
        ["--config", path] => path,
        _ => {
            eprintln!("usage: veilid-node --config FILE | --config - | --schema NAME | --version");
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
    let Settings { config, storage } = match settings::parse(&text) {
        Ok(settings) => settings,
        Err(message) => {
            eprintln!("{message}");
            return 2;
        }
    };
    let _held = match storage.as_deref().map(hold).transpose() {
        Ok(Some(Held::ByAnother)) => {
            println!("{}", json!({"type": "Busy"}));
            return BUSY;
        }
        Ok(held) => held,
        Err(e) => {
            eprintln!("the directory of the node cannot be used: {e}");
            return 1;
        }
    };

    let (output, writer) = Output::start();
    output.answer(json!({"type": "Hello", "version": env!("CARGO_PKG_VERSION"), "veilid": veilid_core::veilid_version_string()})).await;
    let traffic = Arc::new(Traffic::default());
    let (updates, sums) = (output.clone(), traffic.clone());
    let callback = Arc::new(move |update: VeilidUpdate| match update {
        VeilidUpdate::Config(_) => (),
        VeilidUpdate::Network(network) => sums.add(&network),
        update => {
            if let Some(value) = public_form(&RecvMessage::Update(update), &sums) {
                updates.update(value);
            }
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
    wait_for_end(input, Node { processor, output: output.clone(), traffic }).await;
    if tokio::time::timeout(SHUTDOWN_LIMIT, Box::pin(api.shutdown())).await.is_err() {
        eprintln!("the shutdown took too long and was cut short");
    }
    drop(output);
    // the library keeps the update callback for a moment: give the last lines time to leave
    let _ = tokio::time::timeout(Duration::from_secs(1), writer).await;
    0
}

/// What answers a request.
#[derive(Clone)]
struct Node {
    processor: JsonRequestProcessor,
    output: Output,
    traffic: Arc<Traffic>,
}

async fn wait_for_end(input: Input, node: Node) {
    let (Ok(mut term), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) else {
        return;
    };
    tokio::select! {
        () = serve(input, node) => (),
        _ = term.recv() => (),
        _ = interrupt.recv() => (),
    }
}

/// Answers requests until the end of input or `Control ["Shutdown"]`.
async fn serve(mut input: Input, node: Node) {
    let output = &node.output;
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
        let Node { processor, output, traffic } = node.clone();
        tokio::spawn(async move {
            let response = Box::pin(processor.process_request(request)).await;
            if let Some(value) = public_form(&RecvMessage::Response(response), &traffic) {
                output.answer(value).await;
            }
            drop(permit);
        });
    }
}

fn refusal(id: u64, kind: &str, message: &str) -> Value {
    json!({"type": "Response", "id": id, "op": "Control", "error": {"kind": kind, "message": message, "value": ""}})
}
