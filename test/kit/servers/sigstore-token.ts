import { sign, verify } from 'node:crypto';
import { GITHUB_ISSUER } from '../github-run.ts';
import type { KeyPair } from '../keys.ts';

/** What the job says of itself in its identity token. */
export type TokenClaims = Readonly<Record<string, unknown>>;

/** The workflow that may sign records in tests, and the name that Fulcio gives it. */
const GATE_WORKFLOW = 'octo-org/release/.github/workflows/gate.yml@refs/heads/main';
export const GATE_IDENTITY = {
  subject: `https://github.com/${GATE_WORKFLOW}`,
  issuer: GITHUB_ISSUER,
} as const;

/** Claims of a token of GitHub Actions for Sigstore; `null` leaves one out. */
export function githubToken(now: Date, changes: TokenClaims = {}): TokenClaims {
  const seconds = Math.floor(now.getTime() / 1000);
  const claims = {
    iss: GITHUB_ISSUER,
    aud: 'sigstore',
    sub: 'repo:octo-org/release:ref:refs/heads/main',
    job_workflow_ref: GATE_WORKFLOW,
    iat: seconds,
    nbf: seconds - 5,
    exp: seconds + 300,
    ...changes,
  };
  return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== null));
}

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const P1363 = 'ieee-p1363';

/** A JSON Web Token, ES256. */
export function encodeToken(claims: TokenClaims, keys: KeyPair): string {
  const signed = `${part({ alg: 'ES256', typ: 'JWT', kid: 'test' })}.${part(claims)}`;
  const key = { key: keys.privateKey, dsaEncoding: P1363 } as const;
  return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
}

/** Its claims, or undefined for one that another key signed. */
export function decodeToken(token: string, keys: KeyPair): TokenClaims | undefined {
  const [header = '', payload = '', signature = ''] = token.split('.');
  const key = { key: keys.publicKey, dsaEncoding: P1363 } as const;
  const signed = Buffer.from(`${header}.${payload}`);
  if (!verify('sha256', signed, key, Buffer.from(signature, 'base64url'))) return undefined;
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as TokenClaims;
}
