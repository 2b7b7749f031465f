"""A zip archive that holds one text file, as the SEC publishes its half months."""

from __future__ import annotations

import io
import zipfile
import zlib

from stockgroups.errors import OversizedFileError, TruncatedFileError, UnsupportedFileError

_WORKBOOK = "[Content_Types].xml"
"""The member that every Office file has."""


def unpack_only(data: bytes, most: int, file_name: str) -> tuple[str, bytes]:
    """Return the name and the bytes of the only file of a zip archive.

    Args:
        data: The archive.
        most: The maximum size of the file in bytes.
        file_name: The name of the archive, for errors.

    Raises:
        TruncatedFileError: It is damaged or cut.
        UnsupportedFileError: It holds several files, is a workbook, or is encrypted.
        OversizedFileError: The file is larger than `most`.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = [one.filename for one in archive.infolist() if not one.is_dir()]
            if _WORKBOOK in names:
                raise UnsupportedFileError(
                    "a workbook, not an archive of one text file",
                    where=file_name,
                    remedy="use the file as published: text, JSON, or a zip of text",
                )
            if len(names) != 1:
                raise UnsupportedFileError(
                    f"an archive of {len(names)} files",
                    where=file_name,
                    remedy="unpack it, and name the files",
                )
            with archive.open(names[0]) as member:
                unpacked = member.read(most + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
        raise TruncatedFileError(
            f"the archive is damaged: {error}", where=file_name, remedy="download it again"
        ) from error
    except (RuntimeError, NotImplementedError) as error:  # encrypted, or packed by another method
        raise UnsupportedFileError(
            f"the archive cannot be unpacked: {error}",
            where=file_name,
            remedy="unpack it, and name the file",
        ) from error
    if len(unpacked) > most:
        raise OversizedFileError(
            f"it unpacks to more than {most:,} bytes, more than any such file has", where=file_name
        )
    return names[0], unpacked
