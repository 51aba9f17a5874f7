"""Configuration: one frozen object, read once from the environment and checked."""

import base64
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

KEY_BYTES = 32


@dataclass(frozen=True)
class Settings:
    """`database_url`: SQLAlchemy URL. `master_key`: 32 bytes that wrap the keys of persons; without it personal values are lost."""

    database_url: str
    master_key: bytes

    def __post_init__(self) -> None:
        if len(self.master_key) != KEY_BYTES:
            raise ValueError(
                f"Expected GIAITRINH_MASTER_KEY to be {KEY_BYTES} bytes in base64, but it has {len(self.master_key)}"
            )


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """From GIAITRINH_DATABASE, GIAITRINH_MASTER_KEY and GIAITRINH_FOLDER; a missing master key is made and kept in the folder."""
    folder = Path(environment.get("GIAITRINH_FOLDER", "var"))
    url = environment.get("GIAITRINH_DATABASE") or f"sqlite:///{folder / 'giaitrinh.sqlite3'}"
    given = environment.get("GIAITRINH_MASTER_KEY")
    return Settings(url, base64.b64decode(given) if given else _kept_key(folder / "master.key"))


def _kept_key(path: Path) -> bytes:
    if path.exists():
        return base64.b64decode(path.read_text(encoding="ascii"))
    path.parent.mkdir(parents=True, exist_ok=True)
    key = secrets.token_bytes(KEY_BYTES)
    temporary = path.with_suffix(f".{secrets.token_hex(4)}")
    temporary.touch(mode=0o600)
    temporary.write_text(base64.b64encode(key).decode(), encoding="ascii")
    try:
        os.link(temporary, path)  # whoever comes first wins; the other reads the winner's key
    except FileExistsError:
        return base64.b64decode(path.read_text(encoding="ascii"))
    finally:
        temporary.unlink()
    return key
