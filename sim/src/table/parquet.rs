//! Parquet: a table of columns with declared kinds, written row by row, a group of rows at a time.
//!
//! Money is a `DECIMAL(38, scale)`: in the file a whole number of minor units with the scale declared beside it, so
//! that polars and DuckDB read it exactly, as a decimal, without being told anything. (Plain integers with a scale in
//! the key-value metadata would be read as integers by everybody who does not know the key, and be wrong by a power of
//! ten.) The width is the same for every file, 16 bytes, so that files of several runs can be read as one table.
//! Invariants: a cell is of the kind of its column or the row is refused; the same rows give the same bytes; at most
//! [`GROUP_ROWS`] rows are kept in memory. Start at [`Table::create`].

use super::sheet::Sheet;
use parquet::basic::{Compression, ConvertedType, LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, FixedLenByteArray, FixedLenByteArrayType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;
use std::io::Write;
use std::sync::Arc;

/// Rows of one group; that many are kept in memory.
pub const GROUP_ROWS: usize = 1 << 16;
/// Decimal digits of money, the most that a Parquet decimal of 16 bytes can have.
pub const MONEY_DIGITS: i32 = 38;
const MONEY_MAX: i128 = 10i128.pow(MONEY_DIGITS as u32) - 1;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Whole numbers from 0: `UINT64`.
    Count,
    /// Decimals: whole minor units inside, with this many decimals. `DECIMAL(38, scale)`.
    Money(u8),
    /// Decimals that are no money: shares, seconds. `DECIMAL(38, scale)`.
    Decimal(u8),
    /// UTF-8 text.
    Text,
    /// Yes or no.
    Truth,
    /// Nanoseconds since 1970, UTC: `TIMESTAMP(ns)`.
    Moment,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    /// Whether a cell may be empty.
    pub optional: bool,
}

impl Field {
    /// A column of which no cell is empty.
    #[must_use]
    pub fn new(name: impl Into<String>, kind: Kind) -> Self {
        Self { name: name.into(), kind, optional: false }
    }

    /// A column of which cells may be empty.
    #[must_use]
    pub fn optional(name: impl Into<String>, kind: Kind) -> Self {
        Self { optional: true, ..Self::new(name, kind) }
    }

    fn schema(&self) -> Result<Type, ParquetError> {
        let physical = match self.kind {
            Kind::Count | Kind::Moment => Physical::INT64,
            Kind::Money(_) | Kind::Decimal(_) => Physical::FIXED_LEN_BYTE_ARRAY,
            Kind::Text => Physical::BYTE_ARRAY,
            Kind::Truth => Physical::BOOLEAN,
        };
        let repetition = if self.optional { Repetition::OPTIONAL } else { Repetition::REQUIRED };
        let field = Type::primitive_type_builder(&self.name, physical).with_repetition(repetition);
        match self.kind {
            Kind::Count => field.with_logical_type(Some(LogicalType::integer(64, false))),
            Kind::Moment => field.with_logical_type(Some(LogicalType::timestamp(true, TimeUnit::NANOS))),
            Kind::Text => field.with_converted_type(ConvertedType::UTF8),
            Kind::Truth => field,
            Kind::Money(scale) | Kind::Decimal(scale) => field
                .with_length(16)
                .with_logical_type(Some(LogicalType::decimal(i32::from(scale), MONEY_DIGITS)))
                .with_precision(MONEY_DIGITS)
                .with_scale(i32::from(scale)),
        }
        .build()
    }
}

/// A cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell<'a> {
    /// Empty; only in an optional column.
    Empty,
    /// For [`Kind::Count`].
    Count(u64),
    /// For [`Kind::Money`], in minor units.
    Money(i128),
    /// For [`Kind::Decimal`], in units of the last decimal.
    Decimal(i128),
    /// For [`Kind::Text`].
    Text(&'a str),
    /// For [`Kind::Truth`].
    Truth(bool),
    /// For [`Kind::Moment`], in nanoseconds since 1970.
    Moment(u64),
}

impl<'a> Cell<'a> {
    /// Money, or nothing.
    #[must_use]
    pub fn money(amount: Option<i128>) -> Self {
        amount.map_or(Self::Empty, Self::Money)
    }

    /// A decimal, or nothing.
    #[must_use]
    pub fn decimal(units: Option<i128>) -> Self {
        units.map_or(Self::Empty, Self::Decimal)
    }

    /// A count, or nothing.
    #[must_use]
    pub fn count(count: Option<u64>) -> Self {
        count.map_or(Self::Empty, Self::Count)
    }

    /// A text, or nothing.
    #[must_use]
    pub fn text(text: Option<&'a str>) -> Self {
        text.map_or(Self::Empty, Self::Text)
    }
}

/// Why a table cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The row has more or fewer cells than there are columns.
    #[error("a row of {found} cells for {expected} columns")]
    Width {
        /// How many columns there are.
        expected: usize,
        /// How many cells the row has.
        found: usize,
    },
    /// A cell does not fit its column.
    #[error("a cell of another kind in column `{column}`")]
    Kind {
        /// The column.
        column: String,
    },
    /// More digits than a Parquet decimal has.
    #[error("the amount {amount} in column `{column}` has more than 38 digits")]
    Digits {
        /// The column.
        column: String,
        /// The amount, in minor units.
        amount: i128,
    },
    /// The disk refused, or the columns are none.
    #[error("cannot write the table: {0}")]
    Parquet(#[from] ParquetError),
    /// The disk refused a table in CSV.
    #[error("cannot write the table: {0}")]
    Csv(#[from] csv::Error),
}

/// Writes a sheet.
///
/// # Errors
/// What the writer said.
pub fn write(out: impl Write + Send, sheet: &dyn Sheet) -> Result<(), TableError> {
    let code = sheet.code();
    let mut table = Table::create(out, sheet.fields(), &[("oikos.asset", &code)])?;
    sheet.rows(&mut |cells| table.row(cells))?;
    table.finish()
}

enum Values {
    Whole(Vec<i64>),
    Fixed(Vec<FixedLenByteArray>),
    Bytes(Vec<ByteArray>),
    Truth(Vec<bool>),
}

struct Column {
    field: Field,
    values: Values,
    /// 1 where a cell is there; only kept for an optional column.
    there: Vec<i16>,
}

/// A table that is being written.
pub struct Table<W: Write + Send> {
    file: SerializedFileWriter<W>,
    columns: Vec<Column>,
    rows: usize,
}

impl<W: Write + Send> Table<W> {
    /// Begins a table with these columns; `about` goes into the file's key-value metadata.
    ///
    /// # Errors
    /// What the writer said, or the names of the columns are none.
    pub fn create(out: W, fields: Vec<Field>, about: &[(&str, &str)]) -> Result<Self, TableError> {
        let types = fields.iter().map(|field| field.schema().map(Arc::new)).collect::<Result<Vec<_>, _>>()?;
        let schema = Type::group_type_builder("oikos").with_fields(types).build()?;
        let about = about.iter().map(|(key, value)| KeyValue::new((*key).to_owned(), (*value).to_owned())).collect();
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by(format!("oikos {}", env!("CARGO_PKG_VERSION")))
            .set_key_value_metadata(Some(about))
            .build();
        let file = SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties))?;
        let columns = fields
            .into_iter()
            .map(|field| Column { values: Values::of(field.kind), field, there: Vec::new() })
            .collect();
        Ok(Self { file, columns, rows: 0 })
    }

    /// Adds a row.
    ///
    /// # Errors
    /// [`TableError`]; after one the table is of no use.
    pub fn row(&mut self, cells: &[Cell<'_>]) -> Result<(), TableError> {
        if cells.len() != self.columns.len() {
            return Err(TableError::Width { expected: self.columns.len(), found: cells.len() });
        }
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            column.push(*cell)?;
        }
        self.rows += 1;
        if self.rows == GROUP_ROWS { self.flush() } else { Ok(()) }
    }

    /// Ends the table.
    ///
    /// # Errors
    /// What the writer said.
    pub fn finish(mut self) -> Result<(), TableError> {
        self.flush()?;
        self.file.close()?;
        Ok(())
    }

    fn flush(&mut self) -> Result<(), TableError> {
        if self.rows == 0 {
            return Ok(());
        }
        self.rows = 0;
        let mut group = self.file.next_row_group()?;
        for column in &mut self.columns {
            let Some(mut writer) = group.next_column()? else { break };
            let there = column.field.optional.then_some(column.there.as_slice());
            match &mut column.values {
                Values::Whole(values) => {
                    writer.typed::<Int64Type>().write_batch(values, there, None)?;
                    values.clear();
                }
                Values::Fixed(values) => {
                    writer.typed::<FixedLenByteArrayType>().write_batch(values, there, None)?;
                    values.clear();
                }
                Values::Bytes(values) => {
                    writer.typed::<ByteArrayType>().write_batch(values, there, None)?;
                    values.clear();
                }
                Values::Truth(values) => {
                    writer.typed::<BoolType>().write_batch(values, there, None)?;
                    values.clear();
                }
            }
            column.there.clear();
            writer.close()?;
        }
        group.close()?;
        Ok(())
    }
}

impl Values {
    const fn of(kind: Kind) -> Self {
        match kind {
            Kind::Count | Kind::Moment => Self::Whole(Vec::new()),
            Kind::Money(_) | Kind::Decimal(_) => Self::Fixed(Vec::new()),
            Kind::Text => Self::Bytes(Vec::new()),
            Kind::Truth => Self::Truth(Vec::new()),
        }
    }
}

impl Column {
    fn push(&mut self, cell: Cell<'_>) -> Result<(), TableError> {
        match (cell, &mut self.values, self.field.kind) {
            (Cell::Empty, _, _) if self.field.optional => {
                self.there.push(0);
                return Ok(());
            }
            // The bits of an unsigned number, as the logical type says.
            (Cell::Count(count), Values::Whole(values), Kind::Count) => values.push(count as i64),
            (Cell::Moment(at), Values::Whole(values), Kind::Moment) => {
                values.push(i64::try_from(at).unwrap_or(i64::MAX)); // The year 2262.
            }
            (Cell::Money(amount), Values::Fixed(values), Kind::Money(_))
            | (Cell::Decimal(amount), Values::Fixed(values), Kind::Decimal(_)) => {
                if !(-MONEY_MAX..=MONEY_MAX).contains(&amount) {
                    return Err(TableError::Digits { column: self.field.name.clone(), amount });
                }
                values.push(amount.to_be_bytes().to_vec().into());
            }
            (Cell::Text(text), Values::Bytes(values), Kind::Text) => values.push(text.as_bytes().to_vec().into()),
            (Cell::Truth(truth), Values::Truth(values), Kind::Truth) => values.push(truth),
            _ => return Err(TableError::Kind { column: self.field.name.clone() }),
        }
        if self.field.optional {
            self.there.push(1);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parquet::file::reader::{FileReader as _, SerializedFileReader};
    use parquet::record::RowAccessor as _;

    fn written() -> Vec<u8> {
        let fields = vec![
            Field::new("step", Kind::Count),
            Field::optional("price", Kind::Money(2)),
            Field::new("name", Kind::Text),
            Field::new("ok", Kind::Truth),
            Field::new("at", Kind::Moment),
        ];
        let mut bytes = Vec::new();
        let mut table = Table::create(&mut bytes, fields, &[("oikos.asset", "OIK")]).unwrap();
        let one = [
            Cell::Count(u64::MAX),
            Cell::Money(-(1 << 100)),
            Cell::Text("老王"),
            Cell::Truth(true),
            Cell::Moment(1_767_571_200_000_000_000),
        ];
        table.row(&one).unwrap();
        table.row(&[Cell::Count(2), Cell::Empty, Cell::Text(""), Cell::Truth(false), Cell::Moment(0)]).unwrap();
        table.finish().unwrap();
        bytes
    }

    #[test]
    fn what_was_written_is_read_back_with_its_kinds_and_scale() {
        let reader = SerializedFileReader::new(bytes::Bytes::from(written())).unwrap();
        let schema = reader.metadata().file_metadata().schema_descr();
        assert_eq!((schema.column(1).type_precision(), schema.column(1).type_scale()), (38, 2));
        let rows: Vec<_> = reader.get_row_iter(None).unwrap().map(Result::unwrap).collect();
        assert_eq!(rows[0].get_ulong(0).unwrap(), u64::MAX);
        let price = rows[0].get_decimal(1).unwrap().data().to_vec();
        assert_eq!(i128::from_be_bytes(price.try_into().unwrap()), -(1 << 100));
        assert_eq!((rows[0].get_string(2).unwrap().as_str(), rows[0].get_bool(3).unwrap()), ("老王", true));
        assert!(rows[1].get_decimal(1).is_err(), "empty");
        assert_eq!(rows.len(), 2);
    }

    #[test]
    fn the_same_rows_give_the_same_bytes() {
        assert_eq!(written(), written());
    }

    #[test]
    fn a_cell_of_another_kind_a_short_row_and_too_many_digits_are_refused() {
        let fields = || vec![Field::new("price", Kind::Money(2))];
        let mut table = Table::create(Vec::new(), fields(), &[]).unwrap();
        assert!(matches!(table.row(&[]), Err(TableError::Width { expected: 1, found: 0 })));
        assert!(matches!(table.row(&[Cell::Count(1)]), Err(TableError::Kind { .. })));
        assert!(matches!(table.row(&[Cell::Empty]), Err(TableError::Kind { .. })), "not optional");
        assert!(matches!(table.row(&[Cell::Money(MONEY_MAX + 1)]), Err(TableError::Digits { .. })));
        assert!(table.row(&[Cell::Money(MONEY_MAX)]).is_ok());
    }

    #[test]
    fn a_long_table_has_several_groups() {
        let mut bytes = Vec::new();
        let mut table = Table::create(&mut bytes, vec![Field::new("n", Kind::Count)], &[]).unwrap();
        for n in 0..GROUP_ROWS as u64 + 1 {
            table.row(&[Cell::Count(n)]).unwrap();
        }
        table.finish().unwrap();
        let reader = SerializedFileReader::new(bytes::Bytes::from(bytes)).unwrap();
        assert_eq!((reader.num_row_groups(), reader.metadata().file_metadata().num_rows()), (2, 65_537));
    }
}
