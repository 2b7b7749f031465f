"""Unpack bodies piece by piece, and notice a stream that was cut."""

from __future__ import annotations

import zlib

import httpx


class Unpacker:
    """Unpacks gzip; a stream may have several members."""

    def __init__(self) -> None:
        self._part = zlib.decompressobj(zlib.MAX_WBITS | 16)

    @property
    def is_whole(self) -> bool:
        """Whether the last member is complete, with its length and checksum."""
        return self._part.eof

    def unpack(self, packed: bytes) -> bytes:
        """Return the unpacked bytes of a piece of the stream. Raises httpx.DecodingError."""
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
