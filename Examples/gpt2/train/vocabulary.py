"""Learns the merges of a byte-level byte-pair encoding from text, in the form that GPT-2's files have."""

import json

import bpe


def learn(text, size):
    """Returns a vocabulary of `size` tokens, token → number, and its merges, the first to merge first."""
    alphabet = bpe.byte_alphabet()
    counts = {}
    for word in bpe.words(text):
        counts[word] = counts.get(word, 0) + 1
    spelled = [([alphabet[byte] for byte in word.encode("utf-8")], count) for word, count in counts.items()]
    merges = []
    tokens = list(alphabet.values())
    while len(tokens) < size - 1:
        pairs = {}
        for parts, count in spelled:
            for pair in zip(parts, parts[1:]):
                pairs[pair] = pairs.get(pair, 0) + count
        # Ties go to the pair that sorts first, so that the same text always gives the same vocabulary.
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        tokens.append("".join(best))
        spelled = [
            (bpe.joined(parts, best) if best[0] in parts and best[1] in parts else parts, count)
            for parts, count in spelled
        ]
    tokens.append(bpe.END_OF_TEXT)
    return {token: number for number, token in enumerate(tokens)}, merges


def write(vocabulary, merges, directory):
    """Writes `vocab.json` and `merges.txt` into `directory`, a `pathlib.Path`."""
    (directory / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False) + "\n", encoding="utf-8")
    lines = ["#version: 0.2", *(" ".join(pair) for pair in merges)]
    (directory / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
