"""The King James Bible, a text in the public domain, from the Debian packages `bible-kjv` and `bible-kjv-text`."""

import re
import subprocess

# The prefix that `bible -f` puts before every verse, as in "Ge1:1 " or "1Co13:4 ".
_REFERENCE = re.compile(r"(\w+):\d+ ")


def read(program, data):
    """Returns the chapters, in order, each a string with one verse on a line.

    `program` is the path of `bible`; `data` is the directory that holds `bible.data`.
    """
    command = [program, "-f", "-p", data, "-d", "bible.data", "gen1:1-rev22:21"]
    printed = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True).stdout
    chapters = {}
    for line in printed.splitlines():
        reference = _REFERENCE.match(line)
        if reference is None:
            raise ValueError(f"not a verse: {line!r}")
        chapters.setdefault(reference.group(1), []).append(line[reference.end() :])
    return ["\n".join(verses) + "\n" for verses in chapters.values()]


def split(chapters):
    """Returns the chapters to train on and, every twentieth, those held out to validate with."""
    held_out = [chapter for number, chapter in enumerate(chapters) if number % 20 == 10]
    return [chapter for number, chapter in enumerate(chapters) if number % 20 != 10], held_out
