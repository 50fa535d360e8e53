import { decodeJwt } from 'jose';
import * as z from 'zod/mini';
import type { SigstoreProfile } from '../../../core/evidence-ports.ts';
import { LIMITS } from '../../../core/limits.ts';
import { lazy } from '../../../core/model/lazy.ts';
import { refuse } from '../../../errors.ts';
import { readRegularFile } from '../../disk/read.ts';
import type { HttpClient } from '../../http/types.ts';
import type { IdentitySignerOptions, IdentityTokenSource } from './options.ts';
import { exchange, oddAnswer, readAnswer } from './service.ts';

/** A token that Fulcio may be shown. It stands in no message. */
export interface IdentityToken {
  readonly text: string;
  /** What Fulcio has signed as proof that the key is ours: the e-mail address where there is one, else the subject. */
  readonly challenge: string;
}

const HOW_TO_GET =
  'Give the job the permission id-token: write (GitHub), id_tokens with SIGSTORE_ID_TOKEN (GitLab), or --identity-token-file.';
/** How far the clock of the issuer may be ahead of ours. */
const MAX_SKEW_MS = 60_000;

const Claims = lazy(() =>
  z.object({
    iss: z.string(),
    aud: z.union([z.string(), z.array(z.string())]),
    exp: z.number(),
    nbf: z.optional(z.number()),
    iat: z.optional(z.number()),
    sub: z.string().check(z.minLength(1)),
    email: z.optional(z.string()),
    email_verified: z.optional(z.union([z.boolean(), z.string()])),
  }),
);
const GithubAnswer = lazy(() => z.object({ value: z.string() }));

/**
 * Gets a token and looks at it before anybody else does: whose it is and for whom, and that it counts now. Its signature
 * is for Fulcio to check.
 *
 * @throws SlsaGateError `signer.failed`, `path.*`
 */
export async function getIdentityToken(
  { audience, oidcIssuer }: SigstoreProfile,
  { token: source, now }: Pick<IdentitySignerOptions, 'token' | 'now'>,
  http: HttpClient,
): Promise<IdentityToken> {
  if (source === undefined) {
    return refuse('signer.failed', 'nobody gave an identity token, by which a sigstore: signer signs', {
      hint: HOW_TO_GET,
    });
  }
  const text = (await fetchToken(source, audience, http)).trim();
  const claims = readClaims(text);
  checkTimes(claims, now().getTime());
  const audiences = typeof claims.aud === 'string' ? [claims.aud] : claims.aud;
  // A token for somebody else is not shown around.
  if (!audiences.includes(audience)) bad('is for another audience', audience, audiences.join(', '));
  if (oidcIssuer !== undefined && claims.iss !== oidcIssuer)
    bad('is of another issuer', oidcIssuer, claims.iss);
  const { email, email_verified: verified, sub } = claims;
  if (email === undefined || email === '') return { text, challenge: sub };
  if (verified !== true && verified !== 'true')
    bad('names an e-mail address that its issuer has not verified');
  return { text, challenge: email };
}

const bad = (what: string, expected?: string, actual?: string): never =>
  refuse('signer.failed', `the identity token ${what}`, {
    hint: HOW_TO_GET,
    ...(expected === undefined ? {} : { expected }),
    ...(actual === undefined ? {} : { actual: actual.slice(0, 200) }),
  });

type TokenClaims = z.infer<ReturnType<typeof Claims>>;

/** What cannot be read may be another secret in the wrong place, so nothing of it is told. */
function readClaims(text: string): TokenClaims {
  if (text.length > LIMITS.credentialBytes || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(text))
    return bad('is no signed JSON Web Token');
  let payload: unknown;
  try {
    payload = decodeJwt(text);
  } catch {
    return bad('is no signed JSON Web Token');
  }
  const parsed = Claims().safeParse(payload);
  return parsed.success
    ? parsed.data
    : bad(`lacks what it must say: ${parsed.error.issues[0]?.path.join('.')}`);
}

function checkTimes({ exp, nbf = 0, iat = 0 }: TokenClaims, nowMs: number): void {
  const at = (ms: number): string => {
    const date = new Date(ms);
    return Number.isNaN(date.getTime()) ? 'no time' : date.toISOString();
  };
  if (!(exp * 1000 > nowMs)) {
    refuse('signer.failed', 'the identity token has expired', {
      hint: 'Get a new one just before it is used; if this one is new, check the clock of this machine.',
      expected: `after ${at(nowMs)}`,
      actual: at(exp * 1000),
    });
  }
  const start = Math.max(nbf, iat) * 1000;
  if (start <= nowMs + MAX_SKEW_MS) return;
  refuse('signer.failed', 'the identity token does not count yet: the clock of this machine is behind', {
    hint: 'Synchronise the clock (NTP) and run again.',
    expected: `not after ${at(nowMs)}`,
    actual: at(start),
  });
}

async function fetchToken(source: IdentityTokenSource, audience: string, http: HttpClient): Promise<string> {
  switch (source.kind) {
    case 'variable':
      return source.token;
    case 'file':
      return (
        await readRegularFile(source.path, {
          maxBytes: LIMITS.credentialBytes,
          missing: 'path.not-found',
          unreadable: 'path.unreadable',
          followLinks: true,
        })
      ).bytes.toString('latin1');
    case 'github-actions':
      return askGithub(source, audience, http);
  }
}

/** https://docs.github.com/actions/reference/security/oidc: the token of the job is for that one server. */
async function askGithub(
  { requestUrl, requestToken }: Extract<IdentityTokenSource, { kind: 'github-actions' }>,
  audience: string,
  http: HttpClient,
): Promise<string> {
  const service = { name: 'the token server of GitHub Actions', http };
  const url = URL.parse(requestUrl);
  if (url === null) return refuse('signer.failed', 'ACTIONS_ID_TOKEN_REQUEST_URL is no URL');
  url.searchParams.set('audience', audience);
  const answer = await exchange(service, url.href, {
    method: 'GET',
    headers: { accept: 'application/json' },
    credentials: [{ origin: url.origin, header: 'authorization', value: `Bearer ${requestToken}` }],
    maxBytes: LIMITS.credentialBytes,
  });
  const parsed = GithubAnswer().safeParse(readAnswer(service, answer));
  return parsed.success ? parsed.data.value : oddAnswer(service, 'no token in it');
}
