"""Elements of the XML files that are written for other systems."""

from __future__ import annotations

from xml.etree import ElementTree


def add(parent: ElementTree.Element, name: str, text: str) -> None:
    """Add an element with a text.

    XML 1.0 has no way to write most control characters; names that hold them are shown with a mark.
    """
    clean = "".join(c if c >= " " or c in "\t\n\r" else "\ufffd" for c in text)
    ElementTree.SubElement(parent, name).text = clean
