//! The terminal: taken over, and given back as it was, whatever ends the process.
//!
//! Four ways out: the end, a panic (its hook), a signal (the event loop hears it), and a death without a word. For the
//! last a watcher of its own process group holds the other end of a pipe: when that closes without a good-bye, it sets
//! the terminal's modes back and leaves the second screen.

use crossterm::event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture};
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use crossterm::{cursor, execute};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use std::io::{self, BufRead as _, BufReader, Stdout, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, Once, PoisonError};
use std::thread::{self, ThreadId};

/// Waits for a word; without one, the terminal is put back. It reads the modes before they are changed.
const WATCH: &str = r#"trap '' INT TERM HUP QUIT TTOU TTIN TSTP PIPE
saved=$(stty -g </dev/tty 2>/dev/null) || exit 0
echo ready
read -r word && exit 0
stty "$saved" </dev/tty
printf '\033[?1006l\033[?1015l\033[?1003l\033[?1002l\033[?1000l\033[?2004l\033[?1049l\033[?25h\033[0m' >/dev/tty
"#;

/// A terminal that is taken over until this is dropped.
pub struct Taken {
    /// To draw on.
    pub terminal: Terminal<CrosstermBackend<Stdout>>,
    watcher: Option<Child>,
}

impl Taken {
    /// Takes it over.
    ///
    /// # Errors
    /// There is no terminal.
    pub fn over() -> io::Result<Self> {
        let watcher = watch();
        on_panic();
        enable_raw_mode()?;
        let taken =
            execute!(io::stdout(), EnterAlternateScreen, EnableMouseCapture, EnableBracketedPaste, cursor::Hide)
                .and_then(|()| Terminal::new(CrosstermBackend::new(io::stdout())));
        match taken {
            Ok(terminal) => Ok(Self { terminal, watcher }),
            Err(error) => {
                give_back();
                Err(error)
            }
        }
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        give_back();
        draws(None);
        let Some(mut watcher) = self.watcher.take() else { return };
        if let Some(mut word) = watcher.stdin.take() {
            // Where the watcher is gone nobody needs the word.
            let _ = word.write_all(b"done\n");
        }
        let _ = watcher.wait();
    }
}

/// Everything as it was; nothing here can fail in a way that somebody could help.
fn give_back() {
    let _ = disable_raw_mode();
    let _ = execute!(io::stdout(), DisableBracketedPaste, DisableMouseCapture, LeaveAlternateScreen, cursor::Show);
}

/// Which thread draws, while one does.
static DRAWS: Mutex<Option<ThreadId>> = Mutex::new(None);

fn draws(thread: Option<ThreadId>) {
    *DRAWS.lock().unwrap_or_else(PoisonError::into_inner) = thread;
}

/// A panic of the thread that draws gives the terminal back before it is told. One of another thread's (an agent's, in
/// a process with more than a dashboard) is that thread's alone, and would be written across the picture.
fn on_panic() {
    static ONCE: Once = Once::new();
    draws(Some(thread::current().id()));
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let draws = DRAWS.try_lock().map_or(None, |draws| *draws);
            match draws {
                Some(thread) if thread != thread::current().id() => tracing::error!(%panic, "a thread panicked"),
                Some(_) => {
                    give_back();
                    before(panic);
                }
                None => before(panic),
            }
        }));
    });
}

/// Starts the watcher and waits until it knows the modes; none where there is no shell or no terminal of ours.
fn watch() -> Option<Child> {
    let mut watcher = Command::new("/bin/sh")
        .args(["-c", WATCH])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .ok()?;
    let mut line = String::new();
    let said = watcher.stdout.take().and_then(|out| BufReader::new(out).read_line(&mut line).ok());
    if said.is_some() && line.trim() == "ready" {
        return Some(watcher);
    }
    let _ = watcher.kill();
    let _ = watcher.wait();
    None
}
