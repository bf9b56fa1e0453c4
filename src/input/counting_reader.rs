//! Counts and hashes the stored bytes of an input while it is read.

use std::fmt;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};

use super::lines::read;
use crate::input::progress::Progress;

/// Number and hash of the bytes read through a [`CountingReader`].
#[derive(Default)]
pub struct Tally {
    /// Bytes as stored.
    pub bytes: u64,
    hash: Option<Sha256>,
}

impl fmt::Debug for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tally").field("bytes", &self.bytes).finish_non_exhaustive()
    }
}

/// A tally that outlives the readers built upon its [`CountingReader`].
#[derive(Debug, Clone, Default)]
pub struct SharedTally(Arc<Mutex<Tally>>);

impl SharedTally {
    /// A tally that also hashes, if `hash`.
    pub fn new(hash: bool) -> Self {
        Self(Arc::new(Mutex::new(Tally { bytes: 0, hash: hash.then(Sha256::new) })))
    }

    fn lock(&self) -> MutexGuard<'_, Tally> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bytes so far.
    pub fn bytes(&self) -> u64 {
        self.lock().bytes
    }

    /// SHA-256 of all bytes so far, in lower-case hex, if it hashes.
    pub fn hex(&self) -> Option<String> {
        self.lock().hash.clone().map(|h| h.finalize().iter().map(|b| format!("{b:02x}")).collect())
    }
}

/// A reader that counts the bytes read, for the tally and the progress bar.
pub struct CountingReader<'a, R> {
    reader: R,
    tally: SharedTally,
    progress: &'a dyn Progress,
}

impl<R> fmt::Debug for CountingReader<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CountingReader").field("tally", &self.tally).finish_non_exhaustive()
    }
}

impl<'a, R: Read> CountingReader<'a, R> {
    /// Wraps `reader`.
    pub fn new(reader: R, tally: SharedTally, progress: &'a dyn Progress) -> Self {
        Self { reader, tally, progress }
    }

    /// Reads to the end, for the hash's sake.
    ///
    /// # Errors
    /// What the reader says.
    pub fn drain(mut self) -> io::Result<()> {
        io::copy(&mut self, &mut io::sink()).map(|_| ())
    }
}

impl<R: Read> Read for CountingReader<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n = read(&mut self.reader, into)?;
        let mut tally = self.tally.lock();
        tally.bytes += n as u64;
        if let Some(hash) = tally.hash.as_mut() {
            hash.update(&into[..n]);
        }
        self.progress.read(n as u64);
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::progress::Quiet;

    #[test]
    fn the_hash_is_that_of_the_bytes() {
        let tally = SharedTally::new(true);
        CountingReader::new(&b"abc"[..], tally.clone(), &Quiet).drain().unwrap();
        assert_eq!(tally.bytes(), 3);
        // FIPS 180-2, appendix B.1.
        assert_eq!(tally.hex().unwrap(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(SharedTally::new(false).hex(), None);
    }
}
