"""The inference engine, loaded without the telemetry that comes with it."""

from __future__ import annotations

import sys
import threading
from types import ModuleType

_loading = threading.Lock()


def load_openvino() -> ModuleType:
    """OpenVINO, which imports its telemetry at once and reports the import; where that is missing, it does without.

    Raises:
        ImportError: if OpenVINO is not installed.
    """
    with _loading:
        if "openvino" not in sys.modules:
            hidden = sys.modules.pop("openvino_telemetry", None)
            sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]
            try:
                import openvino
            finally:
                del sys.modules["openvino_telemetry"]
                if hidden is not None:
                    sys.modules["openvino_telemetry"] = hidden
        import openvino

    return openvino
