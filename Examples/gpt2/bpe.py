"""GPT-2's byte-level byte-pair encoding, read from `vocab.json` and `merges.txt`."""

import functools
import json
import re
import unicodedata

END_OF_TEXT = "<|endoftext|>"

# GPT-2 splits text with
#     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
# Python's `re` has no \p{L} or \p{N}. The text is therefore matched through its shadow: a string of the same
# length in which every character beyond ASCII is replaced by an ASCII one of its kind. The match is then exact, up to
# the version of Unicode that this Python knows.
_WORD = re.compile(
    r"'(?:s|t|re|ve|m|ll|d)| ?[A-Za-z]+| ?[0-9]+| ?[^\sA-Za-z0-9]+|\s+(?!\S)|\s+",
    re.ASCII,
)


class _Shadow(dict):
    """A `str.translate` table that fills itself: each character beyond ASCII becomes an ASCII one of its kind."""

    def __missing__(self, code):
        character = chr(code)
        category = unicodedata.category(character)
        if code < 128:
            kind = character
        elif category.startswith("L"):
            kind = "a"
        elif category.startswith("N"):
            kind = "0"
        elif character.isspace():
            # Not " ": the pattern's optional leading space is U+0020 only.
            kind = "\t"
        else:
            kind = "!"
        self[code] = kind
        return kind


_SHADOW = _Shadow()


def words(text):
    """Yields the pieces of `text` inside which GPT-2 merges bytes; joined, they are the text."""
    for match in _WORD.finditer(text.translate(_SHADOW)):
        yield text[match.start() : match.end()]


def byte_alphabet():
    """Returns the printable character that stands for each byte in GPT-2's files, in the order of its vocabulary."""
    printable = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAC + 1), *range(0xAE, 0xFF + 1)]
    alphabet = {byte: chr(byte) for byte in printable}
    for byte in range(256):
        if byte not in alphabet:
            alphabet[byte] = chr(256 + len(alphabet) - len(printable))
    return alphabet


class Tokenizer:
    """Turns text into token numbers and back."""

    def __init__(self, vocabulary, merges):
        """Takes the token → number map of `vocab.json` and the pairs of `merges.txt`, the first to merge first."""
        self._numbers = vocabulary
        self._tokens = {number: token for token, number in vocabulary.items()}
        self._ranks = {pair: rank for rank, pair in enumerate(merges)}
        self._character_of = byte_alphabet()
        self._byte_of = {character: byte for byte, character in self._character_of.items()}
        self._encode_word = functools.lru_cache(maxsize=1 << 16)(self._merged)
        missing = [character for character in self._byte_of if character not in vocabulary]
        if missing:
            raise ValueError(f"vocab.json has no token for {len(missing)} of the 256 bytes")
        self.end_of_text = vocabulary.get(END_OF_TEXT)

    @classmethod
    def load(cls, directory):
        """Reads `vocab.json` and `merges.txt` in `directory`, a `pathlib.Path`."""
        vocabulary = json.loads((directory / "vocab.json").read_text(encoding="utf-8"))
        merges = []
        for line in (directory / "merges.txt").read_text(encoding="utf-8").split("\n"):
            pair = tuple(line.split(" "))
            if line.startswith("#version") or len(pair) != 2:
                continue
            merges.append(pair)
        return cls(vocabulary, merges)

    def __len__(self):
        return len(self._numbers)

    def encode(self, text):
        """Returns the token numbers of `text`; `<|endoftext|>` in it is ordinary text, not the special token."""
        return [number for word in words(text) for number in self._encode_word(word)]

    def decode(self, numbers):
        """Returns the text of `numbers`; bytes that are not UTF-8, such as half a character, become U+FFFD."""
        return self.decode_bytes(numbers).decode("utf-8", errors="replace")

    def decode_bytes(self, numbers):
        """Returns the bytes that `numbers` stand for; the special token stands for none."""
        tokens = (self._tokens.get(number, "") for number in numbers if number != self.end_of_text)
        return bytes(self._byte_of[character] for token in tokens for character in token)

    def _merged(self, word):
        """Joins the bytes of `word`, always the pair that training joined first, until no pair is left to join."""
        parts = [self._character_of[byte] for byte in word.encode("utf-8", errors="replace")]
        while len(parts) > 1:
            pairs = set(zip(parts, parts[1:]))
            best = min(pairs, key=lambda pair: self._ranks.get(pair, len(self._ranks)))
            if best not in self._ranks:
                break
            parts = joined(parts, best)
        return [self._numbers[part] for part in parts]


def joined(parts, pair):
    """Returns `parts` with every occurrence of `pair`, from the left, made one part."""
    result = []
    index = 0
    while index < len(parts):
        if index + 1 < len(parts) and (parts[index], parts[index + 1]) == pair:
            result.append(parts[index] + parts[index + 1])
            index += 2
        else:
            result.append(parts[index])
            index += 1
    return result
