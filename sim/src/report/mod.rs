//! Reports: a run's folder as one page and a few pictures for people.
//!
//! Owns how a run is shown. Everything is read back from the folder ([`data`]), so that a report can be made again at
//! any time and comes out the same; floats live here and nowhere before.
//! Start at [`of_folder`].

pub mod data;
pub mod figure;
pub mod html;
pub mod plot;
pub mod text;

pub use data::{ReportError, Source};

use std::path::Path;

/// The folder of pictures in a run's folder.
pub const PLOTS: &str = "plots";
/// The page in a run's folder.
pub const REPORT: &str = "report.html";

/// The page, and each picture with the name of its file, of a run's folder.
///
/// # Errors
/// [`ReportError`].
pub fn of_folder(folder: &Path) -> Result<(String, Vec<(String, String)>), ReportError> {
    Ok(of(&Source::read(folder)?))
}

/// The page, and each picture with the name of its file.
#[must_use]
pub fn of(source: &Source) -> (String, Vec<(String, String)>) {
    let (page, figures) = html::page(source);
    let pictures = figures.iter().map(|figure| (format!("{PLOTS}/{}.svg", figure.name), figure.plot.file()));
    (page, pictures.collect())
}
