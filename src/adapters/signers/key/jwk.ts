import { KeyObject, type webcrypto } from 'node:crypto';
import { importJWK } from 'jose';
import { isJsonObject, type JsonObject, parseJson } from '../../../core/model/json.ts';
import { attempt, refuse } from '../../../errors.ts';
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from './signing-key.ts';

/** Key type, its names of algorithms (the first is the one to import with) and its members. */
interface Curve {
  readonly kty: string;
  readonly algorithms: readonly [string, ...string[]];
  readonly numbers: readonly string[];
}

const CURVES: Readonly<Record<SigningAlgorithm, Curve>> = {
  'P-256': { kty: 'EC', algorithms: ['ES256'], numbers: ['x', 'y', 'd'] },
  'P-384': { kty: 'EC', algorithms: ['ES384'], numbers: ['x', 'y', 'd'] },
  Ed25519: { kty: 'OKP', algorithms: ['Ed25519', 'EdDSA'], numbers: ['x', 'd'] },
};
/** Beside the numbers. Whatever else there is would name another key (`x5c`, `x5u`, `jku`, `jwk`) or be a secret. */
const MEMBERS = ['kty', 'crv', 'kid', 'alg', 'use', 'key_ops', 'ext'];
const OPERATIONS = ['sign', 'verify'];

const bad = (message: string, expected?: string, actual?: string): never =>
  refuse('signer.key', `JWK ${message}`, {
    ...(expected === undefined ? {} : { expected }),
    ...(actual === undefined ? {} : { actual }),
  });

/** Only names are shown: a member in the wrong place may hold the secret. */
const isCurve = (name: unknown): name is SigningAlgorithm =>
  typeof name === 'string' && Object.hasOwn(CURVES, name);

function parseJwk(bytes: Buffer): JsonObject {
  const parsed = attempt(() => parseJson(bytes, 'JWK'));
  // The cause is left out, since it quotes what could not be read.
  if ('error' in parsed) return bad(`cannot be read (${parsed.error.finding})`);
  if (!isJsonObject(parsed.value)) return bad('is no object');
  return parsed.value;
}

function checkUse(jwk: JsonObject, algorithms: readonly string[]): void {
  const { alg, use, key_ops: operations } = jwk;
  if (alg !== undefined && !algorithms.some((name) => name === alg))
    bad(
      'contradicts its own curve: alg',
      algorithms.join(' or '),
      typeof alg === 'string' ? alg : typeof alg,
    );
  if (use !== undefined && use !== 'sig') bad('is not for signatures: use', 'sig');
  if (operations === undefined) return;
  if (!Array.isArray(operations) || !operations.includes('sign')) bad('may not sign: key_ops', 'sign');
  else if (
    !operations.every((name) => OPERATIONS.includes(name)) ||
    new Set(operations).size !== operations.length
  )
    bad('has other uses than signatures: key_ops', OPERATIONS.join(', '));
}

/**
 * A private key as JWK (RFC 7517, 7518, 8037). Only the numbers of the key itself are taken from it.
 *
 * @throws SlsaGateError `signer.key`
 */
export async function readJwk(bytes: Buffer): Promise<KeyObject> {
  const jwk = parseJwk(bytes);
  if ('keys' in jwk) bad('is a set of keys; which one signs would be a guess');
  const { crv } = jwk;
  if (!isCurve(crv)) return bad('is of no curve that signs here', SIGNING_ALGORITHMS);
  const { kty, algorithms, numbers } = CURVES[crv];
  if (jwk.kty !== kty) bad('contradicts its own curve: kty', kty);
  const foreign = Object.keys(jwk).find((name) => !MEMBERS.includes(name) && !numbers.includes(name));
  if (foreign !== undefined) bad(`has a member that is not believed: ${foreign}`);
  const missing = numbers.find((name) => typeof jwk[name] !== 'string' || !isBase64Url(jwk[name]));
  if (missing !== undefined) bad(missing === 'd' ? 'has no private part: d' : `lacks ${missing}`);
  checkUse(jwk, algorithms);
  const own = { kty, crv, ...Object.fromEntries(numbers.map((name) => [name, String(jwk[name])])) };
  try {
    const key = await importJWK(own, algorithms[0], { extractable: true });
    return KeyObject.from(key as webcrypto.CryptoKey);
  } catch {
    return bad('does not hold a key of its curve', crv);
  }
}

const isBase64Url = (text: string): boolean =>
  text !== '' && Buffer.from(text, 'base64url').toString('base64url') === text;
