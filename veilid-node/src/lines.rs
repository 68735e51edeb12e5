//! The two ends of the pipe, each with a bound: lines in by length, lines out by number.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

use serde_json::{json, Value};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;

/// The longest line read from stdin, in bytes. The largest request carries 32,768 bytes as 43,691 characters.
pub const MAX_LINE: usize = 256 * 1024;
/// Lines that wait for a slow reader. At most 44 KB each, so about 11 MB.
const MAX_QUEUE: usize = 256;

pub enum Line {
    Text(String),
    TooLong,
    End,
}

/// The next line without its end. A line over MAX_LINE is read to its end and forgotten.
pub async fn read_line<R: AsyncBufRead + Unpin>(input: &mut R) -> Line {
    let mut bytes = Vec::new();
    let mut too_long = false;
    loop {
        let room = (MAX_LINE + 1 - bytes.len()) as u64;
        match (&mut *input).take(room).read_until(b'\n', &mut bytes).await {
            Err(_) => return Line::End,
            Ok(0) if bytes.is_empty() && !too_long => return Line::End,
            Ok(count) => {
                if count == 0 || bytes.last() == Some(&b'\n') {
                    break;
                }
                if bytes.len() > MAX_LINE {
                    too_long = true;
                    bytes.clear();
                }
            }
        }
    }
    if too_long {
        return Line::TooLong;
    }
    Line::Text(String::from_utf8_lossy(&bytes).trim().to_owned())
}

/// The queue to stdout. Answers wait for room, updates never do: the library must not be blocked.
#[derive(Clone)]
pub struct Output {
    queue: mpsc::Sender<String>,
    lost: Arc<AtomicU64>,
}

impl Output {
    /// The queue and the task that empties it.
    pub fn start() -> (Self, tokio::task::JoinHandle<()>) {
        let (queue, lines) = mpsc::channel(MAX_QUEUE);
        let lost = Arc::new(AtomicU64::new(0));
        let writer = tokio::spawn(write(lines, lost.clone()));
        (Output { queue, lost }, writer)
    }

    pub async fn answer(&self, value: Value) {
        // fails only when stdout is closed, and then stdin soon is as well
        let _ = self.queue.send(value.to_string()).await;
    }

    pub fn update(&self, value: Value) {
        if self.queue.try_send(value.to_string()).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Says `{"type":"Lost","count":n}` after updates had to be dropped: the reader then asks for the state again.
async fn write(mut lines: mpsc::Receiver<String>, lost: Arc<AtomicU64>) {
    let mut stdout = tokio::io::stdout();
    while let Some(mut line) = lines.recv().await {
        line.push('\n');
        let count = lost.swap(0, Ordering::Relaxed);
        if count > 0 {
            line.push_str(&json!({"type": "Lost", "count": count}).to_string());
            line.push('\n');
        }
        if stdout.write_all(line.as_bytes()).await.is_err() || stdout.flush().await.is_err() {
            break;
        }
    }
}
