"""The lint finds nothing in the real processes, and finds each broken rule, at the element that breaks it, in a broken copy."""

import re
import runpy
import shutil
import unicodedata

import pytest

from workflows import lint
from workflows.catalogue import HERE

PROCESSES = ["accountability_request", "inspection", "plan_task"]
NAME = "accountability_request"


@pytest.fixture
def copy(tmp_path):
    """A copy of the accountability request, and how to break it: `copy(file, old, new)`, then the faults that follow."""
    folder = tmp_path / NAME
    shutil.copytree(HERE / NAME, folder)

    def broken(file, old, new, count=1):
        path = folder / file
        text = path.read_text("utf-8")
        changed = re.sub(old, new, text, count=count)
        assert changed != text, f"{old} is not in {file}"
        path.write_text(changed, "utf-8")
        return lint.lint([folder], lint.parameter_ids())

    return broken


@pytest.mark.parametrize("process", PROCESSES)
def test_the_real_processes_are_without_fault(process):
    assert [str(fault) for fault in lint.lint([HERE / process], lint.parameter_ids())] == []


@pytest.mark.filterwarnings("ignore:.*found in sys.modules")  # the test itself has imported it
def test_the_command_is_silent_about_good_diagrams(capsys):
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("workflows.lint", run_name="__main__")
    assert (ended.value.code, capsys.readouterr().out) == (0, "3 processes, 0 faults\n")


def test_the_command_says_file_element_fault_and_remedy(tmp_path, capsys):
    shutil.copytree(HERE / NAME, tmp_path / NAME)
    shutil.copytree(HERE / "law", tmp_path / "law")
    path = tmp_path / NAME / "process.bpmn"
    path.write_text(path.read_text("utf-8").replace(' gt:form="accountability_request.draft"', ""), "utf-8")
    assert lint.main(tmp_path) == 1
    assert capsys.readouterr().out == (
        "accountability_request/process.bpmn: draft: gt:form is missing or no form key: name its form, <process>.<element>\n"
        "1 processes, 1 faults\n"
    )


BPMN, YAML, README = "process.bpmn", "deadlines.yaml", "README.md"
BROKEN = {
    "an id in capitals": (BPMN, r'id="intake_lapse_referred"', 'id="Activity_0x1"', "Activity_0x1", "not snake_case"),
    "an id twice": (
        BPMN,
        r'<bpmn:endEvent id="closed_guided"',
        '<bpmn:endEvent id="closed_refused"',
        "closed_refused",
        "used twice",
    ),
    "another process id": (
        BPMN,
        r'<bpmn:process id="accountability_request"',
        '<bpmn:process id="other"',
        "other",
        "folder's name",
    ),
    "a signal": (
        BPMN,
        r"<bpmn:terminateEventDefinition ([^/]*)/>",
        r"<bpmn:signalEventDefinition \1/>",
        "explanation_sent_terminate",
        "not supported",
    ),
    "an event-based gateway": (
        BPMN,
        r"bpmn:parallelGateway",
        "bpmn:eventBasedGateway",
        "work_and_watch",
        "not supported",
        2,
    ),
    "a manual task": (
        BPMN,
        r"<bpmn:process [^>]*>",
        r'\g<0><bpmn:manualTask id="by_hand" name="Làm tay"/>',
        "by_hand",
        "not supported",
    ),
    "a standard loop": (
        BPMN,
        r'(<bpmn:userTask id="verify"[^>]*>)',
        r"\1<bpmn:standardLoopCharacteristics/>",
        "verify",
        "not supported",
    ),
    "an event subprocess": (
        BPMN,
        r'<bpmn:subProcess id="intake"',
        r'\g<0> triggeredByEvent="true"',
        "intake",
        "event subprocesses",
    ),
    "no name": (BPMN, r'id="draft" name="[^"]*"', 'id="draft" name=""', "draft", "not Vietnamese"),
    "an English name": (
        BPMN,
        r'id="draft" name="[^"]*"',
        'id="draft" name="Draft the answer"',
        "draft",
        "not Vietnamese",
    ),
    "a task without form": (BPMN, r'gt:form="accountability_request.draft" ', "", "draft", "gt:form is missing"),
    "a task without result": (BPMN, r' gt:result="explanation_draft"', "", "draft", "gt:result is missing"),
    "nobody does it": (BPMN, r'(id="draft"[^>]*) gt:role="handler"', r"\1", "draft", "nobody is named"),
    "an unknown role": (
        BPMN,
        r'(id="draft"[^>]*) gt:role="handler"',
        r'\1 gt:role="boss"',
        "draft",
        "'boss' is not known",
    ),
    "a task in no lane": (BPMN, r"<bpmn:flowNodeRef>publish</bpmn:flowNodeRef>", "", "publish", "it lies in 0 lanes"),
    "a task in two lanes": (
        BPMN,
        r"(<bpmn:flowNodeRef>archive</bpmn:flowNodeRef>)",
        r"\1<bpmn:flowNodeRef>publish</bpmn:flowNodeRef>",
        "publish",
        "it lies in 2 lanes",
    ),
    "an event in no lane": (
        BPMN,
        r"<bpmn:flowNodeRef>closed_refused</bpmn:flowNodeRef>",
        "",
        "closed_refused",
        "it lies in 0 lanes",
    ),
    "a lane without role": (BPMN, r' gt:role="publisher"', "", "lane_publisher", "gt:role is missing"),
    "a lane with an unknown role": (
        BPMN,
        r' gt:role="publisher"',
        ' gt:role="press"',
        "lane_publisher",
        "gt:role is missing or not known",
    ),
    "a lane that reaches into a subprocess": (
        BPMN,
        r"(<bpmn:flowNodeRef>archive</bpmn:flowNodeRef>)",
        r"\1<bpmn:flowNodeRef>draft</bpmn:flowNodeRef>",
        "lane_archivist",
        "which is no element of the process itself",
    ),
    "a duration": (BPMN, r"deadline\('explain'\)", "P15D", "explain_lapsed", "never a duration"),
    "a cycle timer": (
        BPMN,
        r"(<bpmn:timeDate [^>]*>)deadline\('explain'\)",
        r"\1R3/PT1H",
        "explain_lapsed",
        "never a duration",
    ),
    "an undeclared deadline": (
        BPMN,
        r"deadline\('explain'\)",
        "deadline('answer')",
        "explain_lapsed",
        "answer is not declared",
    ),
    "an interrupting timer": (
        BPMN,
        r'(id="explain_lapsed"[^>]*) cancelActivity="false"',
        r"\1",
        "explain_lapsed",
        "the boundary timer interrupts",
    ),
    "an unused deadline": (
        YAML,
        r"deadlines:\n",
        "deadlines:\n  - {id: rating, parameter: supplement, starts: dispatch.sent_on, label_vi: Á, label_en: A}\n",
        "rating",
        "no timer uses",
    ),
    "an unknown parameter": (
        YAML,
        r"parameter: explain\n",
        "parameter: my_own_guess\n",
        "explain",
        "my_own_guess is not in law",
    ),
    "a deadline met by nothing": (YAML, r"met_by: \[send\]", "met_by: [sent]", "explain", "met_by names sent"),
    "a start that cannot be read": (YAML, r'"notice.issued_on"', '"notice.issued on"', "explain", "is no expression"),
    "a gateway without default": (
        BPMN,
        r' default="approval_result_to_draft"',
        "",
        "approval_result",
        "no default flow",
    ),
    "a default with a condition": (
        BPMN,
        r' default="approval_result_to_draft"',
        ' default="approval_result_to_send"',
        "approval_result_to_send",
        "nobody evaluates",
    ),
    "a way without condition": (
        BPMN,
        r"<bpmn:conditionExpression [^>]*>approval.outcome == 'sign'</bpmn:conditionExpression>",
        "",
        "approval_result_to_send",
        "no condition and is not the default",
    ),
    "a condition that cannot be read": (
        BPMN,
        r"approval.outcome == 'sign'",
        "approval is signed!",
        "approval_result_to_send",
        "is no expression",
    ),
    "a condition behind a task": (
        BPMN,
        r'(<bpmn:sequenceFlow id="verify_to_draft" [^/]*)/>',
        r'\1><bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">True</bpmn:conditionExpression></bpmn:sequenceFlow>',
        "verify_to_draft",
        "nobody evaluates",
    ),
    "a silent split": (
        BPMN,
        r'(<bpmn:sequenceFlow id="verify_to_draft" )',
        r'<bpmn:sequenceFlow id="verify_to_approve" sourceRef="verify" targetRef="approve"/>\1',
        "verify",
        "put a gateway behind it",
    ),
    "a flow to nowhere": (BPMN, r'targetRef="archive"', 'targetRef="attic"', "close_file_to_archive", "does not exist"),
    "a message name with blanks": (
        BPMN,
        r'name="withdrawn" />',
        'name="Rút lại" />',
        "message_withdrawn",
        "not snake_case",
    ),
    "an undeclared message": (
        BPMN,
        r'messageRef="message_withdrawn"',
        'messageRef="message_gone"',
        "intake_withdrawn",
        "not declared",
    ),
    "an unused message": (
        BPMN,
        r"(<bpmn:message id=\"message_withdrawn\")",
        r'<bpmn:message id="message_idle" name="idle" />\1',
        "message_idle",
        "nothing sends or awaits",
    ),
    "a message without payload": (
        BPMN,
        r"""(id="explain_lapse_referred" name="[^"]*") gt:payload='[^']*'[^>]*>""",
        r"\1>",
        "explain_lapse_referred",
        "gt:payload is missing",
    ),
    "a message from nobody": (
        BPMN,
        r'(id="intake_withdrawn"[^>]*) gt:role="requester"',
        r"\1",
        "intake_withdrawn",
        "who may send",
    ),
    "a message with a task's form": (
        BPMN,
        r'gt:form="message.withdrawn"',
        'gt:form="accountability_request.withdrawn"',
        "intake_withdrawn",
        "must be message.<name>",
    ),
    "a decision without table": (
        BPMN,
        r'gt:decision="admissibility"',
        'gt:decision="gut_feeling"',
        "propose_route",
        "no decision 'gut_feeling'",
    ),
    "a decision without result": (BPMN, r' gt:result="proposal"', "", "propose_route", "gt:result is missing"),
    "an end without outcome": (BPMN, r' gt:outcome="guided"', "", "closed_guided", "gt:outcome is missing"),
    "an element without a row": (README, r"\| `draft` \|", "| draft |", "draft", "README does not name it"),
    "a row without law": (README, r"(\| `verify` \|.*\|)[^|]*\|\n", r"\1 – |\n", "verify", "no article of law"),
    "a node that is not drawn": (
        BPMN,
        r'<bpmndi:BPMNShape id="verify_shape".*</bpmndi:BPMNShape>\n',
        "",
        "verify",
        "it is not drawn",
    ),
    "a node outside its lane": (
        BPMN,
        r'(bpmnElement="publish"[^>]*><dc:Bounds x="[^"]*" y=)"[^"]*"',
        r'\1"1700"',
        "publish",
        "outside its lane",
    ),
    "a node outside its subprocess": (
        BPMN,
        r'(bpmnElement="draft"[^>]*><dc:Bounds x=)"[^"]*"',
        r'\1"200"',
        "draft",
        "outside its lane",
    ),
    "a boundary event away from its host": (
        BPMN,
        r'(bpmnElement="publish_lapsed"[^>]*><dc:Bounds x=)"[^"]*"',
        r'\1"1000"',
        "publish_lapsed",
        "outside its lane",
    ),
    "a subprocess outside the pool": (
        BPMN,
        r'(bpmnElement="explanation"[^>]*><dc:Bounds x=)"[^"]*"',
        r'\1"4000"',
        "explanation",
        "outside its lane",
    ),
    "a flow that is not drawn": (
        BPMN,
        r'<bpmndi:BPMNEdge id="verify_to_draft_edge".*</bpmndi:BPMNEdge>\n',
        "",
        "verify_to_draft",
        "it is not drawn",
    ),
    "a line that ends in the air": (
        BPMN,
        r'(bpmnElement="verify_to_draft"><di:waypoint x=)"[^"]*"',
        r'\1"10"',
        "verify_to_draft",
        "does not begin and end at its elements",
    ),
    "no pool": (
        BPMN,
        r'<bpmndi:BPMNShape id="accountability_request_pool_shape".*</bpmndi:BPMNShape>\n',
        "",
        NAME,
        "there is no pool",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_rule_is_found_at_its_element(copy, case):
    file, old, new, element, complaint, *count = BROKEN[case]
    faults = copy(file, old, new, *count)
    assert [fault for fault in faults if fault.element == element and complaint in fault.wrong], [
        str(fault) for fault in faults
    ]


def test_a_name_in_two_parts_is_found(copy):
    faults = copy(
        "process.bpmn", "Dự thảo văn bản giải trình", unicodedata.normalize("NFD", "Dự thảo văn bản giải trình")
    )
    assert [(fault.element, "NFC" in fault.wrong) for fault in faults] == [("draft", True)]


@pytest.mark.parametrize(
    ("file", "old", "new", "complaint"),
    [
        ("process.bpmn", "</bpmn:definitions>", "", "cannot be read"),
        ("deadlines.yaml", "parameter: explain\n", "days: 15\n", "cannot be read"),
        ("process.bpmn", "bpmn:process>?", "bpmn:choreography>", "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(copy, file, old, new, complaint):
    (fault,) = copy(file, old, new)
    assert (fault.file, fault.element) == (NAME, "folder")
    assert complaint in fault.wrong


def test_a_file_without_process_is_named(copy):
    (fault,) = copy("process.bpmn", r"(?s)<bpmn:process .*</bpmn:process>", "")
    assert (fault.element, fault.wrong) == ("definitions", "there is no <process> in it")


def test_a_missing_deadlines_file_is_named(tmp_path):
    shutil.copytree(HERE / NAME, tmp_path / NAME, ignore=lambda *_: ["deadlines.yaml"])
    (fault,) = lint.lint([tmp_path / NAME], set())
    assert "deadlines.yaml" in fault.wrong


@pytest.mark.parametrize("name", ["Thanh tra", "Giao cho", "Có", "Nhắc", "Kho 2", "Báo cáo: xong?"])
def test_vietnamese_looks_vietnamese(name):
    assert lint.looks_vietnamese(name)


@pytest.mark.parametrize("name", ["", "Send", "accept_request", "Is it late?", "12", "???", "Review of work"])
def test_other_names_do_not(name):
    assert not lint.looks_vietnamese(name)
