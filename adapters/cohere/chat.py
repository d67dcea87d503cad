"""`openai.chat` of the compatibility endpoint. Failures, and the headers, are Cohere's own."""

from ..openai import OpenAIChat
from .shared import Service


class CohereChat(Service, OpenAIChat):
    """`openai.chat`."""
