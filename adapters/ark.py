"""Volcengine Ark (Doubao), BytePlus ModelArk abroad: OpenAI's chat grammar.

Source: `byteplus-python-sdk-v2` 3.0.63, `byteplussdkarkruntime/types`; volcengine.com/docs/82379/1299023
(error codes, read 2026-08).

- `moderation_hit_type` of a choice says which content rule the answer hit, where the endpoint asks for it.
- Answers of bots carry `error: null`, which is nothing.
- Errors have PascalCase words: the code may have a part after a dot, the type repeats the HTTP status. A 400,
  a 403 and a 429 have several meanings each.
"""

from chatnorm.dialect import Vendor

from .openai import OpenAIChat, OpenAIResponses


class ArkChat(OpenAIChat):
    EXTRA = {
        "choice": ("moderation_hit_type",),
        "input_details": ("provisioned_tokens",),
        "output_details": ("provisioned_tokens",),
    }
    ERRORS = {
        "MissingParameter": "invalid_request",
        "InvalidParameter": "invalid_request",
        "OutofContextError": "context_length",
        "SensitiveContentDetected": "content_policy",
        "SensitiveContentDetected.SevereViolation": "content_policy",
        "SensitiveContentDetected.Violence": "content_policy",
        "InputTextSensitiveContentDetected": "content_policy",
        "InputImageSensitiveContentDetected": "content_policy",
        "AuthenticationError": "authentication",
        "InputTextSensitiveContentDetected.PolicyViolation": "content_policy",
        "OutputTextSensitiveContentDetected": "content_policy",
        "AccountOverdueError": "quota",
        "AccountQuotaExceeded": "quota",
        "OperationDenied.ServiceOverdue": "quota",
        "SetLimitExceeded": "quota",  # the user's own cap on a model, which pauses it
        "AccessDenied": "permission",
        "InvalidSubscription": "permission",
        "InvalidEndpointOrModel.NotFound": "not_found",
        "InvalidEndpointOrModel.ModelIDAccessDisabled": "permission",
        "ModelNotOpen": "permission",
        "RateLimitExceeded.EndpointRPMExceeded": "rate_limit",
        "RateLimitExceeded.EndpointTPMExceeded": "rate_limit",
        "QuotaExceeded": "quota",
        "ServerOverloaded": "overloaded",
        "InternalServiceError": "server",
    }


VENDOR = Vendor("ark", (ArkChat, OpenAIResponses))
