// Passkeys: what no page can ask of a device without a script. A form that is marked for it is shown only where there are any; it asks
// for what is to be signed, has the device sign it, and is sent with the answer. The sign-in has no other script.

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const listed = (keys) => (keys || []).map((key) => ({ ...key, id: bytes(key.id) }));

async function options(form) {
  const response = await fetch(form.dataset.options, {
    method: "POST",
    headers: { accept: "application/json" },
    body: new URLSearchParams(new FormData(form)),
  });
  if (response.ok) return (await response.json()).publicKey;
  // Whoever has to sign in, or to prove themselves again, is asked to by the page itself.
  if (response.status === 401 || response.status === 403) location.reload();
  throw new Error(response.status === 429 ? "Too many tries. Wait a moment, then try again." : "");
}

async function get(asked) {
  const publicKey = { ...asked, challenge: bytes(asked.challenge), allowCredentials: listed(asked.allowCredentials) };
  const { response, ...key } = signed(await navigator.credentials.get({ publicKey }));
  return { ...key, response: {
    clientDataJSON: text(response.clientDataJSON),
    authenticatorData: text(response.authenticatorData),
    signature: text(response.signature),
    userHandle: response.userHandle && text(response.userHandle),
  } };
}

async function create(asked) {
  const publicKey = { ...asked, challenge: bytes(asked.challenge), user: { ...asked.user, id: bytes(asked.user.id) },
    excludeCredentials: listed(asked.excludeCredentials) };
  const { response, ...key } = signed(await navigator.credentials.create({ publicKey }));
  return { ...key, response: {
    clientDataJSON: text(response.clientDataJSON),
    attestationObject: text(response.attestationObject),
  } };
}

const signed = (key) => ({ id: key.id, rawId: text(key.rawId), type: key.type, response: key.response });

function say(form, words) {
  const place = form.querySelector("[role=alert]");
  place.textContent = words;
  place.hidden = !words;
}

async function press(form) {
  const email = form.dataset.email && document.getElementById(form.dataset.email);
  if (email && !email.reportValidity()) return;
  if (email) form.elements.email.value = email.value;
  const button = form.querySelector("button");
  say(form, "");
  button.disabled = true;
  try {
    const asked = await options(form);
    form.elements.answer.value = JSON.stringify(await (form.dataset.passkey === "create" ? create(asked) : get(asked)));
    form.submit();
  } catch (error) {
    const has = error.name === "InvalidStateError" && "This device has a passkey for you already.";
    const elsewhere = error.name === "SecurityError" && "Passkeys do not work on this address of the console.";
    const words = error instanceof DOMException ? "" : error.message;
    say(form, has || elsewhere || words || "No passkey was given. Try again, or go on without one.");
    button.disabled = false;
  }
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential) continue;
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    press(form);
  });
}
for (const without of document.querySelectorAll("[data-no-passkey]")) without.hidden = Boolean(window.PublicKeyCredential);
