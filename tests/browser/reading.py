"""Reading a page back with the standard library's parser: elements, attributes, texts."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "rect", "path", "col"}
NOTES = {"esc", "cut"}  # what hostile or long text adds to a page: marks of our own around it


@dataclass
class Element:
    name: str
    attributes: dict[str, str | None]
    parent: Element | None = None
    children: list[Element | str] = field(default_factory=list)

    def text(self) -> str:
        return "".join(one if isinstance(one, str) else one.text() for one in self.children)

    def below(self) -> list[Element]:
        """Every element within it, in order."""
        found: list[Element] = []
        for one in self.children:
            if isinstance(one, Element):
                found += [one, *one.below()]
        return found

    def find(self, name: str, /, **attributes: str) -> list[Element]:
        wanted = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()}
        return [one for one in self.below() if one.name == name and wanted.items() <= one.attributes.items()]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("", {})
        self._at = self.root
        self.strange: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made = Element(tag, dict(attrs), self._at)
        assert len(made.attributes) == len(attrs), f"an attribute twice: {attrs}"
        self._at.children.append(made)
        if tag not in VOID:
            self._at = made

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in VOID
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self._at.name == tag, f"</{tag}> closes <{self._at.name}>"
        assert self._at.parent is not None
        self._at = self._at.parent

    def handle_data(self, data: str) -> None:
        self._at.children.append(data)

    def handle_comment(self, data: str) -> None:
        self.strange.append(data)

    def handle_pi(self, data: str) -> None:
        self.strange.append(data)

    def unknown_decl(self, data: str) -> None:
        self.strange.append(data)


def read(page: str) -> Element:
    """The root of the page, which must nest as it closes and hold no comment or declaration but its doctype."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    assert reader.strange == []
    return reader.root


def outline(page: str) -> list[tuple[str, tuple[tuple[str, str | None], ...]]]:
    """Every element with its attributes, without the marks of our own around hostile or long text."""
    return [
        (one.name, tuple(one.attributes.items()))
        for one in read(page).below()
        if one.attributes.get("class") not in NOTES
    ]
