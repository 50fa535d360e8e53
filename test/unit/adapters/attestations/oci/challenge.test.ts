import { describe, expect, it } from 'vitest';
import { parseChallenge } from '../../../../../src/adapters/attestations/oci/challenge.ts';

const bearer = (realm: string, service?: string) => ({ kind: 'bearer', realm, service });
const REALM = 'https://auth.example/token';

describe('a challenge', () => {
  it.each([
    [`Bearer realm="${REALM}",service="registry",scope="repository:a:pull"`, bearer(REALM, 'registry')],
    [`bearer REALM="${REALM}", Service=registry`, bearer(REALM, 'registry')],
    [`Bearer realm="${REALM}"`, bearer(REALM)],
    [`Bearer realm = "${REALM}" , error="invalid_token"`, bearer(REALM)],
    [`Bearer realm="${REALM}",,service="a"`, bearer(REALM, 'a')],
    [`Bearer realm="${REALM}",service="a, b=\\"c\\""`, bearer(REALM, 'a, b="c"')],
    ['Basic realm="registry"', { kind: 'basic' }],
    ['Basic', { kind: 'basic' }],
    ['basic realm="a", charset="UTF-8"', { kind: 'basic' }],
    [`Basic realm="a", Bearer realm="${REALM}"`, bearer(REALM)],
    [`Bearer realm="${REALM}", Basic realm="a"`, bearer(REALM)],
    [`Negotiate YII=, Bearer realm="${REALM}"`, bearer(REALM)],
    [`Bearer realm="${REALM}", Negotiate`, bearer(REALM)],
    [`Negotiate, Basic realm="a"`, { kind: 'basic' }],
  ])('is read: %s', (header, challenge) => {
    expect(parseChallenge(header)).toEqual(challenge);
  });

  it.each([
    undefined,
    '',
    ' ',
    'Negotiate YII=',
    'Digest realm="a", nonce="b"',
    'Bearer',
    'Bearer service="registry"',
    `realm="${REALM}"`,
    `Bearer realm="${REALM}",realm="https://other.example/token"`,
    `Bearer realm="${REALM}",REALM="https://other.example/token"`,
    `Bearer realm="${REALM}", Bearer realm="https://other.example/token"`,
    `Bearer realm="${REALM}`,
    `Bearer realm=${REALM}`,
    `Bearer realm='${REALM}'`,
    `Bearer realm="${REALM}" service="a"`,
    `Bearer realm="${REALM}"; service="a"`,
    `Bearer realm="a\u0000b"`,
    'Bearer realm="https://ex\u00e4mple.example/token"',
    `Bearer realm="${REALM}\\`,
    `"Bearer" realm="${REALM}"`,
    `Bearer, realm="${'x'.repeat(9000)}"`,
  ])('is not understood, and so not answered: %j', (header) => {
    expect(parseChallenge(header)).toBeUndefined();
  });

  it('is read in linear time', () => {
    const started = performance.now();
    for (const part of ['a=', ' ', ',', 'a ', '"', 'a="\\"', ', ,'])
      parseChallenge(`Bearer ${part.repeat(4000)}`);
    expect(performance.now() - started).toBeLessThan(500);
  });
});
