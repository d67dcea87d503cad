"""The adapters: one module per vendor, found by its file name."""

ALIASES = {
    "aistudio": "gemini",
    "amazon_bedrock": "bedrock",
    "amazonaws.com": "bedrock",
    "anthropic.com": "anthropic",
    "api.anthropic.com": "anthropic",
    "api.openai.com": "openai",
    "atoma-sdk": "atoma",
    "atoma.network": "atoma",
    "aws": "bedrock",
    "aws_bedrock": "bedrock",
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
