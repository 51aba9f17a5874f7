"""How the world knocks: REST under /api/v1, described by OpenAPI 3.1 at /api/v1/openapi.json.

    a call ──> access (may this caller come in?) ──> operations (query and body, checked) ──> resources (one file per noun)
                  └ identity, rate_limits               └ strict_json, inputs                     └ acts ──> engine
    whatever is raised on the way ──> errors (the only place with HTTP codes) ──> application/problem+json, vi and en

The doors decide nothing about cases: they turn a call into one command or one query of the engine and its answer into JSON.
They hold no state but the counts of `rate_limits`, which are those of one process.

What is said here once for every route:

* Every route declares who may come in (`access`); the application does not start when one does not.
* What a caller may not read does not exist for them: acts on it are answered 404, as reading it is.
* Acts take `Idempotency-Key`. Participants must send one; the public may (`idempotency`).
* `ETag` of a case is its version. Acts on a case accept `If-Match` and are refused with 412 when the case has moved on.
* Lists are read page by page from a position (`pagination`), never by page number.
* Instants are ISO 8601 with offset, days are Vietnam's calendar days.
"""
