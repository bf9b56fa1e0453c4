#!/usr/bin/env python3
"""Writes python/why429/report.py, the classes of a report, from docs/schema/report-v1.json.

With --check it writes nothing and exits with 1 when the file is not what it would write.
"""

import json
import keyword
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SCHEMA = ROOT / "docs/schema/report-v1.json"
MODULE = ROOT / "python/why429/report.py"

HEAD = '''"""Classes of a report, made from docs/schema/report-v1.json by python/generate.py. Do not edit.

Every class has a constructor from the JSON: ``Episode.from_json(mapping)``. A value that the JSON lacks is None, and
None is unknown, never zero. Times are aware datetimes in UTC. Keys that this version does not know are left out; they
are in ``Report.raw``.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Dict, List, Literal, Mapping, Optional, Type, TypeVar

T = TypeVar("T", bound="Part")


class Part:
    """A part of a report."""

    @classmethod
    def from_json(cls: Type[T], value: Mapping[str, Any]) -> T:
        """Makes it from the JSON object of this part."""
        made = {f.name: _made(f.metadata.get("of"), value.get(f.metadata["key"])) for f in fields(cls)}  # type: ignore[arg-type]
        return cls(**made)


def _made(of: Optional[str], value: Any) -> Any:
    """A value, or each of a list or mapping, as what its class says."""
    if of is None or value is None:
        return value
    if isinstance(value, list):
        return [_made(of, item) for item in value]
    if of == "datetime":
        return datetime.fromisoformat(value.replace("Z", "+00:00")) if value else None
    made: Any = globals()[of]
    return made.from_json(value)


def _key(key: str, of: Optional[str] = None) -> Any:
    return field(default=None, metadata={"key": key, "of": of})
'''


class Module:
    """The module while it is written."""

    def __init__(self, schema):
        self.schema = schema
        self.parts = []
        self.names = []

    def definition(self, reference):
        return reference.rsplit("/", 1)[1]

    def typed(self, schema, name):
        """The Python type of a schema, and the class of its values if they are made from JSON."""
        if "$ref" in schema:
            target = self.definition(schema["$ref"])
            if target == "time":
                return "datetime", "datetime"
            inner = self.schema["$defs"][target]
            if "properties" in inner:
                return camel(target), camel(target)
            return self.typed(inner, name)
        if "anyOf" in schema or "allOf" in schema:
            return self.joined(schema, name)
        if "enum" in schema:
            values = [v for v in schema["enum"] if v is not None]
            literal = "Literal[" + ", ".join(json.dumps(v) for v in values) + "]"
            return (literal if len(values) == len(schema["enum"]) else f"Optional[{literal}]"), None
        if "const" in schema:
            return f"Literal[{json.dumps(schema['const'])}]", None
        if "properties" in schema:
            self.part(name, schema)
            return name, name
        if "items" in schema:
            kind, of = self.typed(schema["items"], name)
            return f"List[{kind}]", of
        if isinstance(schema.get("additionalProperties"), dict):
            kind, of = self.typed(schema["additionalProperties"], name)
            assert of is None, f"{name}: a mapping of parts is not known here"
            return f"Dict[str, {kind}]", None
        kinds = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}
        told = schema.get("type", [])
        told = [kinds[t] for t in ([told] if isinstance(told, str) else told) if t in kinds]
        if told == ["None"]:
            return "None", None
        plain = [k for k in told if k != "None"]
        if len(plain) != 1:
            return "Any", None
        return (f"Optional[{plain[0]}]" if len(told) > 1 else plain[0]), None

    def joined(self, schema, name):
        options = [self.typed(s, name) for s in schema.get("anyOf", [])]
        if "allOf" in schema:
            # One part with more fields: the part and what stands beside it.
            base = next(s for s in schema["allOf"] if "$ref" in s)
            inner = self.schema["$defs"][self.definition(base["$ref"])]
            merged = dict(schema, properties={**inner["properties"], **schema.get("properties", {})})
            merged["required"] = inner.get("required", []) + schema.get("required", [])
            del merged["allOf"]
            return self.typed(merged, name)
        # An empty text where there is no time is no time.
        kinds = [k for k, _ in options if k not in ("None", 'Literal[""]')]
        of = next((o for _, o in options if o), None)
        assert len(kinds) == 1, f"{name}: {kinds}"
        return (f"Optional[{kinds[0]}]" if len(kinds) < len(options) else kinds[0]), of

    def part(self, name, schema):
        assert name not in self.names, name
        self.names.append(name)
        rows, told = [], []
        required = schema.get("required", [])
        for key, inner in schema["properties"].items():
            kind, of = self.typed(inner, name + camel(key))
            if key not in required and not kind.startswith("Optional["):
                kind = f"Optional[{kind}]"
            attribute = key + "_" if keyword.iskeyword(key) else key
            rest = f", {json.dumps(of)}" if of else ""
            rows.append(f"    {attribute}: {kind} = _key({json.dumps(key)}{rest})")
            meaning = " ".join(inner.get("description", "").split()).replace("\\", "\\\\").replace('"""', "'''")
            measured = unit(key, inner)
            told.append(f"        {attribute}: {meaning}{f' In {measured}.' if measured else ''}")
        about = " ".join(schema.get("description", f"Part of the report ({name}).").split())
        doc = f'    """{about}\n\n    Attributes:\n' + "\n".join(told) + '\n    """\n'
        self.parts.append(f"\n\n@dataclass(frozen=True)\nclass {name}(Part):\n{doc}\n" + "\n".join(rows) + "\n")


def camel(name):
    return "".join(word.capitalize() for word in name.split("_"))


def unit(key, schema):
    text = json.dumps(schema)
    if key.endswith("_s") or "/seconds" in text:
        return "seconds"
    if key == "window_minutes" or "/window_minutes" in text:
        return "minutes"
    if key == "probability" or "/probability" in text:
        return "0 to 1"
    if key == "bytes":
        return "bytes"
    return "log10 points" if key == "weights" and "hypothesis" in text else ""


def made():
    module = Module(json.loads(SCHEMA.read_text(encoding="utf-8")))
    for name, definition in module.schema["$defs"].items():
        if "properties" in definition:
            module.part(camel(name), definition)
    module.part("ReportJson", module.schema)
    exported = "\n".join(f"    {json.dumps(n)}," for n in sorted(module.names))
    return HEAD + "".join(module.parts) + f"\n\n__all__ = [\n{exported}\n]\n"


def main():
    fresh = made()
    if "--check" in sys.argv[1:]:
        if not MODULE.is_file() or MODULE.read_text(encoding="utf-8") != fresh:
            sys.exit(f"{MODULE.relative_to(ROOT)} is out of date: run python/generate.py")
        return
    MODULE.write_text(fresh, encoding="utf-8")


if __name__ == "__main__":
    main()
