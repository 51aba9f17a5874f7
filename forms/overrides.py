"""The forms of a supervisor's acts: each asks for a reason that can be checked and for the legal basis.

Who may act, and that nobody acts on his own doings, is decided elsewhere; that there is only one legal extension, too.
"""

from forms import fields as ask
from forms.base import Form

ELEMENT = r"[a-z][a-z0-9_]{0,99}"


class Override(Form):
    """What every act of a supervisor says."""

    reason = ask.reason("Lý do can thiệp", "Why it is needed", required=True, law="Luật 25/2018 Đ38 (áp dụng tương tự)")
    legal_basis = ask.text("Căn cứ pháp lý", "Legal basis", most=1_000, required=True)


class Reassign(Override):
    """Another person does the work; the clock is unchanged."""

    title_vi = "Phân công lại"
    title_en = "Reassign"

    participant = ask.participant("Giao cho", "Assign to", required=True, law="NĐ 59/2019 Đ7 k2")


class Extend(Override):
    """The one extension the law allows: at most fifteen days."""

    title_vi = "Gia hạn"
    title_en = "Extend"

    deadline = ask.pattern(
        "Thời hạn được gia hạn",
        "Deadline",
        form=ELEMENT,
        example="explain",
        most=100,
        required=True,
        law="NĐ 59/2019 Đ13",
    )
    days = ask.whole_number("Số ngày gia hạn", "Days", least=1, most=15, required=True, law="NĐ 59/2019 Đ13")
    notice = ask.document_reference(
        "Thông báo gia hạn gửi người yêu cầu", "Notice of the extension to the requester", law="NĐ 59/2019 Đ13"
    )


class Return(Override):
    """The case goes back to an earlier step."""

    title_vi = "Trả lại bước trước"
    title_en = "Return to an earlier step"

    to_element = ask.pattern("Trả về bước", "To the step", form=ELEMENT, example="verify", most=100, required=True)


class Move(Override):
    """The case is put at another step."""

    title_vi = "Chuyển bước"
    title_en = "Move to another step"

    to_element = ask.pattern("Chuyển đến bước", "To the step", form=ELEMENT, example="draft", most=100, required=True)


class Skip(Override):
    """The step is left out."""

    title_vi = "Bỏ qua bước"
    title_en = "Skip the step"


class Suspend(Override):
    """The clock stops, on one of the grounds of the law, until the ground ends."""

    title_vi = "Tạm đình chỉ"
    title_en = "Suspend"

    ground = ask.choice(
        "Căn cứ tạm đình chỉ",
        "Ground",
        (
            (
                "heir_unknown",
                "Cá nhân chết chưa xác định người thừa kế; tổ chức chia, tách, sáp nhập, giải thể chưa xác định người kế thừa",
                "Death with no heir known yet, or no successor of the organisation known yet",
            ),
            (
                "representative_unknown",
                "Người yêu cầu mất năng lực hành vi dân sự chưa xác định người đại diện theo pháp luật",
                "Loss of capacity with no representative known yet",
            ),
            (
                "illness_or_objective_reason",
                "Người yêu cầu ốm đau hoặc vì lý do khách quan khác mà chưa thể giải trình",
                "Illness, or another objective reason why the explanation cannot be given yet",
            ),
        ),
        required=True,
        law="NĐ 59/2019 Đ14 k1",
    )
    review_on = ask.date("Ngày rà soát lại", "Review on", required=True, law="NĐ 59/2019 Đ14 k2")
    decision = ask.document_reference("Quyết định tạm đình chỉ", "Decision to suspend", law="NĐ 59/2019 Đ14 k1")


class Resume(Override):
    """The ground of the suspension has ended; the clock runs on."""

    title_vi = "Tiếp tục giải trình"
    title_en = "Resume"

    decision = ask.document_reference("Quyết định tiếp tục giải trình", "Decision to resume", law="NĐ 59/2019 Đ14 k2")


class Cancel(Override):
    """The case is terminated, on one of the grounds of the law."""

    title_vi = "Đình chỉ"
    title_en = "Terminate"

    ground = ask.choice(
        "Căn cứ đình chỉ",
        "Ground",
        (
            (
                "dead_without_heir",
                "Cá nhân chết không có người thừa kế; tổ chức chấm dứt không có tổ chức kế thừa",
                "Death without heir, or an organisation without successor",
            ),
            (
                "incapable_without_representative",
                "Người yêu cầu mất năng lực hành vi dân sự, không có người đại diện theo pháp luật",
                "Loss of capacity without a representative",
            ),
            ("withdrawn", "Người yêu cầu rút toàn bộ yêu cầu", "The whole request was withdrawn"),
        ),
        required=True,
        law="NĐ 59/2019 Đ14 k3",
    )
    decision = ask.document_reference("Quyết định đình chỉ", "Decision to terminate", law="NĐ 59/2019 Đ14 k3")


class CompleteFor(Override):
    """The supervisor completes the step in another's place; the entry of the step itself is given apart."""

    title_vi = "Hoàn thành thay"
    title_en = "Complete in another's place"

    instead_of = ask.participant("Thay cho", "In the place of")


class ChangeDueDate(Override):
    """A due date that a plan or a decision had set is set anew, by a document."""

    title_vi = "Thay đổi ngày đến hạn"
    title_en = "Change the due date"

    deadline = ask.pattern("Thời hạn", "Deadline", form=ELEMENT, example="plan_task_due", most=100, required=True)
    due_on = ask.date("Ngày đến hạn mới", "New due date", required=True)
    document = ask.document_reference("Văn bản thay đổi", "The document that changes it", required=True, law="DN III.7")


FORMS: dict[str, type[Form]] = {
    "override.reassign": Reassign,
    "override.extend": Extend,
    "override.return_": Return,
    "override.move": Move,
    "override.skip": Skip,
    "override.suspend": Suspend,
    "override.resume": Resume,
    "override.cancel": Cancel,
    "override.complete_for": CompleteFor,
    "override.change_due_date": ChangeDueDate,
}
