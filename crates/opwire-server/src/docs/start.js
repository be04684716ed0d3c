"use strict";

const form = document.getElementById("key");
const told = document.getElementById("told");

/** Shows what a caller with this API key may do. The key is kept in this page's memory alone. */
async function show(key) {
  const headers = key ? { authorization: `Bearer ${key}` } : {};
  const reply = await fetch("openapi.json", { headers, credentials: "omit" });
  const spec = await reply.json();
  form.hidden = reply.ok;
  if (!reply.ok) {
    const unasked = reply.status === 401 && !key;
    told.textContent = unasked ? "" : spec.detail;
    return;
  }
  // The server may stand below a path of another's.
  const below = new URL(".", location.href).pathname.replace(/\/$/, "");
  if (below) {
    spec.servers = [{ url: below }];
  }
  const ui = SwaggerUIBundle({
    spec,
    domNode: document.getElementById("document"),
    deepLinking: true,
    defaultModelsExpandDepth: 0,
    docExpansion: "none",
    filter: true,
    persistAuthorization: false,
    queryConfigEnabled: false,
    validatorUrl: null,
    onComplete: () => key && ui.preauthorizeApiKey("api_key", key),
  });
}

function failed() {
  form.hidden = false;
  told.textContent = "the server does not answer";
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const field = form.querySelector("input");
  show(field.value.trim()).catch(failed);
  field.value = "";
});

show("").catch(failed);
