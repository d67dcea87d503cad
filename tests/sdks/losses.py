"""What the SDKs are known to do to a body before anybody else sees it.

A path of the canonical JSON: the SDK's object has it no more. `+path`: it has it though the bytes do not.
`~path`: it has something else there. A path that ends with `*` covers all that begin alike. The cases after
it are the only ones in which it is expected; none: in all.
"""

Losses = dict[str, tuple[str, ...]]

_ATOMA: Losses = {
    "choices[].extra.stop_reason": (),  # their models ignore what they do not declare
    "choices[].message.parts[reasoning]": (),
    "choices[].stop_sequence": (),
    "extra.response_hash": (),
    "extra.signature": (),
    "usage.cache_read_tokens": (),
    "usage.native.prompt_tokens_details": (),
}

_OPENROUTER: Losses = {
    "choices[].message.extra.annotations": (),  # their models ignore what they do not declare
    "choices[].message.parts[].citations": (),
    "choices[].message.parts[].encrypted": ("reasoning-detail-mixed",),  # of a kind that does not declare it
    "~choices[].native_finish_reason": (),  # only OpenRouter's own word is left
    "served_by": (),  # `provider`
    "usage.native.completion_tokens_details.image_tokens": (),
    "usage.output_image_tokens": (),
}

LOSSES: dict[str, Losses] = {
    "openai (pip)": {
        "+usage.cache_read_tokens": ("usage-wrong-types",),  # the SDK makes 1 of true
        "~usage.native.prompt_tokens_details.cached_tokens": ("usage-wrong-types",),
    },
    "anthropic (pip)": {
        "~usage.native.cache_read_input_tokens": ("block-wrong-types",),  # the SDK makes 0 of "0"
    },
    "atoma-sdk (pip)": {
        **_ATOMA,
        # bodies in camelCase, as the TypeScript SDK prints them: the Python SDK knows snake_case only
        "*": (
            "logprobs-top-only",
            "mixed-spelling",
            "sdk-ts-head",
            "sdk-ts-old",
            "stop-reason-int",
            "usage-partial",
        ),
    },
    "atoma-sdk (npm)": _ATOMA,
    "openrouter (pip)": _OPENROUTER,
    "@openrouter/sdk (npm)": _OPENROUTER,
    "google-genai (pip)": {
        # The SDK copies a list of names from the Gemini API's answers, and with it drops what only Vertex sends
        "choices[].extra.citationMetadata": ("citations-without-text", "finish-recitation"),
        "choices[].extra.finishMessage": (),
        "choices[].extra.styleScore": ("unknown-fields",),
        "choices[].message.parts[].citations": ("citations",),
        "choices[].message.parts[].data*": ("unknown-part",),
        "choices[].message.parts[].kind": ("unknown-part",),
        "choices[].message.parts[].extra.emphasis": ("unknown-fields",),
        "choices[].message.parts[].signature": ("tool-call-old-signature",),
        "~choices[].message.parts[].citations[].kind": ("citation-sources",),  # renamed to `citations`
        "created": (),
        "extra.createTime": (),
        "extra.servingCell": ("unknown-fields",),
        "service_tier": (),
        "usage.native.draftTokenCount": ("unknown-fields",),
        "usage.native.serviceTier": (),
        "error.*": ("error-beside-answer", "error-in-200"),
        "*": ("snake-case", "sdk-py-grounding"),  # bodies in snake_case: the SDK knows camelCase only
    },
}

REFUSALS: dict[str, Losses] = {
    "atoma-sdk (pip)": {"ValidationError": ()},
    "atoma-sdk (npm)": {"SDKValidationError": ()},
    "openrouter (pip)": {"ResponseValidationError": ()},
    "@openrouter/sdk (npm)": {"ResponseValidationError": ()},
    "google-genai (pip)": {
        "AttributeError": (
            "code-outcome-odd",
            "finish-number-unknown",
            "integer-enums",
        ),  # an enum as a number
        "ClientError": ("finish-continuation",),  # it asks again after `CONTINUATION`, and we answer once
    },
}
"""The exceptions with which an SDK refuses a body."""
