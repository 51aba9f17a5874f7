"""Headers that tell browsers what not to do with our answers. On every answer, errors included."""

from flask import Flask, Response, request

JSON_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
PAGE_POLICY = "default-src 'self'; img-src 'self' data:; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",  # what we answer is about persons; a page that holds nothing of them says so itself
}
ONE_YEAR = 31_536_000  # seconds


def register(app: Flask) -> None:
    """From here on every answer carries the headers; a view that set one keeps its own."""
    app.after_request(_add)


def _add(response: Response) -> Response:
    is_page = response.mimetype == "text/html"
    for name, value in {**HEADERS, "Content-Security-Policy": PAGE_POLICY if is_page else JSON_POLICY}.items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", f"max-age={ONE_YEAR}; includeSubDomains")
    return response
