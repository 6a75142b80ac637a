//! The book of accounts and transfers; knows no task.
#![no_std]
