// `node scripts/signing-key.ts` makes a key with which the probes sign their requests, and prints where its two halves go.
// `--public` reads a private key from stdin and prints the public half. Stores nothing.
import { text } from 'node:stream/consumers';
import { createSigningKey, publicKeyOf } from './deploy/signing-key.ts';

if (process.argv.includes('--public')) console.log(publicKeyOf((await text(process.stdin)).trim()));
else {
  const { privateKey, publicKey } = createSigningKey();
  console.log(`Secret, in the environment of every probe:\nPROBEMESH_SIGNING_KEY=${privateKey}`);
  console.log(`Public, in the variables of the Worker:\nPROBE_PUBLIC_KEYS=${publicKey}`);
}
