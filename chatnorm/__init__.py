"""Any LLM vendor's chat response as one canonical value: nothing lost, nothing invented."""

from .api import decode_error, encode, normalize
from .canonical import ChatResponse, ErrorInfo, Notice
from .detect import Detection, detect
from .encode import same
from .errors import (
    ChatnormError,
    DecodeError,
    EncodeError,
    FrameTooLargeError,
    LossError,
    MisuseError,
    StrictError,
    UnknownVendorError,
    VendorError,
)
from .many import normalize_many
from .registry import dialects, vendors

__version__ = "0.1.0"

__all__ = [
    "ChatResponse",
    "ChatnormError",
    "DecodeError",
    "Detection",
    "EncodeError",
    "ErrorInfo",
    "FrameTooLargeError",
    "LossError",
    "MisuseError",
    "Notice",
    "StrictError",
    "UnknownVendorError",
    "VendorError",
    "decode_error",
    "detect",
    "dialects",
    "encode",
    "normalize",
    "normalize_many",
    "same",
    "vendors",
]
