"""What the SDKs are known to do to an answer before anybody else sees it.

By SDK, and by vendor and grammar; with ` streamed` after these, for streams only. A path of the canonical JSON:
the SDK's object has it no more. `+path`: it has it though the bytes do not. `~path`: it has something else
there. A path that ends with `*` covers all that begin alike. The cases after it are the only ones in which it is
expected; none: in all.
"""

Losses = dict[str, tuple[str, ...]]
Tables = dict[str, dict[str, Losses]]

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

_OPENROUTER_STREAMED: Losses = {
    "choices[].message.parts[image]": ("images",),  # a delta's `images` are not declared
    "extra.debug*": ("stream-debug",),
    "error.type": ("stream-error-upstream",),  # nor are `metadata` and `provider` of a failure
    "~error.scope": ("stream-error-upstream",),
}

_OLLAMA: Losses = {
    # their models ignore what they do not declare
    "usage.cache_read_tokens": (),
    "usage.native.prompt_eval_cached_count": (),
    "choices[].logprobs[].extra.rank": ("unknown-fields",),
    "choices[].logprobs[].top[].utf8": (),
    "choices[].logprobs[].utf8": (),
    "choices[].message.extra.mood": ("unknown-fields",),
    "choices[].message.extra.tool_call_id": ("tool-role",),
    "choices[].message.parts[].extra.function": ("tool-call-index-restart",),
    "choices[].message.parts[].id": (),  # of calls
    "extra._debug_info": (),
    "extra.node": ("generate-unknown-fields", "unknown-fields"),
    "extra.peak_memory": (),
    "extra.remote_*": (),
    "extra.shard": ("stream-unknown-fields",),
}

LOSSES: Tables = {
    "openai (pip)": {
        "openai:openai.chat": {
            "+usage.cache_read_tokens": ("usage-wrong-types",),  # the SDK makes 1 of true
            "~usage.native.prompt_tokens_details.cached_tokens": ("usage-wrong-types",),
        },
        "openai:openai.chat streamed": {
            # what stands in no `data` line is nothing to the SDK
            "*": ("stream-body", "stream-html"),
            "error.*": ("stream-error-bare", "stream-error-bare-done", "stream-error-body"),
        },
        "openai:openai.responses": {
            # nulls for what was not there, within what is a call's arguments to us
            "~choices[].message.parts[].arguments": ("responses-tools-client",),
        },
        "openai:openai.responses streamed": {
            "error.extra.headers": ("responses-stream-error-usage-limit",),  # not declared
            # what comes after the error that it raises
            "choices": ("responses-stream-error",),
            "service_tier": ("responses-stream-error",),
        },
    },
    "anthropic (pip)": {
        "anthropic:anthropic.messages": {
            "~usage.native.cache_read_input_tokens": ("block-wrong-types",),  # the SDK makes 0 of "0"
        },
        "anthropic:anthropic.messages streamed": {
            "*": (
                "bedrock-metrics",  # the SDK passes over what has no `event` line
                "stream-no-data-type",  # and gives nothing of that line
                "stream-no-event-lines",
            ),
            "+extra.frame*": ("stream-no-data-type",),
            # events that it passes over, or has no type for
            "extra.amazon-bedrock-invocationMetrics": ("stream-bedrock-metrics-alone",),
            "timing.*": ("stream-bedrock-metrics-alone",),
            "extra.beat": ("stream-unknown-fields",),
        },
    },
    "google-genai (pip)": {
        "gemini:gemini.generate": {
            # The SDK copies a list of names from the Gemini API's answers, and with it drops what only Vertex sends
            "choices[].extra.citationMetadata": ("citations-without-text", "finish-recitation"),
            "choices[].extra.finishMessage": (),
            "choices[].extra.styleScore": ("unknown-fields",),
            "choices[].message.parts[].citations": ("citations",),
            "choices[].message.parts[].data*": ("unknown-part",),
            "choices[].message.parts[].kind": ("unknown-part",),
            "~choices[].message.parts[].type": ("unknown-part",),  # nothing is left but the signature
            "choices[].message.parts[].extra.emphasis": ("unknown-fields",),
            "choices[].message.parts[].signature": ("tool-call-old-signature",),
            # renamed to `citations`
            "~choices[].message.parts[].citations[].kind": ("citation-sources", "citation-without-source"),
            "created": (),
            "extra.createTime": (),
            "extra.servingCell": ("unknown-fields",),
            "service_tier": (),
            "usage.native.draftTokenCount": ("unknown-fields",),
            "usage.native.serviceTier": (),
            "error.*": ("error-beside-answer", "error-in-200"),
            # bodies in snake_case, and in an envelope: the SDK knows neither
            "*": ("enveloped", "snake-case", "sdk-py-grounding"),
        },
        "gemini:gemini.generate streamed": {
            "~choices[].message.parts[].signature": (
                "stream-signature-empty-text",
            ),  # `=` added to the base64
            "~choices[].message.parts[].arguments": ("stream-partial-args-nested",),  # 1 becomes 1.0
        },
        "gemini:gemini.interactions streamed": {
            "extra.status": ("interactions-stream-pending",),  # told at the end, which the SDK swallows
        },
        "gemini:gemini.interactions": {
            "+extra.continuation_ids": (),  # which requests the SDK made
            "+usage.native.initial_input_tokens": (),  # of the first of them
            # what has no `type` gets one
            "+choices[].message.parts[].citations[].kind": ("interactions-annotations-old",),
            "+choices[].message.parts[].extra.summary": (
                "interactions-agent",
                "interactions-stream-agent-no-types",
            ),
        },
    },
    "boto3 (pip)": {
        "bedrock:bedrock.converse": {
            "+extra.ResponseMetadata": (),  # what HTTP said
            "extra.ResponseMetadata*": ("botocore-dict",),  # the fixture's own is overwritten
            "+extra.ResponseMetadata*": ("botocore-dict",),
            "~extra.ResponseMetadata*": ("botocore-dict",),
            "request_id": ("botocore-dict",),
            # the SDK drops what its model of the service does not name, and of blocks leaves the name
            "choices[].message.parts[].data.diagram*": ("unknown-block",),
            "~choices[].message.parts[].kind": ("unknown-block",),
            "+choices[].message.parts[].data.SDK_UNKNOWN_MEMBER.name": ("unknown-block",),
            "choices[].message.parts[].extra.attempts": ("server-tool-failed",),
            "usage.native.cacheReadInputTokenCount": (),
            "usage.native.cacheWriteInputTokenCount": (),
            "usage.cache_*": ("usage-cached-nova",),  # those are its only counts
            "usage.identity": ("usage-cached-nova",),
            "~usage.input_tokens": ("usage-cached-nova",),
            # a body in snake_case: the SDK knows camelCase only
            "*": ("snake-case",),
            "+choices[].message.parts[]*": ("snake-case",),
            "~choices[].message.parts[]*": ("snake-case",),
        },
        "bedrock:bedrock.converse streamed": {
            # of an exception the SDK keeps code and message; of one that its model does not name, neither
            "error.extra.original*": ("stream-exception-model",),
            "error.*": ("invoke-nova-stream-exception", "stream-exception-unlisted"),
            "+error.extra.*": ("invoke-nova-stream-exception", "stream-exception-unlisted"),
            # events and fields that its model does not name
            "extra.contentBlockNote": ("stream-event-unknown", "stream-event-unknown-padded"),
            "choices[].message.*": ("stream-unknown-fields",),
            "extra.*": ("stream-unknown-fields",),
            "usage.native.thinkingTokens": ("stream-unknown-fields",),
        },
    },
    "cohere (pip)": {
        "cohere:cohere.v2": {
            # the SDK makes 0 of "0"
            "choices[].message.parts[].citations[].extra.content_index": ("wrong-types",),
            "choices[].message.parts[].citations[].extra.start": ("wrong-types",),
            "~usage.native.tokens.input_tokens": ("wrong-types",),
        },
        "cohere:cohere.v2 streamed": {
            # the SDK passes over events that do not fit its models
            "choices[].message.parts[].citations[]": ("citations-bare",),
            "extra.keep-alive": ("stream-debug",),
            "choices[].finish_reason": ("stream-error-timeout",),
            "choices[].native_finish_reason": ("stream-error-timeout",),
            "error.*": ("stream-error-bare", "stream-error-timeout"),
            "+extra.message": ("stream-error-bare",),  # or makes a `message-start` of them
        },
    },
    "ollama (pip)": {
        "ollama:ollama.chat": {
            **_OLLAMA,
            "error.*": ("error-beside-answer",),
            "*": ("camel",),  # a body in camelCase: the SDK knows snake_case only
        },
        "ollama:ollama.generate": {
            **_OLLAMA,
            "choices[].message.parts": ("generate-tool-call",),  # nothing but the call
            "~choices[].finish_reason": ("generate-tool-call",),
        },
    },
    "mistralai (pip)": {
        "mistral:openai.chat": {"+choices[].message.extra.prefix": ()},  # a default of the SDK's
    },
    "atoma-sdk (pip)": {
        "atoma:openai.chat": {
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
    },
    "atoma-sdk (npm)": {
        "atoma:openai.chat": _ATOMA,
        "atoma:openai.chat streamed": {
            # what comes in one piece with the end of the stream is lost, if only the network is fast enough
            "choices[].finish_reason": (),
            "choices[].native_finish_reason": (),
            "usage.*": (),
        },
    },
    "openrouter (pip)": {
        "openrouter:openai.chat": _OPENROUTER,
        "openrouter:openai.chat streamed": _OPENROUTER_STREAMED,
    },
    "@openrouter/sdk (npm)": {
        "openrouter:openai.chat": _OPENROUTER,
        "openrouter:openai.chat streamed": _OPENROUTER_STREAMED,
    },
}

REFUSALS: Tables = {
    "openai (pip)": {
        "openai:openai.chat streamed": {
            "JSONDecodeError": (
                "stream-comments",
                "stream-keep-alive",
                "stream-malformed",
            ),  # also of empty `data`
        },
    },
    "google-genai (pip)": {
        "gemini:gemini.generate": {
            "AttributeError": (
                "code-outcome-odd",
                "finish-number-unknown",
                "integer-enums",
            ),  # an enum as a number
            "ClientError": (
                "finish-continuation",  # it asks again after `CONTINUATION`, and we answer once
                "stream-error-frame",
            ),
        },
        "gemini:gemini.generate streamed": {
            "ServerError": ("stream-error-bare",),
            "UnknownApiResponseError": ("blob-odd",),  # `data:` without a space
            "ValidationError": (  # signatures that are no base64
                "stream-partial-args",
                "stream-partial-args-no-end",
                "stream-partial-args-nothing",
                "stream-thought-text-call",
            ),
        },
        "gemini:gemini.interactions": {
            "ContinuationInterruptedError": ("interactions-finish-continuation",),  # as above
        },
    },
    "boto3 (pip)": {
        "bedrock:bedrock.converse": {
            "AttributeError": ("block-wrong-types",),
            "ResponseParserError": (  # none of the members of a union, or several
                "citations-odd",
                "finish-only",
                "reasoning-redacted",
                "request-blocks",
                "stream-start-empty",
                "unknown-field",
            ),
            "ChecksumMismatch": ("stream-wrong-checksum",),
            "chatnorm.DecodeError": (
                "error-client-error-bare",
                "error-type-alone",
                "error-unknown-operation",
            ),  # an exception's dict: of such a body nothing is left
        },
    },
    "ollama (pip)": {
        "ollama:ollama.chat": {
            "ValidationError": ("error-failed", "images", "tool-call-empty", "values-other"),
        },
        "ollama:ollama.chat streamed": {
            "JSONDecodeError": ("stream-cut-line", "stream-lines-odd"),
            "ResponseError": ("stream-error-beside", "stream-error-first", "stream-error-line"),
        },
        "ollama:ollama.generate streamed": {"ResponseError": ("stream-generate-error",)},
    },
    "atoma-sdk (pip)": {"atoma:openai.chat": {"ValidationError": ()}},
    "atoma-sdk (npm)": {"atoma:openai.chat": {"SDKValidationError": ()}},
    "openrouter (pip)": {"openrouter:openai.chat": {"ResponseValidationError": ()}},
    "@openrouter/sdk (npm)": {
        "openrouter:openai.chat": {"ResponseValidationError": ()},
        "openrouter:openai.chat streamed": {"ZodError": ()},
    },
}
"""The exceptions with which an SDK refuses an answer, or tells a failure in a stream; `chatnorm.` before our own."""
