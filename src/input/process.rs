//! Runs another program within bounds of time and of what it writes. Knows nothing of what the
//! program does.

use std::io::{self, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

/// What a program may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Until its end.
    pub time: Duration,
    /// Bytes of standard output.
    pub output: usize,
    /// Bytes that are kept from the end of standard error; the rest is read and dropped.
    pub complaint: usize,
}

/// Why a program gave nothing. `complaint` is the end of its standard error.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// It cannot be started.
    #[error("cannot be started: {0}")]
    Start(io::Error),
    /// It ended badly.
    #[error("ended with {status}{}", said(complaint))]
    Failed {
        /// Exit status as the system words it.
        status: String,
        /// The end of standard error.
        complaint: String,
    },
    /// It took too long and was killed.
    #[error("did not end within {} s{}", time.as_secs_f32(), said(complaint))]
    TimedOut {
        /// The limit.
        time: Duration,
        /// The end of standard error.
        complaint: String,
    },
    /// It wrote too much and was killed.
    #[error("wrote more than {0} bytes")]
    Flooded(usize),
}

fn said(complaint: &str) -> String {
    let complaint = complaint.trim();
    if complaint.is_empty() { String::new() } else { format!(": {complaint}") }
}

/// A piece of what a program writes.
enum Written {
    Output(Vec<u8>),
    Complaint(Vec<u8>),
    /// One of both streams is at its end.
    End,
}

/// Starts a program without standard input and gives what it wrote to standard output, once it ended
/// well. Otherwise it is killed, on Unix together with the processes it started.
pub fn run(mut command: Command, limits: Limits) -> Result<Vec<u8>, ProcessError> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.spawn().map_err(ProcessError::Start)?;
    let result = attend(&mut child, limits);
    if !matches!(result, Ok(_) | Err(ProcessError::Failed { .. })) {
        kill(&mut child);
    }
    result
}

/// Reads what a program writes and waits for its end. It is not waited for before both streams are
/// at their end, so that its number stays its own for as long as it may have to be killed.
fn attend(child: &mut Child, limits: Limits) -> Result<Vec<u8>, ProcessError> {
    let deadline = Instant::now() + limits.time;
    let (sender, receiver) = sync_channel(16);
    follow(child.stdout.take(), Written::Output, sender.clone());
    follow(child.stderr.take(), Written::Complaint, sender);
    let (mut output, mut complaint) = (Vec::new(), Vec::new());
    let mut open = 2;
    let late = |complaint: &[u8]| ProcessError::TimedOut {
        time: limits.time,
        complaint: String::from_utf8_lossy(complaint).into_owned(),
    };
    while open > 0 {
        match receiver.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(Written::Output(bytes)) => {
                if output.len() + bytes.len() > limits.output {
                    return Err(ProcessError::Flooded(limits.output));
                }
                output.extend(bytes);
            }
            Ok(Written::Complaint(bytes)) => {
                complaint.extend(bytes);
                let above = complaint.len().saturating_sub(limits.complaint);
                complaint.drain(..above);
            }
            Ok(Written::End) => open -= 1,
            Err(RecvTimeoutError::Timeout) => return Err(late(&complaint)),
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    let mut pause = Duration::from_millis(1);
    loop {
        match child.try_wait().map_err(ProcessError::Start)? {
            Some(status) if status.success() => return Ok(output),
            Some(status) => {
                return Err(ProcessError::Failed {
                    status: status.to_string(),
                    complaint: String::from_utf8_lossy(&complaint).into_owned(),
                });
            }
            None if Instant::now() >= deadline => return Err(late(&complaint)),
            None => std::thread::sleep(pause),
        }
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

/// Passes on what a stream gives, in a thread of its own: a process that the program left behind may
/// keep the stream open for ever, and nobody waits for that thread.
fn follow(
    stream: Option<impl Read + Send + 'static>,
    piece: fn(Vec<u8>) -> Written,
    sender: SyncSender<Written>,
) {
    std::thread::spawn(move || {
        let mut chunk = vec![0; 1 << 16];
        if let Some(mut stream) = stream {
            loop {
                match stream.read(&mut chunk) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Ok(count) if count > 0 => {
                        if sender.send(piece(chunk[..count].to_vec())).is_err() {
                            return;
                        }
                    }
                    _ => break,
                }
            }
        }
        let _ = sender.send(Written::End);
    });
}

/// Ends a program that nobody has waited for yet, and its group.
fn kill(child: &mut Child) {
    #[cfg(unix)]
    {
        let group = rustix::process::Pid::from_child(child);
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}
