//! Many objects at once: written into one pack, which git checks, indexes and syncs.
//!
//! The pack is spooled to a temporary file while objects come in, because its header says how many there are, and then
//! streamed to `git index-pack --stdin`. Objects are stored whole: git's own maintenance finds the deltas later. Format:
//! gitformat-pack(5).

use std::{
    fs::File,
    io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write},
    os::unix::fs::FileExt,
    path::PathBuf,
    process::{Command, Stdio},
};

use gix::{ObjectId, objs::Kind};

use super::{
    GitError, Repo,
    command::{complaint, start},
    deflate::Deflater,
};

/// A pack that is being put together.
pub(super) struct PackSpool {
    entries: BufWriter<File>,
    /// Which objects are in it, and where each begins.
    objects: Vec<(ObjectId, u64)>,
    size: u64,
    deflater: Deflater,
    directory: PathBuf,
}

impl PackSpool {
    /// A pack whose entries lie in `directory` until it is finished.
    pub(super) fn new(directory: PathBuf) -> Result<Self, GitError> {
        let file = tempfile::tempfile_in(&directory).map_err(GitError::io("create a file in", &directory))?;
        Ok(PackSpool {
            entries: BufWriter::with_capacity(1 << 20, file),
            objects: Vec::new(),
            size: 0,
            deflater: Deflater::new(),
            directory,
        })
    }

    /// How many objects it holds.
    pub(super) fn len(&self) -> usize {
        self.objects.len()
    }

    /// Adds an object. Each must be added once only.
    pub(super) fn add(&mut self, id: ObjectId, kind: Kind, data: &[u8]) -> Result<(), GitError> {
        let failed = || GitError::io("write a pack in", &self.directory);
        let header = entry_header(kind, data.len() as u64);
        let deflated = self.deflater.deflate(data).map_err(failed())?;
        let written = self.entries.write_all(&header);
        written
            .and_then(|()| self.entries.write_all(deflated))
            .map_err(failed())?;
        self.objects.push((id, self.size));
        self.size += (header.len() + deflated.len()) as u64;
        Ok(())
    }

    /// Adds all objects of `other`, as they lie there.
    pub(super) fn add_all(&mut self, other: &PackSpool) -> Result<(), GitError> {
        let buffered = other.entries.buffer();
        let on_disk = other.size - buffered.len() as u64;
        let mut chunk = vec![0; 1 << 16];
        let mut at = 0;
        while at < on_disk {
            let wanted = usize::try_from(on_disk - at).map_or(chunk.len(), |rest| rest.min(chunk.len()));
            let file = other.entries.get_ref();
            let read = file.read_exact_at(&mut chunk[..wanted], at);
            read.map_err(GitError::io("read a pack in", &other.directory))?;
            let written = self.entries.write_all(&chunk[..wanted]);
            written.map_err(GitError::io("write a pack in", &self.directory))?;
            at += wanted as u64;
        }
        let written = self.entries.write_all(buffered);
        written.map_err(GitError::io("write a pack in", &self.directory))?;
        let moved = other.objects.iter().map(|(id, begins)| (*id, self.size + begins));
        self.objects.extend(moved);
        self.size += other.size;
        Ok(())
    }

    /// Keeps the first `len` objects and returns which others there were.
    pub(super) fn truncate(&mut self, len: usize) -> Result<Vec<ObjectId>, GitError> {
        let cut: Vec<(ObjectId, u64)> = self.objects.drain(len.min(self.objects.len())..).collect();
        if let Some((_, begins)) = cut.first() {
            let failed = || GitError::io("cut back a pack in", &self.directory);
            // Seeking writes out what is buffered, so that nothing old follows later.
            self.entries.seek(SeekFrom::Start(*begins)).map_err(failed())?;
            self.entries.get_ref().set_len(*begins).map_err(failed())?;
            self.size = *begins;
        }
        Ok(cut.into_iter().map(|(id, _)| id).collect())
    }

    /// Hands the pack to git; when this returns its objects are visible in the object directory of `index_pack`, made by
    /// [`Repo::index_pack`], and synced as that was told.
    pub(super) fn finish(mut self, mut index_pack: Command, hash: gix::hash::Kind) -> Result<(), GitError> {
        self.hand_over(&mut index_pack, hash).map(drop)
    }

    /// As [`finish`](Self::finish), as often as need be. Returns what git printed.
    pub(super) fn hand_over(&mut self, index_pack: &mut Command, hash: gix::hash::Kind) -> Result<Vec<u8>, GitError> {
        let io = || GitError::io("read a pack in", &self.directory);
        self.entries.flush().map_err(io())?;
        let mut file = self.entries.get_ref();
        file.seek(SeekFrom::Start(0)).map_err(io())?;
        index_pack
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = start(index_pack)?;
        let mut stdin = child.stdin.take().expect("piped just above");
        let sent = send(
            u32::try_from(self.objects.len()).map_err(|error| io()(std::io::Error::other(error)))?,
            BufReader::with_capacity(1 << 20, file),
            hash,
            &mut stdin,
        );
        drop(stdin);
        let output = child
            .wait_with_output()
            .map_err(|source| GitError::GitNotFound { source })?;
        if !output.status.success() {
            return Err(GitError::GitFailed {
                command: "index-pack".to_owned(),
                message: complaint(&output),
            });
        }
        sent.map_err(io())?;
        Ok(output.stdout)
    }
}

impl Repo {
    /// The command that takes a pack into this repository.
    pub(super) fn index_pack(&self, sync: bool) -> Command {
        let fsync = if sync {
            "core.fsync=pack,pack-metadata"
        } else {
            "core.fsync=none"
        };
        self.git_command(&["-c", fsync, "index-pack", "--stdin", "--fix-thin"])
    }
}

fn send(count: u32, mut entries: impl Read, hash: gix::hash::Kind, to: &mut impl Write) -> std::io::Result<()> {
    let mut hasher = gix::hash::hasher(hash);
    let mut header = Vec::with_capacity(12);
    header.extend_from_slice(b"PACK");
    header.extend_from_slice(&2_u32.to_be_bytes());
    header.extend_from_slice(&count.to_be_bytes());
    hasher.update(&header);
    to.write_all(&header)?;
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = entries.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        hasher.update(&buffer[..read]);
        to.write_all(&buffer[..read])?;
    }
    let checksum = hasher.try_finalize().map_err(std::io::Error::other)?;
    to.write_all(checksum.as_slice())
}

/// Type and size of an object: four bits of size beside the type in the first byte, seven in each that follows.
fn entry_header(kind: Kind, size: u64) -> Vec<u8> {
    let type_number: u8 = match kind {
        Kind::Commit => 1,
        Kind::Tree => 2,
        Kind::Blob => 3,
        Kind::Tag => 4,
    };
    let mut rest = size >> 4;
    let mut header = vec![type_number << 4 | (size & 0x0f) as u8];
    while rest > 0 {
        if let Some(last) = header.last_mut() {
            *last |= 0x80;
        }
        header.push((rest & 0x7f) as u8);
        rest >>= 7;
    }
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_coded_as_the_format_says() {
        assert_eq!(entry_header(Kind::Blob, 0), [0x30]);
        assert_eq!(entry_header(Kind::Commit, 15), [0x1f]);
        assert_eq!(entry_header(Kind::Tree, 16), [0xa0, 0x01]);
        assert_eq!(entry_header(Kind::Blob, 0x1234), [0xb4, 0xa3, 0x02]);
    }
}
