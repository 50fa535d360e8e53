import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { IdentityTokenSource } from '../../../../../src/adapters/signers/index.ts';
import type { SigstoreProfile } from '../../../../../src/core/evidence-ports.ts';
import { githubSource, identitySigner } from '../../../../kit/identity-signer.ts';
import { type SigstoreServices, startSigstoreServices } from '../../../../kit/servers/sigstore-services.ts';
import type { TokenClaims } from '../../../../kit/servers/sigstore-token.ts';
import { SIGNED_AT } from '../../../../kit/sigstore.ts';
import { refusal } from '../../../cli/command.ts';

const NOW = () => SIGNED_AT;
const SECONDS = SIGNED_AT.getTime() / 1000;
const FOLDER = mkdtempSync(join(tmpdir(), 'slsa-gate-token-'));
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

let services: SigstoreServices;
beforeEach(async () => {
  services = await startSigstoreServices({ now: NOW });
});
afterEach(() => services.close());

async function signWith(
  token: IdentityTokenSource | undefined,
  profile: Partial<SigstoreProfile> = {},
): Promise<Buffer> {
  const signer = await identitySigner(services, services.profile(1, profile), NOW, { token });
  try {
    return await signer.signBundle('text/plain', Buffer.from('statement'), () => undefined);
  } finally {
    await signer.close();
  }
}
const variable = (token: string): IdentityTokenSource => ({
  kind: 'variable',
  name: 'SIGSTORE_ID_TOKEN',
  token,
});
function file(content: string): IdentityTokenSource {
  const path = join(FOLDER, 'token');
  writeFileSync(path, content);
  return { kind: 'file', path };
}

describe('an identity token', () => {
  it('comes from the token server of GitHub Actions', async () => {
    await expect(signWith(githubSource(services))).resolves.toBeInstanceOf(Buffer);
  });

  it('comes from a variable, as GitLab fills it', async () => {
    await expect(signWith(variable(services.token()))).resolves.toBeInstanceOf(Buffer);
    expect(services.asked('oidc')).toEqual([]);
  });

  it('comes from a file, with a line feed at its end', async () => {
    await expect(signWith(file(`${services.token()}\n`))).resolves.toBeInstanceOf(Buffer);
  });

  it('of a person is proven by the verified e-mail address', async () => {
    const token = services.token({ email: 'dev@example.org', email_verified: true });
    await expect(signWith(variable(token))).resolves.toBeInstanceOf(Buffer);
  });

  it('may name several audiences', async () => {
    // The stand-in for Fulcio takes one alone, so it is the one that refuses.
    const token = services.token({ aud: ['other', 'sigstore'] });
    await expect(signWith(variable(token))).rejects.toEqual(
      refusal('signer.failed', { details: { status: 401 } }),
    );
  });

  it('is that of the issuer that the profile names', async () => {
    const oidcIssuer = 'https://token.actions.githubusercontent.com';
    await expect(signWith(variable(services.token()), { oidcIssuer })).resolves.toBeInstanceOf(Buffer);
  });
});

describe('an identity token that is not shown to Fulcio', () => {
  const claims: readonly [string, TokenClaims, RegExp][] = [
    ['has expired', { exp: SECONDS }, /has expired/],
    ['expired an hour ago, which may be the clock', { exp: SECONDS - 3600 }, /has expired/],
    ['counts from tomorrow on, so the clock is behind', { nbf: SECONDS + 86_400 }, /clock/],
    ['was issued in an hour, so the clock is behind', { iat: SECONDS + 3600 }, /clock/],
    ['never expires', { exp: null }, /exp/],
    ['expires in words', { exp: 'tomorrow' }, /exp|JSON Web Token/],
    ['is for another audience', { aud: 'https://github.com/octo-org' }, /audience/],
    ['is for nobody', { aud: [] }, /audience/],
    ['has no audience', { aud: null }, /aud/],
    ['has no subject', { sub: null }, /sub/],
    ['has an empty subject', { sub: '' }, /sub/],
    ['has no issuer', { iss: null }, /iss/],
    ['names an address that nobody verified', { email: 'a@example.org', email_verified: false }, /verified/],
    ['names an address and does not say', { email: 'a@example.org' }, /verified/],
  ];
  it.each(claims)('%s', async (_, changes, said) => {
    const error: unknown = await signWith(variable(services.token(changes))).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toEqual(refusal('signer.failed', { exitCode: 2, message: expect.stringMatching(said) }));
    expect(services.asked('fulcio')).toEqual([]);
  });

  it('is that of another issuer', async () => {
    await expect(signWith(variable(services.token()), { oidcIssuer: 'https://gitlab.com' })).rejects.toEqual(
      refusal('signer.failed', { expected: 'https://gitlab.com' }),
    );
    expect(services.asked('fulcio')).toEqual([]);
  });

  it.each([
    ['empty', ''],
    ['a password', 'hunter2'],
    ['of two parts', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0'],
    ['unsigned', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.'],
    ['of four parts', 'a.b.c.d'],
    ['of parts that are no JSON', 'a.b.c'],
    ['of a list', `e30.${Buffer.from('[]').toString('base64url')}.c2ln`],
    ['with spaces', 'a b.c.d'],
    ['two tokens', 'a.b.c\na.b.c'],
    ['endless', `${'a'.repeat(70_000)}.b.c`],
  ])('is %s, and nothing of it is told', async (_, text) => {
    const error: unknown = await signWith(variable(text)).catch((thrown: unknown) => thrown);
    expect(error).toEqual(
      refusal('signer.failed', { message: 'the identity token is no signed JSON Web Token' }),
    );
    expect(JSON.stringify(error)).not.toContain(text === '' ? '\0' : text.slice(0, 40));
    expect(services.requests).toEqual([]);
  });

  it('is given by nobody, and it says how to get one', async () => {
    await expect(signWith(undefined)).rejects.toEqual(
      refusal('signer.failed', { hint: expect.stringContaining('id-token: write') }),
    );
  });

  it('lies in a file that is not there, or is too large', async () => {
    await expect(signWith({ kind: 'file', path: join(FOLDER, 'nowhere') })).rejects.toEqual(
      refusal('path.not-found'),
    );
    await expect(signWith(file('a'.repeat(70_000)))).rejects.toEqual(refusal('path.unreadable'));
  });
});

describe('the token server of GitHub Actions', () => {
  it('refuses another request token', async () => {
    await expect(
      signWith({ ...githubSource(services), requestToken: 'other' } as IdentityTokenSource),
    ).rejects.toEqual(refusal('signer.failed', { details: { status: 401 } }));
  });

  it.each(['', 'not a url', '/token'])('is no URL: %j', async (requestUrl) => {
    await expect(
      signWith({ kind: 'github-actions', requestUrl, requestToken: services.requestToken }),
    ).rejects.toEqual(refusal('signer.failed'));
    expect(services.requests).toEqual([]);
  });

  it('is not asked without TLS, unless it is on this machine', async () => {
    const requestUrl = 'http://169.254.169.254/token';
    await expect(signWith({ kind: 'github-actions', requestUrl, requestToken: 'secret' })).rejects.toEqual(
      refusal('signer.failed', { message: expect.stringContaining('config.insecure-url') }),
    );
  });

  it('SSRF-02 does not hand the request token on to where it redirects', async () => {
    const elsewhere = await startSigstoreServices({ now: NOW });
    try {
      services.lies.answer = { oidc: () => ({ status: 307, headers: { location: elsewhere.url.oidc } }) };
      await expect(signWith(githubSource(services))).rejects.toEqual(refusal('signer.failed'));
      expect(elsewhere.requests).toEqual([]);
    } finally {
      await elsewhere.close();
    }
  });

  it.each([
    ['no token', {}],
    ['a token that is none', { value: 'x' }],
    ['a token of another type', { value: 17 }],
  ])('answers with %s', async (_, body) => {
    services.lies.answer = { oidc: () => ({ status: 200, body }) };
    await expect(signWith(githubSource(services))).rejects.toEqual(refusal('signer.failed'));
    expect(services.asked('fulcio')).toEqual([]);
  });
});
