"""Secret codes of requesters: 120 bits, kept as hashes, told once."""

import hashlib
import hmac
import secrets

from sqlalchemy import select

from engine.database import Transaction
from engine.errors import NotFound
from engine.tables import case_

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: nothing to be misread
CODE_LENGTH = 24  # 120 bits


def new_code() -> str:
    """A fresh secret code of 120 bits in six groups."""
    text = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
    return "-".join(text[at : at + 4] for at in range(0, CODE_LENGTH, 4))


def code_sha256(code: str) -> str:
    """The hash under which a code is kept; groups, case and look-alike letters do not matter."""
    plain = "".join(letter for letter in code.upper() if letter.isalnum())
    return hashlib.sha256(plain.translate(str.maketrans("OIL", "011")).encode()).hexdigest()


def case_with_code(tx: Transaction, number: str, code: str) -> int:
    """The id of the case with this number, if the secret code is its own. The same refusal whichever of the two is wrong."""
    query = select(case_.c.id, case_.c.tracking_sha256).where(case_.c.number == number)
    row = tx.connection.execute(query).one_or_none()
    if row is None or row.tracking_sha256 is None or not hmac.compare_digest(row.tracking_sha256, code_sha256(code)):
        raise NotFound(
            "no_such_request",
            "Không tìm thấy hồ sơ với mã hồ sơ và mã tra cứu này; hãy kiểm tra lại giấy tiếp nhận.",
            "There is no request with this number and code; check both on your receipt.",
        )
    return int(row.id)
