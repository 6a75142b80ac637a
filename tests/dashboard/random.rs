//! A random hand at random sizes: nothing panics, and nothing is drawn that steers a terminal.

use crate::scene::Scene;
use oikos::dashboard::keys::{Key, press};
use oikos::dashboard::screen::{Hit, draw};
use oikos::dashboard::state::snapshot::of;
use oikos::dashboard::state::ui::Ui;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// A small generator, so that every run presses the same keys.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }

    fn key(&mut self) -> Key {
        const KEYS: [Key; 14] = [
            Key::Enter,
            Key::Esc,
            Key::Up,
            Key::Down,
            Key::Left,
            Key::Right,
            Key::PageUp,
            Key::PageDown,
            Key::Home,
            Key::End,
            Key::Tab,
            Key::BackTab,
            Key::Backspace,
            Key::Char('家'),
        ];
        match self.roll(3) {
            0 => KEYS[self.roll(14) as usize],
            _ => Key::Char(char::from(u8::try_from(32 + self.roll(95)).unwrap())),
        }
    }

    /// From 1×1 to 300×100; mostly small, where corners are.
    fn size(&mut self) -> (u16, u16) {
        let (columns, rows) = match self.roll(10) {
            0 => (300, 100),
            1..=3 => (120, 45),
            _ => (40, 15),
        };
        (1 + self.roll(columns) as u16, 1 + self.roll(rows) as u16)
    }
}

#[test]
fn random_keys_at_any_size_never_panic() {
    let scenes = [Scene::empty(), Scene::town(), Scene::recorded()];
    for (seed, scene) in (1..).zip(&scenes) {
        let mut dice = Dice(seed);
        let mut ui = Ui::default();
        let mut snapshot = of(&scene.model, &ui.lens());
        for step in 0..2_500 {
            let before = ui.lens();
            press(&mut ui, &snapshot, dice.key());
            ui.is_over = false;
            if ui.lens() != before {
                snapshot = of(&scene.model, &ui.lens());
            }
            ui.is_ascii = dice.roll(8) == 0;
            let (width, height) = dice.size();
            let mut cells = Buffer::empty(Rect { x: 0, y: 0, width, height });
            let hits = draw(&snapshot, &ui, &mut cells);
            if step % 8 == 0 {
                let steers = |cell: &ratatui::buffer::Cell| cell.symbol().chars().any(oikos::text::steers);
                assert!(!cells.content.iter().any(steers), "step {step}");
                // A click on a row chooses it.
                let row = hits.iter().find_map(|(_, hit)| match hit {
                    Hit::Row(place) => Some(*place),
                    _ => None,
                });
                if let Some(place) = row {
                    ui.choose(place, &snapshot);
                }
            }
        }
    }
}
