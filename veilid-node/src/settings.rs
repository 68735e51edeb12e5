//! The configuration: the library's default with ours laid over it.

use std::path::PathBuf;

use serde_json::Value;
use veilid_core::VeilidConfig;

pub struct Settings {
    pub config: VeilidConfig,
    /// The directory of the stores, where the caller named one. One node at a time may use it.
    pub storage: Option<PathBuf>,
}

/// Objects are merged, everything else replaces.
fn merge(base: &mut Value, overlay: Value) {
    match (base, overlay) {
        (Value::Object(base), Value::Object(overlay)) => {
            for (key, value) in overlay {
                merge(base.entry(key).or_insert(Value::Null), value);
            }
        }
        (base, overlay) => *base = overlay,
    }
}

/// `text` is a JSON object in the library's own form; its member `node.storage_dir` is ours and names the directory of the stores.
/// Errors never quote the text: it holds the device password.
pub fn parse(text: &str) -> Result<Settings, String> {
    let place = |e: serde_json::Error| format!("the configuration is not valid (line {}, column {})", e.line(), e.column());
    let mut overlay: Value = serde_json::from_str(text).map_err(place)?;
    let own = overlay
        .as_object_mut()
        .ok_or("the configuration must be an object")?
        .remove("node")
        .unwrap_or(Value::Null);
    let program = overlay["program_name"].as_str().unwrap_or("sotto").to_owned();
    let base = VeilidConfig::new(&program, "", "", own["storage_dir"].as_str(), None);
    let mut merged = serde_json::to_value(&base).map_err(place)?;
    merge(&mut merged, overlay);
    let config = serde_json::from_value(merged).map_err(|_| "the configuration does not fit this version of Veilid".to_owned())?;
    Ok(Settings { config, storage: own["storage_dir"].as_str().map(PathBuf::from) })
}
