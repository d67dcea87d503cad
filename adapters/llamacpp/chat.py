"""`openai.chat`, as llama.cpp's server speaks it."""

from ..openai.chat import OpenAICopy
from .complete import LlamaCppCompletion


class LlamaCppChat(OpenAICopy):
    EXTRA = {"response": ("timings", "prompt_progress"), "logprob": ("id",)}
    TIMING_PATH = "timings"
    TIME_UNITS = 1000
    TIMING = {"prompt": "prompt_ms", "generation": "predicted_ms"}
    ERRORS = LlamaCppCompletion.ERRORS
