"""Accountability requests, from the filing to the archive, in the words of Decree 59/2019."""

import pytest

from tests.scenario import acceptance


@acceptance
def test_an_accepted_request_is_explained_sent_published_closed_and_archived(scenario):
    scenario.a_request_is_filed("2026-06-01")
    scenario.the_request_is_accepted_on("2026-06-03")
    scenario.the_explanation_is_sent_on("2026-06-16")
    scenario.it_is("2026-06-19")
    scenario.the_publisher_publishes()
    scenario.it_is("2026-06-24")
    scenario.the_file_is_closed()
    scenario.it_is("2027-03-10")
    scenario.the_file_is_archived()
    scenario.the_request_is("completed", "answered")
    assert scenario.deadlines == {
        "accept_or_refuse": ("2026-06-08", "met"),
        "explain": ("2026-06-18", "met"),
        "publish": ("2026-06-23", "met"),
        "close": ("2026-06-26", "met"),
        "archive": ("2027-06-24", "met"),
    }
    print(scenario.told)
