"""HTML and links in reports, and how long a name may be there. Markdown text itself: `merganser.markdown`."""

import html as _html
import re
from urllib.parse import quote

from merganser.markdown import PROSE_LIMIT, plain

NAME_LIMIT = 80

_WEB = re.compile("https?://", re.IGNORECASE)


def html(text: str, limit: int = PROSE_LIMIT) -> str:
    """Text or a quoted attribute's value in HTML."""
    return _html.escape(plain(text, limit), quote=True)


def link(label: str, url: str) -> str:
    """A Markdown link of a label that is Markdown already; the label alone unless `url` is an http(s) address."""
    if not _WEB.match(url):
        return label
    return f"[{label}]({quote(url, safe=':/?#@!$&+,;=%~-._')})"
