//! The loop: a closed list of what may wake it (a key, a click, a new size, a change, a signal), one picture at a time.

use super::Source;
use super::act::Asked;
use super::keys::{Key, press};
use super::screen::{Hit, Hits, draw};
use super::state::snapshot::{Snapshot, of};
use super::state::ui::{Mode, Ui};
use super::terminal::Taken;
use crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEventKind};
use ratatui::layout::Position;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};

/// Changes are drawn at most so often.
const TICK: Duration = Duration::from_millis(100);
/// Making pictures of a large economy takes its time, in which its source has to wait: between two of them there are so
/// many times what the last one took.
const REST: u32 = 4;
/// How long the reader of keys waits before it looks whether it is still wanted.
const READ: Duration = Duration::from_millis(50);

/// What may wake the loop.
#[derive(Debug)]
enum Input {
    /// The terminal said something.
    Terminal(Event),
    /// Time to look whether something changed.
    Tick,
    /// Somebody wants us to end.
    Signal,
}

/// Shows it until the person leaves, or a signal comes.
///
/// # Errors
/// There is no terminal, or it is gone.
pub async fn run(source: &Source, ui: Ui) -> io::Result<()> {
    let mut signals = Signals::new()?;
    let mut taken = Taken::over()?;
    let wanted = Arc::new(AtomicBool::new(true));
    let mut keys = reader(Arc::clone(&wanted));
    let mut tick = interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let (snapshot, made) = (snapshot(source, &Ui::default()), Instant::now());
    let mut look = Look { ui, hits: Hits::new(), version: 0, snapshot, made, took: Duration::ZERO };
    look.refresh(source, true);
    while !look.ui.is_over {
        taken.terminal.draw(|frame| look.hits = draw(&look.snapshot, &look.ui, frame.buffer_mut()))?;
        loop {
            let input = tokio::select! {
                event = keys.recv() => event.map_or(Input::Signal, Input::Terminal),
                _ = tick.tick() => Input::Tick,
                () = signals.any() => Input::Signal,
            };
            if look.take(input, source) {
                break;
            }
        }
    }
    wanted.store(false, Ordering::Relaxed);
    drop(taken);
    Ok(())
}

/// What is seen, and where a click means what.
struct Look {
    ui: Ui,
    hits: Hits,
    version: u64,
    snapshot: Snapshot,
    made: Instant,
    took: Duration,
}

impl Look {
    /// Takes an input; says whether the picture is another now.
    fn take(&mut self, input: Input, source: &Source) -> bool {
        match input {
            Input::Signal => self.ui.is_over = true,
            Input::Tick => return self.refresh(source, false),
            Input::Terminal(Event::Key(key)) if key.kind != KeyEventKind::Release => match key_of(key) {
                Some(key) => self.press(key, source),
                None => return false,
            },
            Input::Terminal(Event::Paste(text)) => {
                let types = matches!(self.ui.mode, Mode::Filter | Mode::Palette { .. } | Mode::Form(_));
                text.chars().take(4_000).filter(|_| types).for_each(|c| self.press(Key::Char(c), source));
            }
            Input::Terminal(Event::Mouse(mouse)) => match mouse.kind {
                MouseEventKind::Down(MouseButton::Left) => self.click(mouse.column, mouse.row, source),
                MouseEventKind::ScrollUp => self.press(Key::Up, source),
                MouseEventKind::ScrollDown => self.press(Key::Down, source),
                _ => return false,
            },
            Input::Terminal(Event::Resize(..)) => {}
            Input::Terminal(_) => return false,
        }
        true
    }

    fn press(&mut self, key: Key, source: &Source) {
        let before = self.ui.lens();
        let asked = press(&mut self.ui, &self.snapshot, key);
        self.ask(asked, source);
        if self.ui.lens() != before {
            self.refresh(source, true);
        }
    }

    fn click(&mut self, column: u16, row: u16, source: &Source) {
        if self.ui.mode != Mode::Look {
            return;
        }
        let at = Position { x: column, y: row };
        let hit = self.hits.iter().rev().find(|(area, _)| area.contains(at)).map(|(_, hit)| *hit);
        match hit {
            Some(Hit::Screen(screen)) => self.ui.go(screen),
            Some(Hit::Row(place)) if self.ui.chosen(&self.snapshot) == Some(place) => self.press(Key::Enter, source),
            Some(Hit::Row(place)) => self.ui.choose(place, &self.snapshot),
            Some(Hit::Key(key)) => self.press(key, source),
            Some(Hit::Part(part)) => self.ask(Some(Asked::Play(super::act::Play::Part(part))), source),
            None => {}
        }
    }

    fn ask(&mut self, asked: Option<Asked>, source: &Source) {
        if let Some(asked) = asked
            && source.asked.send(asked).is_err()
        {
            self.ui.message = Some((false, "nobody is there any more to do it".to_owned()));
        }
    }

    /// A new snapshot, where something changed. A frozen picture stays what it is.
    fn refresh(&mut self, source: &Source, at_once: bool) -> bool {
        if !at_once && self.made.elapsed() < self.took * REST {
            return false;
        }
        let mut model = source.model.read();
        let begun = Instant::now();
        let answered = model.facts.answers.pop_front();
        let is_new = model.version != self.version;
        if let Some(answer) = answered {
            self.ui.message = Some(answer);
        } else if !is_new && !at_once {
            return false;
        }
        if !self.ui.is_frozen || at_once {
            self.snapshot = of(&model, &self.ui.lens());
            self.version = model.version;
            (self.made, self.took) = (Instant::now(), begun.elapsed());
        }
        true
    }
}

fn snapshot(source: &Source, ui: &Ui) -> Snapshot {
    of(&source.model.read(), &ui.lens())
}

fn key_of(key: KeyEvent) -> Option<Key> {
    let controlled = key.modifiers.contains(KeyModifiers::CONTROL);
    Some(match key.code {
        KeyCode::Char('c') if controlled => Key::Interrupt,
        KeyCode::Char(_) if controlled || key.modifiers.contains(KeyModifiers::ALT) => return None,
        KeyCode::Char(c) => Key::Char(c),
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Esc,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        KeyCode::Tab => Key::Tab,
        KeyCode::BackTab => Key::BackTab,
        KeyCode::Backspace => Key::Backspace,
        _ => return None,
    })
}

/// Reads the terminal in a thread of its own, which ends when it is not wanted any more or nobody listens.
fn reader(wanted: Arc<AtomicBool>) -> mpsc::UnboundedReceiver<Event> {
    let (heard, hear) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        while wanted.load(Ordering::Relaxed) {
            match event::poll(READ).and_then(|is_there| if is_there { event::read().map(Some) } else { Ok(None) }) {
                Ok(Some(event)) => {
                    if heard.send(event).is_err() {
                        return;
                    }
                }
                Ok(None) => {}
                // The terminal is gone; the closed channel says so.
                Err(_) => return,
            }
        }
    });
    hear
}

/// The signals that end us with the terminal given back.
struct Signals([tokio::signal::unix::Signal; 4]);

impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self([
            signal(SignalKind::terminate())?,
            signal(SignalKind::hangup())?,
            signal(SignalKind::interrupt())?,
            signal(SignalKind::quit())?,
        ]))
    }

    async fn any(&mut self) {
        let [terminate, hangup, interrupt, quit] = &mut self.0;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
            _ = interrupt.recv() => {}
            _ = quit.recv() => {}
        }
    }
}
