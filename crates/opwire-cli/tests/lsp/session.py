"""A session of pygls' client, which reads every message by the protocol's types, with `opwire lsp`.

python3 session.py OPWIRE FOLDER, where FOLDER is a copy of the connector `shop`.
"""

import asyncio
import sys
from pathlib import Path

from lsprotocol import types as lsp
from pygls.lsp.client import LanguageClient

SERVER, SHOP = sys.argv[1], Path(sys.argv[2])
ORDERS = SHOP / "main" / "list_orders.yaml"
# A server that says nothing for so long is stuck.
STUCK = 60


class Editor(LanguageClient):
    """A client that keeps what is published."""

    def __init__(self):
        super().__init__("session", "1")
        self.published = asyncio.Queue()
        self.ended = None

    async def server_exit(self, server):
        self.ended = server.returncode

    async def findings(self, version):
        """The findings of this version of the document."""
        while True:
            params = await asyncio.wait_for(self.published.get(), STUCK)
            if params.uri == ORDERS.as_uri() and params.version == version:
                return params.diagnostics


def place(text, part):
    """The position of `|` in a part of a text, in UTF-16."""
    at = text.index(part.replace("|", "")) + part.index("|")
    before = text[:at].split("\n")
    return lsp.Position(len(before) - 1, len(before[-1].encode("utf-16-le")) // 2)


async def session():
    client = Editor()

    @client.feature(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    def published(params: lsp.PublishDiagnosticsParams):
        client.published.put_nowait(params)

    @client.feature(lsp.CLIENT_REGISTER_CAPABILITY)
    def registered(params: lsp.RegistrationParams):
        assert [it.method for it in params.registrations] == ["workspace/didChangeWatchedFiles"]

    await client.start_io(SERVER, "lsp")
    watching = lsp.DidChangeWatchedFilesClientCapabilities(dynamic_registration=True)
    workspace = lsp.WorkspaceClientCapabilities(did_change_watched_files=watching)
    capabilities = lsp.ClientCapabilities(workspace=workspace)
    hello = await client.initialize_async(
        lsp.InitializeParams(capabilities=capabilities, process_id=None, root_uri=SHOP.as_uri())
    )
    assert hello.capabilities.position_encoding == "utf-16"
    client.initialized(lsp.InitializedParams())

    uri = ORDERS.as_uri()
    document = lsp.TextDocumentIdentifier(uri)
    text = ORDERS.read_text(encoding="utf-8")
    opened = lsp.TextDocumentItem(uri=uri, language_id="yaml", version=1, text=text)
    client.text_document_did_open(lsp.DidOpenTextDocumentParams(opened))
    assert len(await client.findings(1)) == 0

    # A letter is lost behind one that UTF-16 counts otherwise than UTF-8.
    start, end = place(text, "{{u|pper order.note"), place(text, "{{up|per order.note")
    change = lsp.TextDocumentContentChangePartial(range=lsp.Range(start, end), text="")
    client.text_document_did_change(
        lsp.DidChangeTextDocumentParams(
            text_document=lsp.VersionedTextDocumentIdentifier(uri=uri, version=2),
            content_changes=[change],
        )
    )
    text = text.replace("{{upper order.note", "{{uper order.note")
    (fault,) = await client.findings(2)
    assert (fault.code, fault.source) == ("unknown-helper", "opwire")
    assert fault.severity == lsp.DiagnosticSeverity.Error
    assert fault.range == lsp.Range(place(text, "{{|uper"), place(text, "{{uper|"))

    context = lsp.CodeActionContext(diagnostics=[fault])
    (action,) = await client.text_document_code_action_async(
        lsp.CodeActionParams(text_document=document, range=fault.range, context=context)
    )
    (edit,) = action.edit.changes[uri]
    assert (action.kind, edit.new_text, edit.range) == ("quickfix", "upper", fault.range)

    def params(kind, part):
        return kind(text_document=document, position=place(text, part))

    offered = await client.text_document_completion_async(
        params(lsp.CompletionParams, "{{input.|customer_id")
    )
    assert sorted(it.label for it in offered) == ["customer_id", "region", "state"]
    hover = await client.text_document_hover_async(params(lsp.HoverParams, "{{order.i|d}}"))
    assert hover.contents.kind == lsp.MarkupKind.Markdown
    assert "The number of a thing." in hover.contents.value
    found = await client.text_document_definition_async(
        params(lsp.DefinitionParams, "list_cust|omers_ddl")
    )
    assert found.uri == (SHOP / "ddl" / "list_customers_ddl.yaml").as_uri()
    outline = await client.text_document_document_symbol_async(
        lsp.DocumentSymbolParams(text_document=document)
    )
    assert [it.name for it in outline][-1] == "response"

    await client.shutdown_async(None)
    client.exit(None)
    await client.stop()
    assert client.ended == 0, client.ended


asyncio.run(session())
