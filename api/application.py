"""The composition root: the one place where the parts of the web application meet.

For gunicorn: `gunicorn --worker-class gthread --threads 8 'api.application:create_app()'`. On SQLite one worker, on PostgreSQL any
number. Behind a reverse proxy say how many stand in front, so that the limits count callers and not the proxy:
`'api.application:create_app(trusted_proxies=1)'`.
"""

from flask import Flask
from flask.json.provider import DefaultJSONProvider
from werkzeug.middleware.proxy_fix import ProxyFix

from api import access, context, errors, openapi, paths, rate_limits, resources, security_headers
from api.operations import Noun
from engine.database import Database
from engine.settings import read_settings

LARGEST_BODY = 2**20  # bytes
PUBLIC_CALLS_PER_MINUTE = 10


class ReadableJson(DefaultJSONProvider):
    """Vietnamese as it is written, members in the order of their schemas."""

    ensure_ascii = False
    sort_keys = False


def create_app(
    database: Database | None = None,
    *,
    public_calls_per_minute: int = PUBLIC_CALLS_PER_MINUTE,
    trusted_proxies: int = 0,
) -> Flask:
    """The application on this database; without one, on the database that the environment names (`engine.settings`).

    `public_calls_per_minute`: how often one address may file, track or send without a token, counted per process.
    `trusted_proxies`: how many reverse proxies in front set X-Forwarded-For and X-Forwarded-Proto.
    """
    app = Flask("api", static_folder=None, template_folder=None)
    app.json = ReadableJson(app)
    app.config |= {"MAX_CONTENT_LENGTH": LARGEST_BODY, "PROVIDE_AUTOMATIC_OPTIONS": False}
    app.extensions[context.EXTENSION] = database or _database_of_this_machine()
    if trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=trusted_proxies, x_proto=trusted_proxies)  # type: ignore[method-assign]
    paths.register(app)
    errors.register(app)
    security_headers.register(app)
    rate_limits.install(app, public_calls_per_minute)
    _serve(app)
    access.protect(app)
    return app


def _serve(app: Flask) -> None:
    documentation = openapi.describe(app)
    for noun in (*resources.ALL, _description(documentation)):
        documentation.register_blueprint(noun.blueprint)


def _description(documentation: openapi.Documentation) -> Noun:
    """The route that serves the description of all routes, itself included."""
    noun = Noun("openapi", "Description of the API", "Mô tả giao diện lập trình")

    @noun.route(
        "GET", "/openapi.json", en="This description, in OpenAPI 3.1", vi="Mô tả này, theo OpenAPI 3.1", gives=None
    )
    @access.public
    def openapi_json() -> object:
        return documentation.spec.to_dict()

    return noun


def _database_of_this_machine() -> Database:
    settings = read_settings()
    return Database(settings.database_url, master_key=settings.master_key)
