//! Charts: a sparkline of one row, a line of dots on two axes.

use super::paint::Paint;
use crate::dashboard::state::sum::Sum;
use crate::dashboard::theme::Role;
use ratatui::layout::Rect;

const BARS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/// Values as bars of eight heights, the last at the right edge; several values to a column where there are more.
#[must_use]
pub fn sparkline(values: &[i128], columns: usize) -> String {
    let values = thinned(values, columns);
    let (low, high) = bounds(values.iter().copied());
    let span = (high - low).max(1);
    let bar = |value: &i128| {
        let eighth = if high == low { 0 } else { (value - low).saturating_mul(7) / span };
        BARS[usize::try_from(eighth.clamp(0, 7)).unwrap_or(0)]
    };
    values.iter().map(bar).collect()
}

/// At most so many values: the last of every stretch.
fn thinned(values: &[i128], columns: usize) -> Vec<i128> {
    if values.len() <= columns {
        return values.to_vec();
    }
    (1..=columns).filter_map(|n| values.get((n * values.len() / columns).saturating_sub(1)).copied()).collect()
}

fn bounds(values: impl Iterator<Item = i128>) -> (i128, i128) {
    let mut bounds: Option<(i128, i128)> = None;
    for value in values {
        let (low, high) = bounds.unwrap_or((value, value));
        bounds = Some((low.min(value), high.max(value)));
    }
    bounds.unwrap_or((0, 0))
}

/// A line through values that may be missing here and there; its axis says lowest and highest.
pub fn line(paint: &mut Paint<'_>, area: Rect, values: &[Option<Sum>], from: &str, to: &str) {
    let area = paint.within(area);
    let known: Vec<Sum> = values.iter().copied().flatten().collect();
    if area.height < 2 || area.width < 8 {
        return;
    }
    let Some(&some) = known.first() else {
        paint.text(area, 1, 0, "no price yet", Role::Dim);
        return;
    };
    let (mut low, mut high) = bounds(known.iter().map(|sum| sum.units));
    if low == high {
        // A flat line runs through the middle.
        (low, high) = ((low - 1).max(0), high + 1);
    }
    let labels = [high, (low + high) / 2, low].map(|units| Sum::of(units, some.scale).short());
    let wide = labels.iter().map(|label| crate::text::width(label)).max().unwrap_or(0);
    let axis = u16::try_from(wide + 1).unwrap_or(u16::MAX).min(area.width - 2);
    let plot = Rect { x: area.x + axis + 1, width: area.width - axis - 1, height: area.height - 1, ..area };
    for row in 0..plot.height {
        paint.text(area, axis, row, "│", Role::Frame);
    }
    paint.text(area, axis, plot.height, &format!("└{}", "─".repeat(usize::from(plot.width))), Role::Frame);
    let middle = plot.height / 2;
    for (label, row) in labels.iter().zip([0, middle, plot.height.saturating_sub(1)]) {
        if row != middle || plot.height > 4 {
            let label = crate::text::column(label, usize::from(axis), true);
            paint.text(area, 0, row, &label, Role::Dim);
        }
    }
    paint.text(area, axis + 2, plot.height, &format!(" {from} "), Role::Dim);
    paint.right(area, plot.height, &format!(" {to} "), Role::Dim);
    dots(paint, plot, values, low, high);
}

/// Draws with two by four dots a cell, as Braille has them.
fn dots(paint: &mut Paint<'_>, plot: Rect, values: &[Option<Sum>], low: i128, high: i128) {
    let (across, down) = (usize::from(plot.width) * 2, usize::from(plot.height) * 4);
    if across == 0 || down == 0 || values.is_empty() {
        return;
    }
    let mut cells = vec![0u8; usize::from(plot.width) * usize::from(plot.height)];
    let mut before: Option<usize> = None;
    for x in 0..across {
        // Each column stands for a stretch of values; what is missing keeps the height of the one before.
        let (from, to) = (x * values.len() / across, ((x + 1) * values.len()).div_ceil(across));
        let stretch: Vec<i128> =
            values.get(from..to.max(from + 1)).unwrap_or_default().iter().flatten().map(|sum| sum.units).collect();
        let here = stretch.last().map(|&value| {
            let height = (value - low).saturating_mul(down as i128 - 1) / (high - low).max(1);
            down - 1 - usize::try_from(height.clamp(0, down as i128 - 1)).unwrap_or(0)
        });
        let Some(y) = here.or(before) else { continue };
        let other = before.unwrap_or(y);
        for y in y.min(other)..=y.max(other) {
            let bit = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]][y % 4][x % 2];
            if let Some(cell) = cells.get_mut(y / 4 * usize::from(plot.width) + x / 2) {
                *cell |= bit;
            }
        }
        before = Some(y);
    }
    for (place, cell) in cells.iter().enumerate().filter(|(_, cell)| **cell > 0) {
        let (x, y) = (place % usize::from(plot.width), place / usize::from(plot.width));
        let dot = char::from_u32(0x2800 + u32::from(*cell)).unwrap_or('·').to_string();
        paint.text(plot, u16::try_from(x).unwrap_or(0), u16::try_from(y).unwrap_or(0), &dot, Role::Line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sparkline_has_at_most_its_columns_and_ends_with_the_last_value() {
        assert_eq!(sparkline(&[0, 1, 2, 3, 4, 5, 6, 7], 8), "▁▂▃▄▅▆▇█");
        assert_eq!(sparkline(&[5, 5, 5], 8), "▁▁▁");
        assert_eq!(sparkline(&[], 8), "");
        let many: Vec<i128> = (0..1_000).collect();
        assert_eq!(sparkline(&many, 4), "▁▃▅█");
        assert_eq!(sparkline(&many, 0), "");
    }
}
