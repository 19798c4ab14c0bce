"""Reads the tensors of a `.safetensors` file; nothing in the file is trusted, and nothing in it can run."""

import json
import math
import mmap
import struct

import numpy

# GPT-2's own header has 14 kB; the format allows 100 MB, which a small machine would feel.
_LONGEST_HEADER = 16 << 20

_WIDTHS = {
    "BOOL": 1, "U8": 1, "I8": 1, "F8_E4M3": 1, "F8_E5M2": 1,
    "U16": 2, "I16": 2, "F16": 2, "BF16": 2,
    "U32": 4, "I32": 4, "F32": 4,
    "U64": 8, "I64": 8, "F64": 8,
}  # fmt: skip


class WeightsError(ValueError):
    """Says what is wrong with a file of weights."""


class Weights:
    """The tensors of one file, read when they are asked for."""

    def __init__(self, path):
        """Opens the file at `path` and checks its header against its size."""
        with open(path, "rb") as file:
            size = file.seek(0, 2)
            if size < 8:
                raise WeightsError(f"{path}: {size} bytes are too few for a safetensors file")
            # The map outlives the descriptor; 32-bit tensors are used where they lie, without a copy.
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        (length,) = struct.unpack("<Q", self._map[:8])
        if length > min(_LONGEST_HEADER, size - 8):
            raise WeightsError(f"{path}: the header cannot be {length} bytes long; is it a safetensors file?")
        self._start = 8 + length
        try:
            header = json.loads(self._map[8 : self._start].decode("utf-8"), object_pairs_hook=_without_duplicates)
        except (UnicodeDecodeError, RecursionError, json.JSONDecodeError) as error:
            raise WeightsError(f"{path}: the header is not JSON: {error}") from None
        if not isinstance(header, dict):
            raise WeightsError(f"{path}: the header is not a JSON object")
        header.pop("__metadata__", None)
        self._entries = {name: _entry(path, name, fields) for name, fields in header.items()}
        _check_layout(path, self._entries, size - self._start)
        self._path = path

    def __contains__(self, name):
        return name in self._entries

    def tensor(self, name, shape):
        """Returns the tensor `name` in 32-bit floating point, and refuses one that has another shape."""
        if name not in self._entries:
            raise WeightsError(f"{self._path}: there is no tensor `{name}`")
        dtype, actual, begin, _ = self._entries[name]
        if actual != tuple(shape):
            raise WeightsError(f"{self._path}: `{name}` has shape {list(actual)}, config.json asks for {list(shape)}")
        count, offset = math.prod(shape), self._start + begin
        if dtype == "F32":
            values = numpy.frombuffer(self._map, "<f4", count, offset)
        elif dtype == "F16":
            values = numpy.frombuffer(self._map, "<f2", count, offset).astype(numpy.float32)
        elif dtype == "BF16":
            # BF16 is the upper half of a 32-bit number.
            halves = numpy.frombuffer(self._map, "<u2", count, offset).astype(numpy.uint32)
            values = (halves << 16).view(numpy.float32)
        else:
            raise WeightsError(f"{self._path}: `{name}` is {dtype}; F32, F16 and BF16 are supported")
        return values.reshape(shape)


def _without_duplicates(pairs):
    """Makes a dictionary of a JSON object; a name that appears twice is an error, as the format demands."""
    result = dict(pairs)
    if len(result) != len(pairs):
        raise WeightsError("the header names a tensor or field twice")
    return result


def _entry(path, name, fields):
    """Returns (type, shape, begin, end) of one tensor of the header."""
    if not isinstance(fields, dict) or set(fields) != {"dtype", "shape", "data_offsets"}:
        raise WeightsError(f"{path}: `{name}` needs exactly dtype, shape and data_offsets")
    dtype, shape, offsets = fields["dtype"], fields["shape"], fields["data_offsets"]
    if dtype not in _WIDTHS:
        raise WeightsError(f"{path}: `{name}` has the unknown type {dtype!r}")
    if not _are_counts(shape) or not _are_counts(offsets) or len(offsets) != 2:
        raise WeightsError(f"{path}: the shape or the offsets of `{name}` are not counts")
    begin, end = offsets
    if end - begin != math.prod(shape) * _WIDTHS[dtype]:
        raise WeightsError(f"{path}: `{name}` is {end - begin} bytes long, which its shape and type contradict")
    return dtype, tuple(shape), begin, end


def _are_counts(values):
    """Tells whether `values` is a short list of whole numbers, none below zero or beyond any file's size."""
    if not isinstance(values, list) or len(values) > 8:
        return False
    return all(type(value) is int and 0 <= value < 1 << 48 for value in values)


def _check_layout(path, entries, size):
    """Refuses tensors that overlap, leave holes or reach past the end, as the format demands."""
    position = 0
    for name, (_, _, begin, end) in sorted(entries.items(), key=lambda entry: entry[1][2:]):
        if begin != position:
            raise WeightsError(f"{path}: `{name}` begins at byte {begin} of the data, not at {position}")
        position = end
    if position != size:
        raise WeightsError(f"{path}: the tensors take {position} bytes, the file has {size}")
