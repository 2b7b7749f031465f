"""Bodies that come packed: unpacked piece by piece, so that a stream that was cut is told."""

from __future__ import annotations

import zlib

import httpx


class Unpacker:
    """Unpacks gzip, of which a stream may have several parts."""

    def __init__(self) -> None:
        self._part = zlib.decompressobj(zlib.MAX_WBITS | 16)

    @property
    def is_whole(self) -> bool:
        """Whether the last part has come to its end, where its length and checksum stand."""
        return self._part.eof

    def unpack(self, packed: bytes) -> bytes:
        """Return what a piece of the stream has in it. Raises httpx.DecodingError."""
        found = b""
        try:
            while packed := packed.lstrip(b"\0") if self._part.eof else packed:  # padding
                if self._part.eof:
                    self._part = zlib.decompressobj(zlib.MAX_WBITS | 16)
                found += self._part.decompress(packed)
                packed = self._part.unused_data
        except zlib.error as error:
            raise httpx.DecodingError(str(error)) from error
        return found
