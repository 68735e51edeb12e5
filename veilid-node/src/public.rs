//! What leaves this process: everything but the configuration and the peers, and the traffic added up.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::{json, Value};
use veilid_core::VeilidStateNetwork;
use veilid_remote_api::RecvMessage;

/// Statistics come once a second. After a longer pause (a suspended computer) their rates say nothing about it.
const LONGEST_STEP: Duration = Duration::from_secs(5);

/// Bytes since the start, from the rates that the library tells.
#[derive(Default)]
pub struct Traffic(Mutex<Sums>);

#[derive(Default)]
struct Sums {
    last: Option<Instant>,
    down: f64,
    up: f64,
}

impl Traffic {
    pub fn add(&self, network: &VeilidStateNetwork) {
        let Ok(mut sums) = self.0.lock() else { return };
        let now = Instant::now();
        let step = sums.last.map_or(Duration::ZERO, |last| now - last).min(LONGEST_STEP).as_secs_f64();
        sums.last = Some(now);
        sums.down += network.bps_down.as_u64() as f64 * step;
        sums.up += network.bps_up.as_u64() as f64 * step;
    }

    fn totals(&self) -> (u64, u64) {
        self.0.lock().map_or((0, 0), |sums| (sums.down as u64, sums.up as u64))
    }
}

/// A message as the reader gets it: `GetState` without its configuration and its peers. Their number and the traffic are added.
pub fn public_form(message: &RecvMessage, traffic: &Traffic) -> Option<Value> {
    let mut value = serde_json::to_value(message).ok()?;
    if value["op"] == "GetState" {
        if let Some(state) = value.get_mut("value").filter(|state| state.is_object()) {
            state["config"] = Value::Null;
            if let Some(network) = state["network"].as_object_mut() {
                let count = network.get("peers").and_then(Value::as_array).map_or(0, Vec::len);
                let (down, up) = traffic.totals();
                network.insert("peers".into(), json!([]));
                network.insert("peer_count".into(), json!(count));
                network.insert("bytes_down".into(), json!(down));
                network.insert("bytes_up".into(), json!(up));
            }
        }
    }
    Some(value)
}
