//! Plots: lines, bands and bars in an SVG of a few kilobytes that stands alone as well as within a page.
//!
//! Colours are classes, so that one picture serves light, dark and paper; each series has a dash of its own besides, so
//! that nothing is told by colour alone. Text is escaped; the picture needs no font, script or network.
//! Invariant: the same data give the same bytes. Our own instead of a library's: none of those at hand draws classes,
//! which dark mode and print need. Start at [`Plot::new`].

use super::text::visible;
use std::fmt::Write as _;

/// Units of the picture; a phone shows about one pixel for each.
const WIDTH: f64 = 380.0;
const HEIGHT: f64 = 235.0;
const LEFT: f64 = 54.0;
const RIGHT: f64 = 22.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 40.0;
/// More points than this are thinned out, the first and the last kept.
const POINTS_MAX: usize = 600;

/// The look of a picture that stands alone; a page has the same rules in its own style.
pub const STYLE: &str = "\
.plot{--ink:#1b2430;--soft:#5b6875;--grid:#e3e7eb;--c0:#0b62a8;--c1:#b4530a;--c2:#0a7a53;--c3:#7c3aa0;\
font:12px system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans','Noto Sans CJK SC',sans-serif}\
@media (prefers-color-scheme:dark){.plot{--ink:#e8edf2;--soft:#9aa7b4;--grid:#2b343e;--c0:#69b3f2;--c1:#f0a05a;\
--c2:#5fd0a2;--c3:#c59bea}}\
@media print{.plot{--ink:#000;--soft:#444;--grid:#ddd;--c0:#0b62a8;--c1:#b4530a;--c2:#0a7a53;--c3:#7c3aa0}}\
.plot text{fill:var(--soft);font-size:12px}.plot .key{fill:var(--ink)}.plot .none{fill:var(--soft);font-size:14px}\
.plot .grid{stroke:var(--grid);stroke-width:1}.plot .axis{stroke:var(--soft);stroke-width:1}\
.plot .line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}\
.plot .band{stroke:none;fill-opacity:.18}.plot .bar{stroke:none;fill-opacity:.85}.plot .dot{stroke:none}\
.plot .area{stroke:none;fill-opacity:.75}.plot .d1{stroke-dasharray:7 4}.plot .d2{stroke-dasharray:2 4}\
.plot .d3{stroke-dasharray:9 3 2 3}.plot .s0{stroke:var(--c0)}.plot .s1{stroke:var(--c1)}.plot .s2{stroke:var(--c2)}\
.plot .s3{stroke:var(--soft)}.plot .f0{fill:var(--c0)}.plot .f1{fill:var(--c1)}.plot .f2{fill:var(--c2)}\
.plot .f3{fill:var(--c3)}";

/// How the numbers of an axis read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// As they are, thousands and millions shortened.
    Number,
    /// 0.25 as 25 %.
    Share,
}

/// One thing that is drawn.
#[derive(Debug, Clone)]
enum Layer {
    Line { points: Vec<(f64, f64)>, dots: bool },
    Band { points: Vec<(f64, f64, f64)> },
    Area { points: Vec<(f64, f64, f64)> },
    Bars { bars: Vec<(f64, f64, f64)> },
    Upright { x: f64 },
}

/// A picture with two axes.
#[derive(Debug, Clone)]
pub struct Plot {
    title: String,
    x_name: String,
    y_name: String,
    x_unit: Unit,
    y_unit: Unit,
    /// What is drawn, in which colour, and what the legend calls it.
    layers: Vec<(Layer, usize, String)>,
    x_range: Option<(f64, f64)>,
    y_range: Option<(f64, f64)>,
}

impl Plot {
    /// An empty picture.
    #[must_use]
    pub fn new(title: &str, x_name: &str, y_name: &str) -> Self {
        Self {
            title: title.to_owned(),
            x_name: x_name.to_owned(),
            y_name: y_name.to_owned(),
            x_unit: Unit::Number,
            y_unit: Unit::Number,
            layers: Vec::new(),
            x_range: None,
            y_range: None,
        }
    }

    /// How the numbers read.
    #[must_use]
    pub const fn units(mut self, x: Unit, y: Unit) -> Self {
        (self.x_unit, self.y_unit) = (x, y);
        self
    }

    /// Both axes from 0 to 1.
    #[must_use]
    pub const fn square(mut self) -> Self {
        (self.x_range, self.y_range) = (Some((0.0, 1.0)), Some((0.0, 1.0)));
        self
    }

    /// The level axis from `low` to `high`.
    #[must_use]
    pub const fn from_to(mut self, low: f64, high: f64) -> Self {
        self.x_range = Some((low, high));
        self
    }

    /// The upright axis from `low` to `high`.
    #[must_use]
    pub const fn between(mut self, low: f64, high: f64) -> Self {
        self.y_range = Some((low, high));
        self
    }

    /// A line; with dots where there are few points.
    #[must_use]
    pub fn line(self, colour: usize, name: &str, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let points: Vec<_> = points.into_iter().filter(|(x, y)| x.is_finite() && y.is_finite()).collect();
        let dots = points.len() <= 40;
        self.with(Layer::Line { points: thinned(points), dots }, colour, name)
    }

    /// A line that keeps its level until the next point.
    #[must_use]
    pub fn stairs(self, colour: usize, name: &str, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let mut stairs: Vec<(f64, f64)> = Vec::new();
        for (x, y) in thinned(points.into_iter().collect()) {
            if let Some(&(_, level)) = stairs.last() {
                stairs.push((x, level));
            }
            stairs.push((x, y));
        }
        self.with(Layer::Line { points: stairs, dots: false }, colour, name)
    }

    /// What lies between two lines: x, low, high.
    #[must_use]
    pub fn band(self, colour: usize, name: &str, points: impl IntoIterator<Item = (f64, f64, f64)>) -> Self {
        self.with(Layer::Band { points: thinned(points.into_iter().collect()) }, colour, name)
    }

    /// What lies between two lines, solid and in steps: each level is kept until the next point.
    #[must_use]
    pub fn stacked(self, colour: usize, name: &str, points: impl IntoIterator<Item = (f64, f64, f64)>) -> Self {
        let mut stairs: Vec<(f64, f64, f64)> = Vec::new();
        for (x, low, high) in thinned(points.into_iter().collect()) {
            if let Some(&(_, below, above)) = stairs.last() {
                stairs.push((x, below, above));
            }
            stairs.push((x, low, high));
        }
        self.with(Layer::Area { points: stairs }, colour, name)
    }

    /// Bars from zero: from x, to x, height.
    #[must_use]
    pub fn bars(self, colour: usize, name: &str, bars: impl IntoIterator<Item = (f64, f64, f64)>) -> Self {
        self.with(Layer::Bars { bars: bars.into_iter().collect() }, colour, name)
    }

    /// An upright line.
    #[must_use]
    pub fn upright(self, colour: usize, name: &str, x: f64) -> Self {
        self.with(Layer::Upright { x }, colour, name)
    }

    fn with(mut self, layer: Layer, colour: usize, name: &str) -> Self {
        self.layers.push((layer, colour, name.to_owned()));
        self
    }

    /// Its title.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Whether there is nothing to be drawn.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.layers.iter().all(|(layer, ..)| layer.extent().is_none())
    }

    /// The picture for a page that has [`STYLE`].
    #[must_use]
    pub fn svg(&self) -> String {
        self.draw("")
    }

    /// The picture as a file of its own.
    #[must_use]
    pub fn file(&self) -> String {
        self.draw(&format!("<style>{STYLE}</style>")) + "\n"
    }

    fn draw(&self, style: &str) -> String {
        let mut svg = String::new();
        let title = escaped(&self.title);
        let _ = write!(
            svg,
            "<svg class=\"plot\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" \
             aria-label=\"{title}\"><title>{title}</title>{style}"
        );
        let extents: Vec<_> = self.layers.iter().filter_map(|(layer, ..)| layer.extent()).collect();
        let Some(bounds) = extents.into_iter().reduce(Extent::and) else {
            let (x, y) = (WIDTH / 2.0, HEIGHT / 2.0);
            let _ = write!(svg, "<text class=\"none\" x=\"{x}\" y=\"{y}\" text-anchor=\"middle\">no data</text></svg>");
            return svg;
        };
        let (x_low, x_high) = self.x_range.unwrap_or((bounds.x_low, bounds.x_high));
        let (y_low, y_high) = self.y_range.unwrap_or((bounds.y_low, bounds.y_high));
        let x = Axis::new(x_low, x_high, 5, self.x_range.is_some() || !self.has_bars());
        let y = Axis::new(y_low, y_high, 5, self.y_range.is_some());
        let frame = Frame { x, y };
        self.draw_axes(&mut svg, &frame);
        for (layer, colour, _) in &self.layers {
            draw_layer(&mut svg, layer, *colour, &frame);
        }
        self.draw_legend(&mut svg);
        svg.push_str("</svg>");
        svg
    }

    fn has_bars(&self) -> bool {
        self.layers.iter().any(|(layer, ..)| matches!(layer, Layer::Bars { .. }))
    }

    fn draw_axes(&self, svg: &mut String, frame: &Frame) {
        let (bottom, right) = (HEIGHT - BOTTOM, WIDTH - RIGHT);
        let y_labels = labels(&frame.y.ticks, frame.y.step, self.y_unit);
        for (tick, label) in frame.y.ticks.iter().zip(y_labels) {
            let y = frame.y(*tick);
            let _ = write!(svg, "<line class=\"grid\" x1=\"{LEFT}\" y1=\"{y:.1}\" x2=\"{right}\" y2=\"{y:.1}\"/>");
            let _ =
                write!(svg, "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>", LEFT - 6.0, y + 4.0);
        }
        let x_labels = labels(&frame.x.ticks, frame.x.step, self.x_unit);
        for (tick, label) in frame.x.ticks.iter().zip(x_labels) {
            let x = frame.x(*tick);
            let _ = write!(
                svg,
                "<line class=\"axis\" x1=\"{x:.1}\" y1=\"{bottom}\" x2=\"{x:.1}\" y2=\"{:.1}\"/>",
                bottom + 4.0
            );
            let _ = write!(svg, "<text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{label}</text>", bottom + 17.0);
        }
        let _ = write!(svg, "<line class=\"axis\" x1=\"{LEFT}\" y1=\"{bottom}\" x2=\"{right}\" y2=\"{bottom}\"/>");
        let _ = write!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            right,
            HEIGHT - 6.0,
            escaped(&self.x_name)
        );
        let _ = write!(svg, "<text x=\"2\" y=\"{:.1}\">{}</text>", TOP - 2.0, escaped(&self.y_name));
    }

    /// The legend stands above the picture, in a row behind the name of the upright axis.
    fn draw_legend(&self, svg: &mut String) {
        let named: Vec<_> = self.layers.iter().filter(|(.., name)| !name.is_empty()).collect();
        let mut x = LEFT + 6.0;
        for (layer, colour, name) in named {
            let y = TOP - 2.0;
            match layer {
                Layer::Line { .. } | Layer::Upright { .. } => {
                    let dash = dash(*colour);
                    let _ = write!(
                        svg,
                        "<line class=\"line s{colour}{dash}\" x1=\"{x:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\"/>",
                        y - 4.0,
                        x + 16.0,
                        y - 4.0
                    );
                }
                Layer::Band { .. } | Layer::Area { .. } | Layer::Bars { .. } => {
                    let class = if matches!(layer, Layer::Band { .. }) { "band" } else { "bar" };
                    let _ = write!(
                        svg,
                        "<rect class=\"{class} f{colour}\" x=\"{x:.1}\" y=\"{:.1}\" width=\"16\" height=\"8\"/>",
                        y - 8.0
                    );
                }
            }
            let _ = write!(svg, "<text class=\"key\" x=\"{:.1}\" y=\"{y:.1}\">{}</text>", x + 21.0, escaped(name));
            x += 21.0 + 12.0 + name.chars().map(|c| if c.is_ascii() { 6.4 } else { 12.0 }).sum::<f64>();
        }
    }
}

/// What a layer covers.
#[derive(Debug, Clone, Copy)]
struct Extent {
    x_low: f64,
    x_high: f64,
    y_low: f64,
    y_high: f64,
}

impl Extent {
    const fn and(self, other: Self) -> Self {
        Self {
            x_low: self.x_low.min(other.x_low),
            x_high: self.x_high.max(other.x_high),
            y_low: self.y_low.min(other.y_low),
            y_high: self.y_high.max(other.y_high),
        }
    }
}

impl Layer {
    fn extent(&self) -> Option<Extent> {
        let of = |(x0, x1, y0, y1): (f64, f64, f64, f64)| Extent { x_low: x0, x_high: x1, y_low: y0, y_high: y1 };
        match self {
            Self::Line { points, .. } => points.iter().map(|&(x, y)| of((x, x, y, y))).reduce(Extent::and),
            Self::Band { points } | Self::Area { points } => {
                points.iter().map(|&(x, low, high)| of((x, x, low, high))).reduce(Extent::and)
            }
            Self::Bars { bars } => {
                bars.iter().map(|&(from, to, y)| of((from, to, y.min(0.0), y.max(0.0)))).reduce(Extent::and)
            }
            Self::Upright { .. } => None,
        }
    }
}

/// One axis: its ends and where its numbers stand.
#[derive(Debug)]
struct Axis {
    low: f64,
    high: f64,
    step: f64,
    ticks: Vec<f64>,
}

impl Axis {
    /// From `low` to `high`; unless `is_exact`, as far as the next numbers on either side.
    fn new(low: f64, high: f64, ticks: usize, is_exact: bool) -> Self {
        // A single value gets room on either side.
        let pad = if low.abs() > 0.0 { low.abs() * 0.1 } else { 1.0 };
        let (low, high) = if high > low { (low, high) } else { (low - pad, low + pad) };
        let rough = (high - low) / ticks as f64;
        let power = 10f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().map(|nice| nice * power).find(|step| *step >= rough);
        let step = step.unwrap_or(rough);
        let (first, last) = ((low / step).floor(), (high / step).ceil());
        let (low, high) = if is_exact { (low, high) } else { (first * step, last * step) };
        let numbers = (first as i64..=last as i64).map(|number| number as f64 * step);
        let slack = step * 1e-6;
        let ticks = numbers.filter(|tick| *tick >= low - slack && *tick <= high + slack).collect();
        Self { low, high, step, ticks }
    }

    fn place(&self, value: f64) -> f64 {
        ((value - self.low) / (self.high - self.low)).clamp(-0.05, 1.05)
    }
}

#[derive(Debug)]
struct Frame {
    x: Axis,
    y: Axis,
}

impl Frame {
    fn x(&self, value: f64) -> f64 {
        LEFT + self.x.place(value) * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, value: f64) -> f64 {
        let room = HEIGHT - TOP - BOTTOM - 8.0;
        HEIGHT - BOTTOM - self.y.place(value) * room
    }
}

const fn dash(colour: usize) -> &'static str {
    match colour {
        1 => " d1",
        2 => " d2",
        3 => " d3",
        _ => "",
    }
}

fn draw_layer(svg: &mut String, layer: &Layer, colour: usize, frame: &Frame) {
    let place = |x: f64, y: f64| format!("{:.1},{:.1}", frame.x(x), frame.y(y));
    match layer {
        Layer::Line { points, dots } => {
            let path: Vec<String> = points.iter().map(|&(x, y)| place(x, y)).collect();
            let _ = write!(svg, "<polyline class=\"line s{colour}{}\" points=\"{}\"/>", dash(colour), path.join(" "));
            if *dots {
                for &(x, y) in points {
                    let (x, y) = (frame.x(x), frame.y(y));
                    let _ = write!(svg, "<circle class=\"dot f{colour}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2.6\"/>");
                }
            }
        }
        Layer::Band { points } | Layer::Area { points } => {
            let class = if matches!(layer, Layer::Band { .. }) { "band" } else { "area" };
            let there = points.iter().map(|&(x, _, high)| place(x, high));
            let back = points.iter().rev().map(|&(x, low, _)| place(x, low));
            let path: Vec<String> = there.chain(back).collect();
            let _ = write!(svg, "<polygon class=\"{class} f{colour}\" points=\"{}\"/>", path.join(" "));
        }
        Layer::Bars { bars } => {
            for &(from, to, height) in bars.iter().filter(|(.., height)| *height != 0.0) {
                let (left, right) = (frame.x(from), frame.x(to));
                let (top, bottom) = (frame.y(height.max(0.0)), frame.y(height.min(0.0)));
                // A hair between two bars, and never thinner than a hair.
                let width = (right - left - 1.0).max(1.5);
                let height = (bottom - top).max(1.0);
                let _ = write!(
                    svg,
                    "<rect class=\"bar f{colour}\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\"/>"
                );
            }
        }
        Layer::Upright { x } => {
            let x = frame.x(*x);
            let _ = write!(
                svg,
                "<line class=\"line s{colour}{}\" x1=\"{x:.1}\" y1=\"{:.1}\" x2=\"{x:.1}\" y2=\"{:.1}\"/>",
                dash(colour),
                TOP + 8.0,
                HEIGHT - BOTTOM
            );
        }
    }
}

fn labels(ticks: &[f64], step: f64, unit: Unit) -> Vec<String> {
    let (by, end) = match unit {
        Unit::Share => (100.0, " %"),
        Unit::Number => {
            let most = ticks.iter().fold(0f64, |most, tick| most.max(tick.abs()));
            match most {
                most if most >= 1e9 => (1e-9, "G"),
                most if most >= 1e6 => (1e-6, "M"),
                most if most >= 1e4 => (1e-3, "k"),
                _ => (1.0, ""),
            }
        }
    };
    let step = step * by;
    // As many decimals as the step needs: 2.5 has one, 0.25 two.
    let decimals = (0..9).find(|decimals| {
        let scaled = step * 10f64.powi(*decimals);
        (scaled - scaled.round()).abs() < 1e-6 * scaled.abs().max(1e-9)
    });
    let decimals = decimals.unwrap_or(2) as usize;
    let show = |tick: &f64| {
        let value = tick * by;
        let value = if value == 0.0 { 0.0 } else { value };
        format!("{value:.decimals$}{end}").replace('-', "−")
    };
    ticks.iter().map(show).collect()
}

/// Every so many points, with the first and the last.
fn thinned<T: Copy>(points: Vec<T>) -> Vec<T> {
    if points.len() <= POINTS_MAX {
        return points;
    }
    let last = points.len() - 1;
    (0..POINTS_MAX).filter_map(|at| points.get(at * last / (POINTS_MAX - 1)).copied()).collect()
}

fn escaped(text: &str) -> String {
    let text = visible(text);
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_marks_for_its_data_and_says_so_where_there_is_none() {
        let plot = Plot::new("price", "hours", "OIK").line(0, "mean", [(0.0, 1.0), (1.0, 3.0)]);
        let svg = plot.band(1, "low to high", [(0.0, 0.5, 1.5), (1.0, 2.0, 4.0)]).svg();
        assert!(svg.contains("<polyline") && svg.contains("<polygon") && svg.matches("<circle").count() == 2, "{svg}");
        assert!(Plot::new("price", "", "").svg().contains("no data"));
        assert!(Plot::new("price", "", "").line(0, "", [(f64::NAN, 1.0)]).is_empty());
    }

    #[test]
    fn a_hostile_title_is_text() {
        let svg = Plot::new("</svg><script>alert(1)</script>\u{202e}", "", "").file();
        assert!(!svg.contains("<script") && !svg.contains('\u{202e}'), "{svg}");
    }

    #[test]
    fn the_numbers_of_an_axis_are_round_and_cover_the_data() {
        let axis = Axis::new(0.3, 9.7, 5, false);
        assert_eq!((axis.low, axis.high, axis.step), (0.0, 10.0, 2.0));
        let text = labels(&[0.0, 0.25, 0.5], 0.25, Unit::Share);
        assert_eq!(text, ["0 %", "25 %", "50 %"]);
        assert_eq!(labels(&[-2.5, 0.0], 2.5, Unit::Number), ["−2.5", "0.0"]);
        assert_eq!(labels(&[0.0, 20_000.0], 20_000.0, Unit::Number), ["0k", "20k"]);
        let alone = Axis::new(4.0, 4.0, 5, false);
        assert!(alone.low < 4.0 && alone.high > 4.0, "a single value has room");
    }

    #[test]
    fn a_million_points_make_a_small_picture() {
        let points = (0..1_000_000).map(|x| (f64::from(x), f64::from(x % 7)));
        assert!(Plot::new("many", "", "").line(0, "", points).svg().len() < 20_000);
    }
}
