"""Reads an endpoint's input parameters from its OpenAPI document at fal."""

from dataclasses import replace
from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from bot.domain.catalogue.live_endpoint import Parameter

# A schema that refers to itself is followed only so far.
_DEEPEST = 6
_NULL = frozenset({"null"})


class _Schema(BaseModel):
    reference: Annotated[str | None, Field(alias="$ref")] = None
    type: str | list[str] = []
    enum: list[object] | None = None
    const: object = None
    default: object = None
    minimum: float | None = None
    maximum: float | None = None
    any_of: Annotated[list["_Schema"], Field(alias="anyOf")] = []
    one_of: Annotated[list["_Schema"], Field(alias="oneOf")] = []
    all_of: Annotated[list["_Schema"], Field(alias="allOf")] = []
    items: "_Schema | None" = None
    properties: dict[str, "_Schema"] = {}
    required: list[str] = []


class _Media(BaseModel):
    shape: Annotated[_Schema, Field(alias="schema")] = _Schema()


class _Body(BaseModel):
    content: dict[str, _Media] = {}


class _Operation(BaseModel):
    body: Annotated[_Body, Field(alias="requestBody")] = _Body()


class _Path(BaseModel):
    post: _Operation = _Operation()


class _Components(BaseModel):
    schemas: dict[str, _Schema] = {}


class _Document(BaseModel):
    paths: dict[str, _Path] = {}
    components: _Components = _Components()


def read_input(openapi: object) -> tuple[dict[str, Parameter], frozenset[str]] | None:
    """Return the parameters of an endpoint and the names of those required; None without a schema.

    The first path with a POST body of JSON is the endpoint's own.
    """
    try:
        document = _Document.model_validate(openapi)
    except ValidationError:
        return None
    reader = _Reader(document.components.schemas)
    for path in document.paths.values():
        media = path.post.body.content.get("application/json")
        shape = reader.resolve(media.shape) if media else None
        if shape and shape.properties:
            parameters = {
                name: reader.parameter(schema) for name, schema in shape.properties.items()
            }
            return parameters, frozenset(shape.required)
    return None


class _Reader:
    """Follows the references of one document."""

    def __init__(self, schemas: dict[str, _Schema]):
        self._schemas = schemas

    def resolve(self, schema: _Schema) -> _Schema:
        """Return the schema, or the schema that it refers to."""
        for _ in range(_DEEPEST):
            if schema.reference is None:
                return schema
            name = schema.reference.removeprefix("#/components/schemas/")
            schema = self._schemas.get(name, _Schema())
        return _Schema()

    def parameter(self, declared: _Schema, depth: int = 0) -> Parameter:
        if depth > _DEEPEST:
            return Parameter()
        schema = self.resolve(declared)
        if several := schema.any_of or schema.one_of or schema.all_of:
            united = _any_of([self.parameter(one, depth + 1) for one in several])
            return replace(united, default=schema.default)
        items = self.resolve(schema.items) if schema.items else _Schema()
        constant = None if schema.const is None else (schema.const,)
        return Parameter(
            types=frozenset([schema.type] if isinstance(schema.type, str) else schema.type),
            allowed=constant if schema.enum is None else tuple(schema.enum),
            default=schema.default,
            minimum=schema.minimum,
            maximum=schema.maximum,
            item_properties={
                name: self.parameter(one, depth + 1) for name, one in items.properties.items()
            },
        )


def _any_of(several: list[Parameter]) -> Parameter:
    """Return one parameter that takes any value that one of several takes, but for `null`."""
    useful = [one for one in several if one.types != _NULL]
    if len(useful) == 1:
        return useful[0]
    allowed = [value for one in useful for value in one.allowed or ()]
    return Parameter(
        types=frozenset(type_ for one in useful for type_ in one.types),
        allowed=None if any(one.allowed is None for one in useful) else tuple(allowed),
    )
