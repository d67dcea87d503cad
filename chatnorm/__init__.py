"""Any LLM vendor's chat response as one canonical value: nothing lost, nothing invented."""

from .api import decode_error, encode, normalize
from .assemble import Assembler
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
from .stream import StreamDecoder, adecode_stream, anormalize_stream, decode_stream, normalize_stream

__version__ = "0.1.0"

__all__ = [
    "Assembler",
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
    "StreamDecoder",
    "StrictError",
    "UnknownVendorError",
    "VendorError",
    "adecode_stream",
    "anormalize_stream",
    "decode_error",
    "decode_stream",
    "detect",
    "dialects",
    "encode",
    "normalize",
    "normalize_many",
    "normalize_stream",
    "same",
    "vendors",
]
