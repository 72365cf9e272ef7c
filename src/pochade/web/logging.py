"""Logs: one JSON object per line, with the request's id, and without secrets."""

from __future__ import annotations

import json
import logging
import re
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TextIO

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""Id of the request that is being served, "" outside of one."""

logger = logging.getLogger("pochade.web")

_SECRET = re.compile(r"(?i)(bearer\s+|\bpochade_|\bsk-|(?:link|token|password|session|signature)=)[^\s\"'&;,]+")
_BUILT_IN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


def redact(text: str) -> str:
    """The text with whatever looks like a key, token or password blacked out: a second line behind never logging them."""
    return _SECRET.sub(r"\1[redacted]", text)


class JsonFormatter(logging.Formatter):
    """time, level, logger, message, request_id, whatever `extra` holds, and the traceback if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redact(record.getMessage()),
        }
        if request_id.get():
            entry["request_id"] = request_id.get()
        entry |= {key: redact(value) if isinstance(value, str) else value for key, value in vars(record).items() if key not in _BUILT_IN}
        if record.exc_info:
            entry["traceback"] = redact(self.formatException(record.exc_info))
        return json.dumps(entry, default=str, ensure_ascii=False)


def log_as_json(level: str, stream: TextIO | None = None) -> None:
    """Sends all logs of this process to `stream` (None: standard error) as JSON lines."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # its access log would hold query strings, and with them login links
    logging.getLogger("uvicorn.access").disabled = True
    for name in ("uvicorn", "mcp", "httpx", "alembic"):
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level)))
