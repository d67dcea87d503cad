"""The adapters: one module per vendor, found by its file name."""

ALIASES = {
    "aistudio": "gemini",
    "anthropic.com": "anthropic",
    "api.anthropic.com": "anthropic",
    "api.openai.com": "openai",
    "atoma-sdk": "atoma",
    "atoma.network": "atoma",
    "claude": "anthropic",
    "generativelanguage.googleapis.com": "gemini",
    "google": "gemini",
    "log10-io": "log10",
    "log10.io": "log10",
    "openai_speakeasy": "openai",
    "openrouter.ai": "openrouter",
    "vertex": "gemini",
}
"""Other name or host → adapter."""
