//! Parts of screens: each draws itself into a rectangle and stays within it, however small that is.

pub mod chart;
pub mod dialog;
pub mod form;
pub mod paint;
pub mod table;
