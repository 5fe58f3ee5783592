"""The OpenAPI description: failures as what they are sent as, keys as what opens the door."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI

from search_api.problems import MEDIA_TYPE

SCHEMES = {
    "key": {"type": "http", "scheme": "bearer", "description": "A key made by `vankien keys add`."},
    "password": {"type": "http", "scheme": "basic", "description": "The same key as the password; any user name."},
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
            for methods in described["paths"].values():
                for operation in methods.values():
                    _complete(operation)
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
