"""Lists, calls and pages tools by the official client of Python.

client.py MODE URL | client.py MODE COMMAND ARGUMENT…: MODE is `auto` (the newest protocol) or `legacy` (sessions).
Prints {"version", "tools", "called", "pages"}; ends with an error where a call does.
"""

import asyncio
import json
import sys

from mcp import Client, StdioServerParameters


def checked(result):
    """The client itself holds results to the tools' output schemas."""
    assert not result.is_error, result.content[0].text
    assert json.loads(result.content[0].text) == result.structured_content
    return result.structured_content


async def pages(client, tool, arguments):
    """How many pages a tool gives, by its continuations."""
    count, content = 1, checked(await client.call_tool(tool, arguments))
    while following := content.get("_opwire", {}).get("continue"):
        content = checked(await client.call_tool(tool, {**arguments, "_continue": following}))
        count += 1
    return count


async def main(mode, server):
    told = []

    async def progress(done, total, message):
        told.append((done, total))

    async with Client(server, mode=mode) as client:
        tools = (await client.list_tools()).tools
        called = 0
        for tool in tools:
            (example,) = tool.input_schema["examples"]
            checked(await client.call_tool(tool.name, example))
            called += 1
        walked = await pages(client, "salesloft_list_people", {"per_page": 1})
        items = {"per_page": 1, "_items": 2, "_fields": ["items.id"]}
        content = checked(await client.call_tool("salesloft_list_people", items, progress_callback=progress))
        assert [set(item) for item in content["items"]] == [{"id"}, {"id"}], content
        assert told and told[0] == (0, 2), told
        wrong = await client.call_tool("salesloft_get_person", {"person": 1})
        assert wrong.is_error and "Correct the arguments" in wrong.content[0].text, wrong
        manifest = await client.read_resource("opwire://salesloft/get_person")
        assert "kind: main" in manifest.contents[0].text
        summary = {"version": str(client.protocol_version), "tools": len(tools), "called": called, "pages": walked}
        print(json.dumps(summary))


if __name__ == "__main__":
    mode, server, *arguments = sys.argv[1:]
    server = server if server.startswith("http") else StdioServerParameters(command=server, args=arguments)
    asyncio.run(main(mode, server))
