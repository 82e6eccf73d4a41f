"""What a screen reader and a browser take from a page: its outline, and what it would load."""

import re
from html.parser import HTMLParser


class Outline(HTMLParser):
    """Collects a page's elements in order, and checks that every one is closed.

    `headings` holds the levels of headings, `loaded` each address that is not within the page.
    """

    VOID = ("meta", "input")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.headings: list[int] = []
        self.ids: list[str] = []
        self.loaded: list[str] = []
        self.targets: list[str] = []
        self.unscoped: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take an element in."""
        self.seen.append(tag)
        for name, value in attrs:
            if name == "href" and (value or "").startswith("#"):
                self.targets.append((value or "")[1:])
            elif name in ("src", "href", "style", "action"):
                self.loaded.append(f"{name}={value}")
            elif name == "id":
                self.ids.append(value or "")
        if tag in ("h1", "h2", "h3", "h4"):
            self.headings.append(int(tag[1]))
        if tag == "th" and "scope" not in dict(attrs):
            self.unscoped.append(tag)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close it."""
        assert self.open.pop() == tag


def check_page(text: str) -> None:
    """Check that a page loads nothing, and can be read aloud in order."""
    outline = Outline(text)

    assert text.startswith('<!doctype html>\n<html lang="en-GB">')
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in text
    assert outline.open == outline.loaded == outline.unscoped == []
    assert {"script", "link", "img", "iframe"}.isdisjoint(outline.seen)
    assert "url(" not in text
    assert "@import" not in text
    assert {"title", "main"} <= set(outline.seen)
    assert outline.headings.count(1) == 1
    deeper = zip(outline.headings, outline.headings[1:], strict=False)
    assert all(below - above <= 1 for above, below in deeper)
    assert outline.seen.count("table") == outline.seen.count("caption")
    assert len(outline.ids) == len(set(outline.ids))
    assert set(outline.targets) <= set(outline.ids)
    # fits the screen of a telephone: words break, and nothing has a width of its own
    assert "overflow-wrap: anywhere" in text
    assert "nowrap" not in text
    assert "pre" not in outline.seen
    assert not re.search(r"width: [\d.]+px", text)
    headings = re.findall(r"<th [^>]*>\s*([^<\s])", text)
    assert [first for first in headings if first.islower()] == []


def check_served_page(text: str) -> None:
    """Check that a page that is served runs and loads nothing, and can be used by ear alone."""
    outline = Outline(text)

    assert outline.open == outline.unscoped == []
    assert {"script", "link", "img", "iframe"}.isdisjoint(outline.seen)
    assert not any(found.startswith(("src=", "style=")) for found in outline.loaded)
    assert outline.headings.count(1) == 1
    deeper = zip(outline.headings, outline.headings[1:], strict=False)
    assert all(below - above <= 1 for above, below in deeper)
    assert len(outline.ids) == len(set(outline.ids))
    labelled = set(re.findall(r'<label for="([^"]+)"', text))
    assert set(re.findall(r'<(?:input type="text"|select) id="([^"]+)"', text)) == labelled
    assert len(re.findall(r"<label><input type=.radio.", text)) == text.count('type="radio"')
    assert text.count("<fieldset") == text.count("<legend>")
    assert long_sentences(text) == []


def long_sentences(text: str) -> list[str]:
    """Return the sentences of more than 25 words: what a child of twelve does not read."""
    text = re.sub(r"(?s)<style>.*?</style>", "", text)
    shown = re.sub(r"<[^>]+>", "\n", re.sub(r"</?(strong|code)>", "", text))
    sentences = [one for line in shown.splitlines() for one in re.split(r"(?<=[.:;])\s", line)]
    return [one for one in sentences if len(one.split()) > 25]
