//! A folder as one file: a tar archive (ustar), which every system can open.
//!
//! Owns the few fields of the format that are used: plain files with short relative names, nothing else. Invariants: an
//! archive of somebody else writes nothing outside its folder and no file that is not plain; what does not check is
//! refused and not repaired.
//! Absent on purpose: folders, links, owners, times, long names, compression.
//! Source: POSIX.1-1988, "ustar interchange format".

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Component, Path};

const BLOCK_BYTES: usize = 512;
const NAME_BYTES_MAX: usize = 100;

/// Why an archive was not written or read.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// A name the format does not hold, or that leads out of the folder.
    #[error("`{name}` is no name for a file in an archive")]
    Name {
        /// The name.
        name: String,
    },
    /// Not an archive of ours.
    #[error("the archive is damaged, or none: {0}")]
    Damaged(&'static str),
    /// The disk refused.
    #[error(transparent)]
    Disk(#[from] io::Error),
}

/// Whether a name stays within its folder and is spelled as this crate spells names.
#[must_use]
pub fn is_plain_name(name: &str) -> bool {
    let plain = |part: Component<'_>| matches!(part, Component::Normal(_));
    let letters = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'/'));
    !name.is_empty()
        && letters
        && Path::new(name).components().all(plain)
        && !name.contains("//")
        && !name.ends_with('/')
}

fn header(name: &str, bytes: u64) -> Result<[u8; BLOCK_BYTES], ArchiveError> {
    if !is_plain_name(name) || name.len() >= NAME_BYTES_MAX {
        return Err(ArchiveError::Name { name: name.to_owned() });
    }
    let mut block = [0; BLOCK_BYTES];
    let mut put = |at: usize, text: &str| block[at..at + text.len()].copy_from_slice(text.as_bytes());
    put(0, name);
    put(100, "0000600");
    put(108, "0000000");
    put(116, "0000000");
    let length = format!("{bytes:011o}");
    if length.len() > 11 {
        return Err(ArchiveError::Damaged("a file of more than 8 GiB does not fit; back up to a folder"));
    }
    put(124, &length);
    put(136, "00000000000");
    put(148, "        ");
    put(156, "0");
    put(257, "ustar\0");
    put(263, "00");
    let sum: u32 = block.iter().map(|&b| u32::from(b)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    Ok(block)
}

/// Writes the named files of `folder` into the archive `to`, which only its owner reads.
///
/// # Errors
/// [`ArchiveError`].
pub fn pack(folder: &Path, names: &[String], to: &Path) -> Result<(), ArchiveError> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to)?;
    let mut out = BufWriter::new(file);
    for name in names {
        let mut file = File::open(folder.join(name))?;
        let bytes = file.metadata()?.len();
        out.write_all(&header(name, bytes)?)?;
        if io::copy(&mut file, &mut out)? != bytes {
            return Err(ArchiveError::Damaged("a file changed while it was packed"));
        }
        out.write_all(&[0; BLOCK_BYTES][..padding(bytes)])?;
    }
    out.write_all(&[0; 2 * BLOCK_BYTES])?;
    out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    Ok(())
}

fn padding(bytes: u64) -> usize {
    (BLOCK_BYTES - (bytes % BLOCK_BYTES as u64) as usize) % BLOCK_BYTES
}

fn octal(field: &[u8]) -> Option<u64> {
    let text = core::str::from_utf8(field).ok()?.trim_end_matches(['\0', ' ']);
    u64::from_str_radix(text, 8).ok()
}

/// Writes the files of the archive at `from` into `folder`; says their names.
///
/// # Errors
/// [`ArchiveError`]; what was written until then is left.
pub fn unpack(from: &Path, folder: &Path) -> Result<Vec<String>, ArchiveError> {
    let mut archive = BufReader::new(File::open(from)?);
    let mut names = Vec::new();
    let mut block = [0; BLOCK_BYTES];
    loop {
        let cut = |_| ArchiveError::Damaged("it ends too early");
        archive.read_exact(&mut block).map_err(cut)?;
        if block == [0; BLOCK_BYTES] {
            return Ok(names);
        }
        let sum = octal(&block[148..156]);
        block[148..156].fill(b' ');
        if sum != Some(block.iter().map(|&b| u64::from(b)).sum()) {
            return Err(ArchiveError::Damaged("a header fails its checksum"));
        }
        let end = block[..NAME_BYTES_MAX].iter().position(|&b| b == 0).unwrap_or(NAME_BYTES_MAX);
        let name = String::from_utf8_lossy(&block[..end]).into_owned();
        if !is_plain_name(&name) || block[156] != b'0' || names.contains(&name) {
            return Err(ArchiveError::Name { name });
        }
        let bytes = octal(&block[124..136]).ok_or(ArchiveError::Damaged("a length that is none"))?;
        let path = folder.join(&name);
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        if io::copy(&mut archive.by_ref().take(bytes), &mut file)? != bytes {
            return Err(ArchiveError::Damaged("it ends within a file"));
        }
        file.sync_all()?;
        archive.read_exact(&mut [0; BLOCK_BYTES][..padding(bytes)]).map_err(cut)?;
        names.push(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_come_out_as_they_went_in() {
        let folder = tempfile::tempdir().unwrap();
        let sizes = [("a", 0), ("deep/b", 512), ("deep/er/c.d-e_f", 1300)];
        for (name, bytes) in sizes {
            let path = folder.path().join("in").join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, vec![7; bytes]).unwrap();
        }
        let names: Vec<String> = sizes.iter().map(|(name, _)| (*name).to_owned()).collect();
        let archive = folder.path().join("x.tar");
        pack(&folder.path().join("in"), &names, &archive).unwrap();
        assert_eq!(unpack(&archive, &folder.path().join("out")).unwrap(), names);
        for (name, bytes) in sizes {
            assert_eq!(fs::read(folder.path().join("out").join(name)).unwrap(), vec![7; bytes]);
        }
        assert!(pack(&folder.path().join("in"), &names, &archive).is_err(), "an archive is not written over");
        let whole = fs::read(&archive).unwrap();
        let cut = folder.path().join("cut.tar");
        fs::write(&cut, &whole[..whole.len() - 1100]).unwrap();
        assert!(matches!(unpack(&cut, &folder.path().join("cut")), Err(ArchiveError::Damaged(_))));
    }

    #[test]
    fn a_name_that_leads_out_of_the_folder_is_refused() {
        for name in ["../x", "/etc/x", "a/../../x", "a//b", "", "a/", "a b", "a\0b"] {
            assert!(!is_plain_name(name), "{name}");
        }
        let folder = tempfile::tempdir().unwrap();
        let mut block = header("a/x", 0).unwrap();
        block[..4].copy_from_slice(b"../x");
        block[148..156].fill(b' ');
        let sum: u32 = block.iter().map(|&b| u32::from(b)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        let archive = folder.path().join("evil.tar");
        fs::write(&archive, [&block[..], &[0; 1024]].concat()).unwrap();
        let found = unpack(&archive, &folder.path().join("out"));
        assert!(matches!(found, Err(ArchiveError::Name { name }) if name == "../x"));
    }
}
