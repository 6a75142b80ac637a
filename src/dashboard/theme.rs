//! Themes: what each role of a text looks like. Nothing is told by colour alone, so that `mono` says the same.

use ratatui::style::{Color, Modifier, Style};

/// A look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Theme {
    /// Light text; the terminal's own background.
    #[default]
    Dark,
    /// Dark text on white.
    Light,
    /// Bright text on black, and no shades.
    HighContrast,
    /// No colour at all.
    Mono,
}

/// What a text is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Plain text.
    Plain,
    /// What matters less.
    Dim,
    /// Names of panels and columns.
    Title,
    /// Figures.
    Figure,
    /// Good news.
    Good,
    /// Bad news.
    Bad,
    /// What needs a look.
    Warn,
    /// Money.
    Money,
    /// A line that is drawn.
    Line,
    /// The row that is chosen.
    Chosen,
    /// A frame.
    Frame,
    /// The bar with the screens.
    Bar,
    /// The screen that is shown, in the bar.
    Here,
}

impl Theme {
    /// The next one.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::Dark => Self::Light,
            Self::Light => Self::HighContrast,
            Self::HighContrast => Self::Mono,
            Self::Mono => Self::Dark,
        }
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
            Self::HighContrast => "high-contrast",
            Self::Mono => "mono",
        }
    }

    /// The theme of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Dark, Self::Light, Self::HighContrast, Self::Mono].into_iter().find(|theme| theme.name() == name)
    }

    /// What everything stands on.
    #[must_use]
    pub fn ground(self) -> Style {
        match self {
            Self::Dark | Self::Mono => Style::default(),
            Self::Light => Style::default().fg(Color::Black).bg(Color::White),
            Self::HighContrast => Style::default().fg(Color::White).bg(Color::Black),
        }
    }

    /// What a role looks like.
    #[must_use]
    pub fn style(self, role: Role) -> Style {
        let plain = self.ground();
        let bold = plain.add_modifier(Modifier::BOLD);
        let reversed = plain.add_modifier(Modifier::REVERSED);
        match self {
            Self::Mono => match role {
                Role::Plain | Role::Line | Role::Money => plain,
                Role::Frame | Role::Dim => plain.add_modifier(Modifier::DIM),
                Role::Title | Role::Figure | Role::Good => bold,
                Role::Bad | Role::Warn => bold.add_modifier(Modifier::UNDERLINED),
                Role::Chosen | Role::Here => reversed.add_modifier(Modifier::BOLD),
                Role::Bar => reversed,
            },
            Self::HighContrast => match role {
                Role::Plain | Role::Dim | Role::Frame | Role::Line => plain,
                Role::Title | Role::Figure | Role::Good => bold,
                Role::Money => bold.fg(Color::LightCyan),
                Role::Bad | Role::Warn => bold.fg(Color::LightYellow),
                Role::Chosen | Role::Here => Style::default().fg(Color::Black).bg(Color::LightYellow),
                Role::Bar => Style::default().fg(Color::Black).bg(Color::White),
            },
            Self::Dark => match role {
                Role::Plain => plain,
                Role::Dim => plain.fg(Color::Gray),
                Role::Frame => plain.fg(Color::DarkGray),
                Role::Title => bold.fg(Color::Cyan),
                Role::Figure => bold.fg(Color::White),
                Role::Good => plain.fg(Color::Green),
                Role::Bad => bold.fg(Color::LightRed),
                Role::Warn => plain.fg(Color::Yellow),
                Role::Money => plain.fg(Color::LightGreen),
                Role::Line => plain.fg(Color::LightCyan),
                Role::Chosen => Style::default().fg(Color::Black).bg(Color::Cyan),
                Role::Bar => Style::default().fg(Color::White).bg(Color::Indexed(236)),
                Role::Here => Style::default().fg(Color::Black).bg(Color::Cyan).add_modifier(Modifier::BOLD),
            },
            Self::Light => match role {
                Role::Plain => plain,
                Role::Dim | Role::Frame => plain.fg(Color::DarkGray),
                Role::Title => bold.fg(Color::Blue),
                Role::Figure => bold,
                Role::Good | Role::Money => plain.fg(Color::Indexed(22)),
                Role::Bad => bold.fg(Color::Red),
                Role::Warn => bold.fg(Color::Indexed(94)),
                Role::Line => plain.fg(Color::Blue),
                Role::Chosen | Role::Here => Style::default().fg(Color::White).bg(Color::Blue),
                Role::Bar => Style::default().fg(Color::Black).bg(Color::Indexed(252)),
            },
        }
    }
}
