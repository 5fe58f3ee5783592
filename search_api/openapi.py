"""The OpenAPI description: failures as what they are sent as, keys as what opens the door."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI

from search_api.problems import MEDIA_TYPE
from search_api.settings import Settings

SCHEMES = {
    "key": {"type": "http", "scheme": "bearer", "description": "A key made by `vankien keys add`."},
    "password": {"type": "http", "scheme": "basic", "description": "The same key as the password; any user name."},
}
# Parameters whose bounds are settings: what stands in the description is what this server takes.
_MOST = {
    "limit": "max_limit",
    "offset": "max_offset",
    "context": "max_context",
    "neighbours": "max_context",
    "budget": "max_budget",
}
_UNUSED = ("HTTPValidationError", "ValidationError")


def describe(app: FastAPI) -> Callable[[], dict[str, Any]]:
    """What stands at ``/openapi.json``, made once.

    Args:
        app: with all its routes.
    """
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            described = plain()
            settings: Settings = app.state.settings
            for methods in described["paths"].values():
                for operation in methods.values():
                    _complete(operation)
                    _bound(operation, settings)
            _bound_bodies(described["components"]["schemas"], settings)
            components = described["components"]
            components["securitySchemes"] = SCHEMES
            for unused in _UNUSED:
                components["schemas"].pop(unused, None)
        return app.openapi_schema or {}

    return openapi


def _complete(operation: dict[str, Any]) -> None:
    """Failures as problem documents; no key, or one of the two ways to send it."""
    operation["security"] = [{}, *({name: []} for name in SCHEMES)]
    for status, answer in operation["responses"].items():
        if status >= "400":
            answer["content"] = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemOut"}}}
        if status == "422":
            answer["description"] = "Invalid parameters"


def _bound(operation: dict[str, Any], settings: Settings) -> None:
    """Write the settings' limits into the parameters; routes that take any number keep theirs."""
    for parameter in operation.get("parameters", []):
        schema, name = parameter["schema"], parameter["name"]
        if name == "q":
            schema |= {"minLength": 1, "maxLength": settings.query_max_length, "pattern": r"\S"}
        for option in (schema, *schema.get("anyOf", [])):
            if name in _MOST and option.get("type") == "integer" and "maximum" not in option:
                option["maximum"] = getattr(settings, _MOST[name])


def _bound_bodies(schemas: dict[str, Any], settings: Settings) -> None:
    queries = schemas["SearchIn"]["properties"]["queries"]
    queries["maxItems"] = settings.max_batch
    queries["items"] |= {"minLength": 1, "maxLength": settings.query_max_length, "pattern": r"\S"}
    for name, setting in (("limit", "max_limit"), ("offset", "max_offset"), ("context", "max_context")):
        schema = schemas["SearchIn"]["properties"][name]
        for option in (schema, *schema.get("anyOf", [])):
            if option.get("type") == "integer":
                option["maximum"] = getattr(settings, setting)
    schemas["VerifyIn"]["properties"]["quote"] |= {"maxLength": settings.quote_max_length, "pattern": r"\w"}
