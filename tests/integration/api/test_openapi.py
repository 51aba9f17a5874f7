"""The description of the API: valid OpenAPI 3.1 in its structure, and it lists every route and form."""

import re

import pytest

import forms

METHODS = {"get", "post", "put", "patch", "delete", "head", "options", "trace"}


@pytest.fixture(scope="session")
def description(app):
    answer = app.test_client().get("/api/v1/openapi.json")
    assert answer.status_code == 200
    return answer.json


def operations(description):
    for path, item in description["paths"].items():
        for method, operation in item.items():
            if method in METHODS:
                yield path, method, item, operation


def references(node):
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def test_head_of_the_document_is_that_of_openapi_3_1(description):
    assert description["openapi"] == "3.1.0"
    assert description["info"]["title"]
    assert description["info"]["version"]
    assert set(description) <= {
        "openapi",
        "info",
        "jsonSchemaDialect",
        "servers",
        "paths",
        "webhooks",
        "components",
        "security",
        "tags",
    }
    assert description["components"]["securitySchemes"]["token"]["scheme"] == "bearer"


def test_every_route_is_described_and_nothing_else(app, description):
    served = set()
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule)
        served |= {(path, method.lower()) for method in rule.methods - {"HEAD"}}
    assert {(path, method) for path, method, _item, _operation in operations(description)} == served


def test_every_reference_leads_somewhere(description):
    found = set(references(description))
    assert found
    for reference in found:
        node = description
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]


def test_names_of_components_are_allowed(description):
    for kind in description["components"].values():
        assert all(re.fullmatch(r"[A-Za-z0-9._-]+", name) for name in kind)


def test_operations_have_one_id_each_a_summary_in_both_languages_and_an_answer(description):
    ids = [operation["operationId"] for *_, operation in operations(description)]
    assert len(set(ids)) == len(ids)
    for path, method, _item, operation in operations(description):
        english, _, vietnamese = operation["summary"].partition(" / ")
        assert english, (path, method)
        assert vietnamese, (path, method)
        assert operation["tags"]
        assert operation["x-access"]
        answers = operation["responses"]
        assert "default" in answers
        assert any(re.fullmatch(r"2\d\d", code) for code in answers)
        assert all(answer.get("description") or "$ref" in answer for answer in answers.values())


def test_path_parameters_are_those_of_the_path(description):
    for path, _method, item, operation in operations(description):
        parameters = [*item.get("parameters", ()), *operation.get("parameters", ())]
        named = {parameter["name"] for parameter in parameters if parameter["in"] == "path"}
        assert named == set(re.findall(r"{([^}]+)}", path))
        assert all(parameter["required"] for parameter in parameters if parameter["in"] == "path")
        assert len({(parameter["in"], parameter["name"]) for parameter in parameters}) == len(parameters)


def test_keys_and_versions_are_described_where_they_are_taken(description):
    headers = {
        f"{method} {path}": {p["name"] for p in operation.get("parameters", ()) if p["in"] == "header"}
        for path, method, _item, operation in operations(description)
    }
    assert headers["post /api/v1/requests"] == {"Idempotency-Key"}
    assert headers["post /api/v1/cases/{number}/work-items/{token}/complete"] == {"Idempotency-Key", "If-Match"}
    assert headers["post /api/v1/requests/track"] == set()
    assert not any(names for operation, names in headers.items() if operation.startswith("get "))


def test_filing_has_an_example_that_can_be_filed(description):
    body = description["paths"]["/api/v1/requests"]["post"]["requestBody"]["content"]["application/json"]
    assert body["schema"] == {"$ref": "#/components/schemas/accountability_request.Start"}
    forms.load("accountability_request.start", body["example"])


def test_form_is_described_with_labels_choices_and_law(description):
    start = description["components"]["schemas"]["accountability_request.Start"]
    described = {field["name"]: field for field in forms.describe("accountability_request.start")["fields"]}
    assert set(start["properties"]) == set(described)
    assert set(start["required"]) == {name for name, field in described.items() if field["required"]}
    for name, field in described.items():
        schema = start["properties"][name]
        assert schema["title"] == f"{field['label_en']} / {field['label_vi']}"
        assert (field["law"] in schema.get("description", "")) or not field["law"]
        if field["choices"]:
            enum = schema["items"]["enum"] if field["many"] else schema["enum"]
            assert enum == [choice["value"] for choice in field["choices"]]


def test_errors_are_described_as_problems(description):
    answer = description["components"]["responses"]["DEFAULT_ERROR"]
    assert answer["content"] == {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


def test_security_is_that_of_the_access(description):
    for _path, _method, _item, operation in operations(description):
        needs = operation["security"] == [{"token": []}]
        assert needs is operation["x-access"].startswith(("participant", "role"))
