"""One OpenAI-compatible server: asks it, and says in plain words what is wrong when it does not answer.

Leaves out: what is asked and what the answer means (openai.py).
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from typing import Any

import httpx

from model.errors import GeneratorError, GeneratorUnreachable, ModelNotFound, QuestionTooLong
from model.records import JsonDict

CONNECT_TIMEOUT_S = 5.0
LISTED_MODELS = 12

VLLM_BODY: JsonDict = {"return_token_ids": True, "bad_words": ["<image>", "<fake_token_around_image>"]}
"""What only vLLM understands: send the tokens' ids; never write tokens that stand for a picture."""


class Server:
    """An address, a model there, and what has been learned about the server so far.

    `timeout_s` bounds every silence. Raises GeneratorUnreachable, ModelNotFound and GeneratorError.
    """

    def __init__(self, base_url: str, model: str, api_key: str, timeout_s: float) -> None:
        if not base_url.startswith(("http://", "https://")):
            raise GeneratorUnreachable(f'the base URL "{base_url}" should begin with http:// or https://')
        self.base_url = base_url.rstrip("/")
        self.model = model
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._timeout = httpx.Timeout(timeout_s, connect=min(timeout_s, CONNECT_TIMEOUT_S))
        self._cards: list[JsonDict] | None = None
        self._gives_logprobs = True

    async def models(self) -> tuple[str, ...]:
        """The names of the models that the server lists. Raises if it is no such server, or lacks the model."""
        with self._in_words():
            async with self._client() as client:
                self._cards = await self._list(client, self.base_url)
                if self._cards is None:
                    raise await self._wrong_address(client)
        if self._is_vllm() and self.model not in self._names():
            raise self._no_model()
        return self._names()

    async def events(self, body: JsonDict) -> AsyncGenerator[JsonDict, None]:
        """The events of a streamed completion, each a JSON object."""
        with self._in_words():
            async with self._client() as client:
                if self._cards is None:
                    self._cards = await self._list(client, self.base_url)
                async with aclosing(self._post(client, body)) as events:
                    async for event in events:
                        yield event

    async def _post(self, client: httpx.AsyncClient, body: JsonDict) -> AsyncGenerator[JsonDict, None]:
        body = body | {"model": self.model, "stream": True, "logprobs": self._gives_logprobs}
        body |= VLLM_BODY if self._is_vllm() else {}
        async with client.stream("POST", f"{self.base_url}/chat/completions", json=body) as response:
            if response.is_success:
                async for event in self._read(client, response):
                    yield event
                return
            said = (await response.aread()).decode(errors="replace")
        if response.status_code != 400 or not self._gives_logprobs or "logprob" not in said:
            raise await self._refusal(client, response, said)
        self._gives_logprobs = False  # some hosted models refuse them: ask once more without
        async for event in self._post(client, body):
            yield event

    async def _read(self, client: httpx.AsyncClient, response: httpx.Response) -> AsyncGenerator[JsonDict, None]:
        seen = 0
        if "html" in response.headers.get("content-type", ""):
            raise await self._wrong_address(client)
        async for line in response.aiter_lines():
            if not line.startswith("data:") or line[5:].strip() == "[DONE]":
                continue
            event = json.loads(line[5:])
            if "error" in event:
                raise GeneratorError(f"{self.base_url} broke off the answer: {_message(event)}")
            seen += 1
            yield event
        if not seen:
            raise GeneratorError(f"{self.base_url} took the request, but streamed no answer: is it a chat server?")

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(headers=self._headers, timeout=self._timeout)

    async def _list(self, client: httpx.AsyncClient, base_url: str) -> list[JsonDict] | None:
        """The server's model cards; None where it lists none, which not every server does."""
        response = await client.get(f"{base_url}/models")
        if response.status_code in (401, 403):
            raise self._no_entry(response)
        try:
            cards = response.json()["data"]
            return [card for card in cards if "id" in card]
        except (ValueError, KeyError, TypeError):
            return None

    def _names(self) -> tuple[str, ...]:
        return tuple(str(card["id"]) for card in self._cards or ())

    def _is_vllm(self) -> bool:
        return any(card.get("owned_by") == "vllm" for card in self._cards or ())

    async def _refusal(self, client: httpx.AsyncClient, response: httpx.Response, said: str) -> GeneratorError:
        if response.status_code in (401, 403):
            return self._no_entry(response)
        if response.status_code in (404, 405):
            return self._no_model() if self._cards is not None else await self._wrong_address(client)
        if response.is_redirect:
            return GeneratorUnreachable(
                f"{self.base_url} redirects to {response.headers.get('location')}: use that address as base URL"
            )
        try:
            said = _message(json.loads(said))
        except ValueError:
            said = said[:300]
        # There is no code for it; vLLM, llama.cpp and OpenAI all speak of their context then.
        too_long = response.status_code == 413 or (response.status_code == 400 and "context" in said.lower())
        kind = QuestionTooLong if too_long else GeneratorError
        return kind(f"{self.base_url} refused the question ({response.status_code}): {said}")

    def _no_entry(self, response: httpx.Response) -> GeneratorError:
        given = "the API key that was sent" if self._headers else "a request without an API key"
        return GeneratorError(
            f"{self.base_url} does not accept {given} ({response.status_code}): set CHARTLOOP_MODEL__API_KEY"
        )

    def _no_model(self) -> ModelNotFound:
        names = self._names()
        more = f" and {len(names) - LISTED_MODELS} more" if len(names) > LISTED_MODELS else ""
        listed = f"it has: {', '.join(names[:LISTED_MODELS])}{more}" if names else "it lists none"
        return ModelNotFound(f'{self.base_url} has no model "{self.model}"; {listed}')

    async def _wrong_address(self, client: httpx.AsyncClient) -> GeneratorUnreachable:
        """Something answers, but not an OpenAI-compatible server: mostly the /v1 is missing."""
        if await self._list(client, f"{self.base_url}/v1") is not None:
            return GeneratorUnreachable(f"the base URL {self.base_url} lacks its last part: use {self.base_url}/v1")
        return GeneratorUnreachable(
            f"something answers at {self.base_url}, but no OpenAI-compatible server; "
            "the base URL mostly ends in /v1, e.g. http://localhost:8000/v1"
        )

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        """What goes wrong on the way becomes one sentence with the address and what to do."""
        try:
            yield
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.InvalidURL) as error:
            raise GeneratorUnreachable(
                f"nothing answers at {self.base_url} ({error}): is the server running, and is the address right?"
            ) from error
        except httpx.TimeoutException as error:
            raise GeneratorUnreachable(
                f"{self.base_url} sent nothing for {self._timeout.read:g} s: the model may still be loading, or be too "
                "slow here"
            ) from error
        except httpx.HTTPError as error:
            raise GeneratorUnreachable(
                f"the connection to {self.base_url} broke off in the middle of the answer ({error})"
            ) from error
        except json.JSONDecodeError as error:
            raise GeneratorError(f"{self.base_url} sent something that is no JSON: {error}") from error


def _message(body: Any) -> str:
    """The human part of an error body: {"error": {"message": ...}}, {"error": ...}, {"detail": ...}, ..."""
    while isinstance(body, dict):
        body = next((body[key] for key in ("error", "message", "detail") if body.get(key)), str(body))
    return str(body)[:300]
