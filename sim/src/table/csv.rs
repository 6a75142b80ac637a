//! CSV: money is whole minor units, and the header says of what; shares and seconds are decimals.

use super::parquet::{Cell, Kind, TableError};
use super::sheet::Sheet;
use std::io::Write;

/// Writes a sheet.
///
/// # Errors
/// What the writer said.
pub fn write(out: impl Write, sheet: &dyn Sheet) -> Result<(), TableError> {
    let fields = sheet.fields();
    let code = sheet.code();
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(fields.iter().map(|field| match field.kind {
        Kind::Money(scale) => format!("{}_{code}_e-{scale}", field.name),
        _ => field.name.clone(),
    }))?;
    let mut line = Vec::with_capacity(fields.len());
    sheet.rows(&mut |cells| {
        line.clear();
        line.extend(fields.iter().zip(cells).map(|(field, cell)| match (*cell, field.kind) {
            (Cell::Empty, _) => String::new(),
            (Cell::Count(count) | Cell::Moment(count), _) => count.to_string(),
            (Cell::Decimal(units), Kind::Decimal(scale)) => decimal(units, scale),
            (Cell::Money(units) | Cell::Decimal(units), _) => units.to_string(),
            (Cell::Text(text), _) => text.to_owned(),
            (Cell::Truth(truth), _) => truth.to_string(),
        }));
        Ok(csv.write_record(&line)?)
    })?;
    csv.flush().map_err(|error| TableError::Csv(error.into()))
}

/// As a decimal without zeros at its end.
fn decimal(units: i128, scale: u8) -> String {
    let one = 10u128.pow(u32::from(scale));
    let (whole, rest) = (units.unsigned_abs() / one, units.unsigned_abs() % one);
    let sign = if units < 0 { "-" } else { "" };
    if rest == 0 {
        return format!("{sign}{whole}");
    }
    let rest = format!("{rest:0width$}", width = usize::from(scale));
    format!("{sign}{whole}.{}", rest.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_has_no_zeros_at_its_end() {
        assert_eq!(decimal(3_600_000_000_000, 9), "3600");
        assert_eq!(decimal(1_500_000_001, 9), "1.500000001");
        assert_eq!(decimal(-250_000, 6), "-0.25");
    }
}
