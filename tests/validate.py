"""Validates connectors' files against their JSON Schemas, by Python's jsonschema.

validate.py SCHEMAS FOLDER…: prints how many files fit; exits with 1 when one doesn't.
"""

import json
import pathlib
import sys

from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

KINDS = {"connector.yaml": "connector", "main/*.yaml": "operation", "ddl/*.yaml": "operation", "examples/*.yaml": "example"}


def main(schemas, folders):
    yaml = YAML(typ="safe", pure=True)  # YAML 1.2
    count, wrong = 0, []
    for pattern, kind in KINDS.items():
        schema = json.loads((schemas / f"{kind}.schema.json").read_text())
        Draft202012Validator.check_schema(schema)
        validator = Draft202012Validator(schema)
        for folder in folders:
            for file in sorted(folder.glob(f"*/{pattern}")):
                value = yaml.load(file.read_text())
                wrong += [f"{file}: {error.json_path}: {error.message}" for error in validator.iter_errors(value)]
                count += 1
    print("\n".join(wrong) if wrong else count)
    return 1 if wrong else 0


if __name__ == "__main__":
    paths = [pathlib.Path(path) for path in sys.argv[1:]]
    sys.exit(main(paths[0], paths[1:]))
