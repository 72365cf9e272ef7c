"""The MCP SDK's own client over both transports."""

from __future__ import annotations

import asyncio
import base64
import sys
import textwrap
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import numpy as np
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult

from fakes import paint
from web.conftest import Live, assert_alike, pixels_of, png

TESTS = Path(__file__).parent.parent


@asynccontextmanager
async def over_http(live: Live, key: str | None = None) -> AsyncIterator[Client]:
    headers = {"authorization": f"Bearer {key or live.key}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=30) as http,
        Client(streamable_http_client(f"{live.url}/mcp", http_client=http)) as client,
    ):
        yield client


@asynccontextmanager
async def over_stdio(folder: Path) -> AsyncIterator[Client]:
    start = f"""
        import sys
        sys.path.insert(0, {str(TESTS)!r})
        from pochade.providers import registry
        registry.register("gradient", "fakes:Gradient")
        registry.register("retoucher", "web.providers:Retoucher")
        sys.argv = ["pochade", "mcp", "--data", {str(folder)!r}]
        from pochade.cli import main
        main()
    """
    parameters = StdioServerParameters(
        command=sys.executable, args=["-c", textwrap.dedent(start)], env={"POCHADE_DEFAULT_MODEL": "gradient"}
    )
    async with Client(stdio_client(parameters)) as client:
        yield client


def link_in(result: CallToolResult) -> str:
    return next(block.uri for block in result.content if block.type == "resource_link")


async def paints_shows_and_edits(client: Client) -> None:
    tools = (await client.list_tools()).tools
    assert sorted(tool.name for tool in tools) == ["edit_image", "generate_image", "list_models"]
    assert all(tool.output_schema for tool in tools)

    models = await client.call_tool("list_models", {})
    assert "gradient" in [model["id"] for model in models.structured_content["models"]]

    result = await client.call_tool("generate_image", {"prompt": "red", "size": "64x48", "n": 2, "seed": 3})
    assert not result.is_error, result.content
    assert [block.type for block in result.content] == ["text", "image", "resource_link", "image", "resource_link"]
    assert [found["seed"] for found in result.structured_content["pictures"]] == [3, 4]
    assert len(result.content[1].data) < 100_000
    full = await client.read_resource(link_in(result))
    assert_alike(pixels_of(full.contents[0].blob), paint("red", 3, 64, 48))

    own = result.structured_content["pictures"][0]["picture_id"]
    edited = await client.call_tool("edit_image", {"prompt": "black", "picture_id": own, "model": "retoucher"})
    assert not edited.is_error, edited.content
    assert_alike(pixels_of((await client.read_resource(link_in(edited))).contents[0].blob), np.zeros((48, 64, 3), np.uint8))


def test_over_http(live):
    async def talk() -> None:
        async with over_http(live) as client:
            await paints_shows_and_edits(client)

    asyncio.run(talk())


def test_over_standard_input(tmp_path):
    async def talk() -> None:
        async with over_stdio(tmp_path) as client:
            await paints_shows_and_edits(client)

    asyncio.run(talk())


def told(live: Live, tool: str, arguments: dict, key: str | None = None) -> str:
    """What the assistant is told about a call that fails."""

    async def talk() -> str:
        async with over_http(live, key) as client:
            result = await client.call_tool(tool, arguments)
            assert result.is_error
            return result.content[0].text

    return asyncio.run(talk())


@pytest.mark.parametrize(
    "arguments, word",
    [
        ({"prompt": "gibberish", "size": "32x32"}, "Near words: red"),
        ({"prompt": "red", "size": "4000x4000"}, "Try 512x512"),
        ({"prompt": "red", "model": "gradiant"}, "Did you mean 'gradient'"),
        ({"prompt": "red", "n": 9}, "4"),
    ],
    ids=str,
)
def test_errors_say_what_to_do(live, arguments, word):
    assert word in told(live, "generate_image", arguments)


def test_edit_needs_one_picture_and_fetches_none(live):
    assert "one of picture_id and image_base64" in told(live, "edit_image", {"prompt": "x"})
    both = {"prompt": "x", "image_base64": "https://example.org/x.png", "model": "retoucher"}
    assert "fetches nothing" in told(live, "edit_image", both)


def test_edit_of_a_picture_that_is_sent(live):
    async def talk() -> None:
        async with over_http(live) as client:
            sent = {"prompt": "x", "image_base64": base64.b64encode(png()).decode(), "model": "retoucher"}
            result = await client.call_tool("edit_image", sent)
            assert not result.is_error, result.content

    asyncio.run(talk())


def test_pictures_of_others_do_not_exist(live):
    store = live.studio.store
    other = store.users.create(live.studio.owner, "somebody else")
    theirs = store.keys.create(other, "theirs")[1]

    async def paint_as_owner() -> str:
        async with over_http(live) as client:
            result = await client.call_tool("generate_image", {"prompt": "red", "size": "32x32"})
            return result.structured_content["pictures"][0]["picture_id"]

    own = asyncio.run(paint_as_owner())
    assert "There is no picture" in told(live, "edit_image", {"prompt": "x", "picture_id": own, "model": "retoucher"}, theirs)


def test_a_key_that_may_only_read_cannot_paint(live):
    readers = live.studio.store.keys.create(live.studio.owner, "reads", ("read",))[1]
    assert "'paint' is needed" in told(live, "generate_image", {"prompt": "red"}, readers)


def test_without_a_key_there_is_nothing(client):
    call: Callable[..., Awaitable] = client.post
    answer = call("/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "missing_api_key"
