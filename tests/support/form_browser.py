"""A browser without scripts: it loads pages, fills in their forms, and counts the loads."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

from fastapi.testclient import TestClient
from typing_extensions import override

_CONTROLS: Final = ("input", "select", "textarea")


@dataclass
class PageForm:
    """A form: where it goes, how, its fields as they stand, and the choices of each select."""

    action: str
    encoding: str
    fields: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)


@dataclass
class Page(HTMLParser):
    """A page that was loaded."""

    status: int
    text: str
    forms: list[PageForm] = field(default_factory=list)
    unlabelled: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._select = ""
        self._labels: set[str] = set()
        self._ids: dict[str, str] = {}
        self.feed(self.text)
        self.unlabelled = [name for id_, name in self._ids.items() if id_ not in self._labels]

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(PageForm(given["action"], given.get("enctype", "")))
        elif tag == "label":
            self._labels.add(given["for"])
        elif tag in _CONTROLS and "name" in given:
            if given.get("type") != "hidden":
                self._ids[given.get("id", "")] = given["name"]
            self.forms[-1].fields[given["name"]] = given.get("value", "")
            if tag == "select":
                self._select = given["name"]
                self.forms[-1].choices[self._select] = []
        elif tag == "option":
            choices = self.forms[-1].choices[self._select]
            if "selected" in given or not choices:
                self.forms[-1].fields[self._select] = given["value"]
            choices.append(given["value"])


class FormBrowser:
    """Loads pages of an application as somebody does who has no scripts."""

    def __init__(self, client: TestClient) -> None:
        self._client = client
        self.loads = 0

    def open(self, path: str) -> Page:
        """Load a page."""
        self.loads += 1
        answer = self._client.get(path)
        return Page(answer.status_code, answer.text)

    def send(
        self,
        form: PageForm,
        filled: Mapping[str, str] | None = None,
        files: Mapping[str, tuple[str, bytes]] | None = None,
    ) -> Page:
        """Send a form with some fields filled in, and load what comes of it."""
        self.loads += 1
        fields = form.fields | dict(filled or {})
        answer = self._client.post(form.action, data=fields, files=files)
        return Page(answer.status_code, answer.text)
