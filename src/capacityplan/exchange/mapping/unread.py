"""Columns of a file that hold something and that its profile does nothing with."""

from __future__ import annotations

import re
from functools import lru_cache

from capacityplan.exchange.mapping.dialect import Text
from capacityplan.exchange.mapping.profile import Profile, Read


def unread_columns(text: Text, entry: Read, known: list[str], profile: Profile) -> tuple[str, ...]:
    """Return the columns with content that are not read, in the file's order.

    Parameters
    ----------
    text : Text
        The file, with its columns named as the profile knows them.
    known : list of str
        Columns that the entry names.
    profile : Profile
        A formula may use a column that no entry names.
    """
    if entry.unpivot is not None or entry.numbers == ["*"]:
        return ()
    used = {*known, *_words(profile.model_dump_json(include={"read", "make", "fill"}))}
    others = [name for name in text.header if name not in used]
    return tuple(name for name in others if any(text.column(name)))


@lru_cache(maxsize=4)
def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text))
