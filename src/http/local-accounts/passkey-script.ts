// Owns the only script of the pages: it lets the browser make or use a passkey. Its path has a hash of the content.
// Does not decide anything: the Worker verifies what it sends. See PasskeyButton for the attributes that it reads.
import { contentHash } from '../ui/content-hash.ts';

export const PASSKEY_SCRIPT = `
const decode = (text) =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0));
const encode = (buffer) =>
  btoa(Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join(''))
    .replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
const decodeIds = (list) => (list ?? []).map((one) => ({ ...one, id: decode(one.id) }));

async function post(path, csrf, body) {
  let response;
  try {
    const headers = { 'content-type': 'application/json', ...(csrf ? { 'x-csrf-token': csrf } : {}) };
    response = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
  } catch {
    throw new Error('The site does not respond. Check your connection, and try again.');
  }
  const isJson = (response.headers.get('content-type') ?? '').startsWith('application/json');
  const answer = isJson ? await response.json() : {};
  if (!response.ok || !isJson)
    throw new Error(answer.message ?? 'The request was refused. Reload the page, and try again.');
  return answer;
}

async function create(options) {
  const user = { ...options.user, id: decode(options.user.id) };
  const excludeCredentials = decodeIds(options.excludeCredentials);
  const publicKey = { ...options, challenge: decode(options.challenge), user, excludeCredentials };
  const made = await navigator.credentials.create({ publicKey });
  return toJson(made, {
    attestationObject: encode(made.response.attestationObject),
    transports: made.response.getTransports?.() ?? [],
  });
}

async function get(options) {
  const allowCredentials = decodeIds(options.allowCredentials);
  const used = await navigator.credentials.get({
    publicKey: { ...options, challenge: decode(options.challenge), allowCredentials },
  });
  const { authenticatorData, signature, userHandle } = used.response;
  return toJson(used, {
    authenticatorData: encode(authenticatorData),
    signature: encode(signature),
    ...(userHandle ? { userHandle: encode(userHandle) } : {}),
  });
}

const toJson = (credential, response) => ({
  id: credential.id,
  rawId: encode(credential.rawId),
  type: credential.type,
  clientExtensionResults: credential.getClientExtensionResults(),
  response: { clientDataJSON: encode(credential.response.clientDataJSON), ...response },
});

function textOf(error) {
  if (error.name === 'NotAllowedError')
    return 'The browser did not use a passkey: the request was cancelled, or it took too long. Try again.';
  if (error.name === 'InvalidStateError') return 'This device has a passkey of this account already.';
  if (error.name === 'SecurityError') return 'The browser does not allow passkeys at this address.';
  return error.message;
}

for (const button of document.querySelectorAll('button[data-passkey]')) {
  const { passkey, options, verify, csrf, returnPath } = button.dataset;
  const output = document.getElementById(button.dataset.error);
  const show = (text) => {
    output.textContent = text;
    output.hidden = text === '';
  };
  if (!window.PublicKeyCredential) {
    button.disabled = true;
    show('This browser does not support passkeys. Use another browser, or another way to sign in.');
    continue;
  }
  button.addEventListener('click', async () => {
    button.disabled = true;
    show('');
    try {
      const asked = await post(options, csrf, { return: returnPath });
      const credential = await (passkey === 'create' ? create : get)(asked);
      const name = document.getElementById(button.dataset.name)?.value;
      const { next } = await post(verify, csrf, { credential, name });
      location.assign(next);
    } catch (error) {
      show(textOf(error));
      button.disabled = false;
      button.focus();
    }
  });
}
`;

export const PASSKEY_SCRIPT_PATH = `/assets/passkeys-${contentHash(PASSKEY_SCRIPT)}.js`;
