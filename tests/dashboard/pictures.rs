//! Every screen at two sizes, dark, mono and ASCII, with names that are wide and names that are hostile.

use crate::scene::Scene;
use oikos::dashboard::picture::{cells, svg, text};
use oikos::dashboard::state::snapshot::of;
use oikos::dashboard::state::ui::{Screen, Ui};
use oikos::dashboard::theme::Theme;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::style::Color;
use std::fmt::Write as _;

const SIZES: [(u16, u16); 2] = [(80, 24), (140, 40)];

/// The looks of the cells, run by run: what the text does not say.
fn looks(cells: &Buffer) -> String {
    let mut looks = String::new();
    for y in 0..cells.area.height {
        let mut line = String::new();
        let mut from = 0;
        for x in 0..=cells.area.width {
            let look = |x: u16| cells.cell((x, y)).map(|cell| (cell.fg, cell.bg, cell.modifier));
            if x == cells.area.width || look(x) != look(from) {
                if let Some((fg, bg, modifier)) = look(from)
                    && (fg, bg, modifier) != (Color::Reset, Color::Reset, ratatui::style::Modifier::empty())
                {
                    let _ = write!(line, " {from}-{}:{fg}/{bg}/{:x}", x - 1, modifier.bits());
                }
                from = x;
            }
        }
        let _ = writeln!(looks, "{y:>2}{line}");
    }
    looks
}

/// As the terminal gets it: through the backend that the library gives for tests.
fn drawn(screen: Screen, theme: Theme, is_ascii: bool, (columns, rows): (u16, u16)) -> Buffer {
    let scene = Scene::town();
    let ui = Ui { screen, theme, is_ascii, ..Ui::default() };
    let snapshot = of(&scene.model, &ui.lens());
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    terminal.draw(|frame| drop(oikos::dashboard::screen::draw(&snapshot, &ui, frame.buffer_mut()))).unwrap();
    terminal.backend().buffer().clone()
}

#[test]
fn every_screen_is_as_it_was_in_every_look_and_size() {
    for screen in Screen::ALL {
        for size in SIZES {
            let name = |look: &str| format!("{}_{}x{}_{look}", screen.name().to_lowercase(), size.0, size.1);
            let dark = drawn(screen, Theme::Dark, false, size);
            insta::assert_snapshot!(name("dark"), format!("{}\n{}", text(&dark), looks(&dark)));
            let mono = drawn(screen, Theme::Mono, false, size);
            insta::assert_snapshot!(name("mono"), format!("{}\n{}", text(&mono), looks(&mono)));
            let ascii = drawn(screen, Theme::Mono, true, size);
            insta::assert_snapshot!(name("ascii"), text(&ascii));
        }
    }
}

#[test]
fn no_look_says_more_than_another_and_mono_has_no_colour() {
    for screen in Screen::ALL {
        for size in SIZES {
            let mono = drawn(screen, Theme::Mono, false, size);
            for theme in [Theme::Dark, Theme::Light, Theme::HighContrast] {
                assert_eq!(text(&drawn(screen, theme, false, size)), text(&mono), "{theme:?}");
            }
            assert!(mono.content.iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
        }
    }
}

#[test]
fn nothing_of_a_strangers_reaches_the_terminal_raw_and_ascii_is_ascii() {
    for screen in Screen::ALL {
        for size in SIZES {
            let cells = drawn(screen, Theme::Dark, false, size);
            for cell in &cells.content {
                assert!(!cell.symbol().chars().any(oikos::text::steers), "{:?}", cell.symbol());
            }
            let ascii = drawn(screen, Theme::Mono, true, size);
            assert!(ascii.content.iter().all(|cell| cell.symbol().is_ascii()));
        }
    }
    let scene = Scene::town();
    let json = serde_json::to_string(&of(&scene.model, &Ui::default().lens())).unwrap();
    assert!(json.contains("李小龙") && !json.chars().any(oikos::text::steers));
}

#[test]
fn a_wide_name_keeps_its_columns() {
    let cells = drawn(Screen::People, Theme::Mono, false, (140, 40));
    let drawn = text(&cells);
    let column = |line: &str| oikos::text::width(line.split("agent").next().unwrap());
    let rows: Vec<usize> =
        drawn.lines().filter(|line| line.contains(" agent ") && line.contains('%')).map(column).collect();
    assert!(rows.len() > 4, "{drawn}");
    assert!(rows.iter().all(|at| *at == rows[0]), "{rows:?}\n{drawn}");
}

#[test]
fn the_picture_of_the_readme_is_what_the_program_draws_today() {
    let page = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/dashboard.svg"));
    let scene = Scene::town();
    let ui = Ui::default();
    let today = svg(&cells(&of(&scene.model, &ui.lens()), &ui, 140, 40), Theme::Dark, "today");
    // Numbers and names are another economy's; the frame and every title are not.
    for title in ["[1 Overview]", " 2 Market ", "open tasks", "money supply", "Price in OIK", "Alerts", "Top earners"] {
        assert!(today.contains(title), "{title} is not drawn any more");
        assert!(page.contains(title), "docs/dashboard.svg is old: {title} is not in it; README.md says how it is made");
    }
    let head = |svg: &str| svg.split("viewBox=").nth(1).map(|rest| rest.chars().take(24).collect::<String>());
    assert_eq!(head(page), head(&today));
}

#[test]
fn the_picture_for_a_page_is_well_formed_and_has_every_row() {
    let scene = Scene::town();
    let ui = Ui::default();
    let snapshot = of(&scene.model, &ui.lens());
    let svg = svg(&cells(&snapshot, &ui, 80, 24), Theme::Dark, "a <title> & more");
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
    assert!(svg.contains("a &lt;title&gt; &amp; more"));
    assert_eq!(svg.matches("<text").count(), svg.matches("</text>").count());
    assert!(svg.matches("<text").count() > 24);
}
