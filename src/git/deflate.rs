//! [`Deflater`]: compresses one piece after the other with one state.
//!
//! The state takes a quarter of a megabyte. To make it anew for each of many objects of a few hundred bytes costs as much as
//! compressing them.

use std::io::{self, Write};

use flate2::{Compression, write::ZlibEncoder};

/// zlib at git's level for loose objects: speed first, packing compresses them again.
pub(super) struct Deflater {
    encoder: ZlibEncoder<Vec<u8>>,
    /// What was compressed last; its memory is used again.
    last: Vec<u8>,
}

impl Deflater {
    pub(super) fn new() -> Self {
        Deflater {
            encoder: ZlibEncoder::new(Vec::new(), Compression::fast()),
            last: Vec::new(),
        }
    }

    /// Compresses `data`.
    pub(super) fn deflate(&mut self, data: &[u8]) -> io::Result<&[u8]> {
        self.encoder.write_all(data)?;
        self.last.clear();
        self.last = self.encoder.reset(std::mem::take(&mut self.last))?;
        Ok(&self.last)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn each_piece_is_compressed_as_if_it_were_the_only_one() {
        let mut deflater = Deflater::new();
        let text = b"again, and again, and once more ".repeat(20_000);
        let mut noise = Vec::new();
        let mut state = 7_u32;
        for _ in 0..200_000 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            noise.push((state >> 24) as u8);
        }
        for len in [0, 3, 100, 70_000, 5, 200_000, 0, 1, 32_768, 400] {
            for data in [&text[..len], &noise[..len], &text[len..], &noise[..len / 2]] {
                let deflated = deflater.deflate(data).expect("in memory").to_vec();
                let mut read = Vec::new();
                let mut decoder = flate2::read::ZlibDecoder::new(deflated.as_slice());
                decoder.read_to_end(&mut read).expect("it was compressed");
                assert!(read == data, "{len}");
                let mut alone = ZlibEncoder::new(Vec::new(), Compression::fast());
                alone.write_all(data).expect("in memory");
                assert!(deflated == alone.finish().expect("in memory"), "{len}");
            }
        }
    }
}
