import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { endpointOf } from '../../src/adapters/attestations/oci/endpoint.ts';
import { parseRealm } from '../../src/adapters/attestations/oci/realm.ts';
import type { RegistryCredential } from '../../src/adapters/credentials/types.ts';
import { parseOciReference } from '../../src/core/model/oci/reference.ts';
import { type DescriptorJson, OCI } from '../kit/oci-layout.ts';
import { type RegistryServer, type SeenRequest, startRegistry } from '../kit/servers/registry.ts';
import { at, REPOSITORY, type RegistryLab, startLab } from '../kit/servers/registry-lab.ts';
import { startTokenServer, type TokenServer } from '../kit/servers/registry-tokens.ts';

const BASIC: RegistryCredential = { kind: 'basic', username: 'tester', password: 's3cret', from: 'a test' };
const CREDENTIALS: readonly RegistryCredential[] = [
  BASIC,
  { kind: 'refresh-token', token: 's3cret', from: 'a test' },
];
const PRIVATE = async () => [{ address: '169.254.169.254', family: 4 }];

let lab: RegistryLab;
let other: RegistryServer;
let tokens: TokenServer;
let image: DescriptorJson;
let layer: DescriptorJson;
beforeEach(async () => {
  lab = await startLab();
  other = await startRegistry();
  tokens = await startTokenServer();
  image = lab.layout.list(lab.layout.image());
  layer = lab.layout.blob('{"bundle":1}', OCI.bundle);
  lab.layout.list(lab.layout.attesting([layer], image));
  lab.publish();
});
afterEach(async () => {
  await Promise.all([lab.close(), other.close(), tokens.close()]);
});

const isSecret = ({ path, headers, body }: SeenRequest): boolean =>
  /s3cret|authorization|dGVzdGVyOnMzY3JldA/i.test(JSON.stringify([path, headers, body]));
/** Sends whoever asks for this to another place. */
function redirect(part: string, location: string, status = 307): void {
  lab.server.intercept = (request, response) => {
    if (!request.url?.includes(part)) return false;
    response.writeHead(status, { location }).end();
    return true;
  };
}
const challengeBy = (realm: string): void => {
  const quoted = JSON.stringify(realm);
  lab.server.guard = () => `Bearer realm=${quoted},service="registry"`;
};

describe('SSRF-01 a token server that the registry names', () => {
  const REALMS = [
    'https://169.254.169.254/latest/api/token',
    'https://0.0.0.0/token',
    'https://[::1]/token',
    'https://[::]/token',
    'https://[::ffff:127.0.0.1]/token',
    'https://[64:ff9b::7f00:1]/token',
    'https://127.0.0.1:1/token',
    'https://2130706433/token',
    'https://0x7f.1/token',
    'https://10.0.0.1/token',
    'https://localhost/token',
    'https://a.localhost/token',
    'http://evil.example/token',
    'HTTP://evil.example/token',
    'https:evil.example/token',
    '//evil.example/token',
    '/token',
    'token',
    'file:///etc/passwd',
    'data:application/json,{"token":"x"}',
    'unix:/var/run/docker.sock',
    'https://user:password@evil.example/token',
    'https://evil.example/token#x',
    'https://evil.example\\token',
    'https://evil.example/a token',
    ' https://evil.example/token',
    'https://',
  ];

  it.each(REALMS)('SSRF-01 is not asked, and gets no credentials: %s', async (realm) => {
    challengeBy(realm);
    for (const credential of [undefined, ...CREDENTIALS]) {
      const run = credential === undefined ? {} : { credential };
      await expect(lab.resolve(at(image), run)).rejects.toMatchObject({
        finding: 'registry.realm-refused',
        exitCode: 2,
      });
    }
    expect(lab.server.requests.some(isSecret)).toBe(false);
    // An address that is refused is asked for nothing.
    expect(lab.exchanges.every(({ status }) => status === 401 || status === null)).toBe(true);
  });

  it('SSRF-01 at another host gets no credentials, though it speaks https', async () => {
    challengeBy('https://evil.example/token');
    for (const credential of CREDENTIALS) {
      const error = await lab.resolve(at(image), { credential }).catch((cause: unknown) => cause);
      expect(error).toMatchObject({
        finding: 'registry.realm-refused',
        actual: 'https://evil.example',
        hint: expect.stringContaining('evil.example:443'),
      });
      expect(JSON.stringify(error)).not.toContain('s3cret');
    }
    // Nobody was even looked up.
    expect(lab.exchanges.map(({ origin }) => new URL(origin).host)).toEqual([
      lab.server.host,
      lab.server.host,
    ]);
  });

  it('SSRF-01 at another port of the registry gets no credentials, unless it is listed', async () => {
    lab.server.guard = tokens.guard;
    for (const credential of CREDENTIALS)
      await expect(lab.resolve(at(image), { credential })).rejects.toMatchObject({
        finding: 'registry.realm-refused',
      });
    expect(tokens.requests).toEqual([]);
    const listed = [tokens.host];
    expect(await lab.collect(at(image), { credential: BASIC, listed })).toMatchObject({ answer: 'complete' });
    expect(tokens.requests).toHaveLength(1);
  });

  it('SSRF-01 makes the answer of a source failed, never absent', async () => {
    challengeBy('https://evil.example/token');
    expect(await lab.collectDigest(image.digest.slice(7), { credential: BASIC })).toMatchObject({
      answer: 'failed',
      attestations: [],
      code: 'registry.realm-refused',
    });
  });

  it.each([
    ['https://registry-1.docker.io', 'https://auth.docker.io/token'],
    ['https://registry.gitlab.com', 'https://gitlab.com/jwt/auth'],
    ['https://ghcr.io', 'https://ghcr.io/token'],
    ['https://registry.example:5000', 'https://registry.example:5000/auth?a=b'],
  ])('SSRF-01 of %s may be %s with credentials', (origin, realm) => {
    const rules = { origin, listedHosts: new Set<string>(), withCredentials: true };
    expect(parseRealm(realm, rules).href).toBe(realm);
  });

  it.each([
    ['https://registry-1.docker.io', 'https://auth.docker.io.evil.example/token'],
    ['https://registry-1.docker.io', 'https://auth.docker.io:8443/token'],
    ['https://registry-1.docker.io', 'http://auth.docker.io/token'],
    ['https://registry-1.docker.io', 'https://docker.io/token'],
    ['https://registry-1.docker.io', 'https://gitlab.com/jwt/auth'],
    ['https://evil.example', 'https://auth.docker.io/token'],
    ['https://registry.gitlab.com', 'https://pages.gitlab.com/jwt/auth'],
    ['https://registry.gitlab.com.evil.example', 'https://gitlab.com/jwt/auth'],
    ['https://ghcr.io', 'https://ghcr.io.evil.example/token'],
    ['https://ghcr.io', 'https://ghcr.io@evil.example/token'],
    ['https://ghcr.io', 'https://xghcr.io/token'],
    ['https://ghcr.io', 'https://ghcr.io:444/token'],
    ['https://ghcr.io', 'http://ghcr.io/token'],
  ])('SSRF-01 of %s may not be %s with credentials', (origin, realm) => {
    const rules = { origin, listedHosts: new Set<string>(), withCredentials: true };
    expect(() => parseRealm(realm, rules)).toThrow(
      expect.objectContaining({ finding: 'registry.realm-refused' }),
    );
  });
});

describe('SSRF-01 without credentials', () => {
  it.each([
    ['http://evil.example/token', 'refused'],
    ['http://auth.docker.io/token', 'refused'],
    ['https://anybody.example/token', 'asked'],
  ])('SSRF-01 %s is %s', (realm, outcome) => {
    const rules = {
      origin: 'https://registry-1.docker.io',
      listedHosts: new Set<string>(),
      withCredentials: false,
    };
    if (outcome === 'asked') expect(parseRealm(realm, rules).href).toBe(realm);
    else
      expect(() => parseRealm(realm, rules)).toThrow(
        expect.objectContaining({ finding: 'registry.realm-refused' }),
      );
  });

  it('SSRF-01 gets nothing that was meant for another interface of the same host', async () => {
    lab.server.guard = tokens.guard;
    const credentials = [lab.server.origin, tokens.origin].map((origin) => ({
      origin,
      header: 'authorization',
      value: 'Bearer s3cret',
    }));
    const run = { listed: [tokens.host], http: { credentials } };
    expect(await lab.collect(at(image), run)).toMatchObject({ answer: 'complete' });
    const sent = JSON.stringify([...lab.server.requests, ...tokens.requests]);
    expect(sent).not.toContain('s3cret');
  });
});

describe('SSRF-02 a redirect', () => {
  beforeEach(() => {
    const store = other.repository(REPOSITORY);
    for (const [digest, bytes] of lab.store.blobs) store.blobs.set(digest, bytes);
  });

  it.each([301, 302, 307, 308])('SSRF-02 to another port gets no credentials: %i', async (status) => {
    lab.server.guard = ({ headers }) => (headers.authorization === undefined ? 'Basic realm="x"' : undefined);
    redirect('/blobs/', `${other.origin}/v2/${REPOSITORY}/blobs/${layer.digest}`, status);
    const run = { credential: BASIC, listed: [other.host] };
    expect(await lab.collect(at(image), run)).toMatchObject({ answer: 'complete' });
    expect(other.requests).toHaveLength(1);
    expect(other.requests.some(isSecret)).toBe(false);
  });

  it('SSRF-02 to who wants credentials gets none, and no token is asked for', async () => {
    other.guard = () => `Bearer realm="${tokens.realm}"`;
    redirect('/blobs/', `${other.origin}/v2/${REPOSITORY}/blobs/${layer.digest}`);
    const run = { credential: BASIC, listed: [other.host, tokens.host] };
    expect(await lab.collect(at(image), run)).toMatchObject({
      answer: 'partial',
      code: 'source.unauthorized',
    });
    expect(other.requests).toHaveLength(1);
    expect([...other.requests, ...tokens.requests].some(isSecret)).toBe(false);
    expect(tokens.requests).toEqual([]);
  });

  it('SSRF-02 and back again gets its credentials at home alone', async () => {
    lab.server.guard = ({ headers }) => (headers.authorization === undefined ? 'Basic realm="x"' : undefined);
    other.intercept = (_, response) => {
      response
        .writeHead(307, { location: `${lab.server.origin}/v2/${REPOSITORY}/blobs/${layer.digest}?home` })
        .end();
      return true;
    };
    lab.server.intercept = (request, response) => {
      if (!request.url?.includes('/blobs/') || request.url.endsWith('?home')) return false;
      response.writeHead(307, { location: other.origin }).end();
      return true;
    };
    const run = { credential: BASIC, listed: [other.host] };
    expect(await lab.collect(at(image), run)).toMatchObject({ answer: 'complete' });
    expect(other.requests.some(isSecret)).toBe(false);
  });

  it('SSRF-02 is followed five times and no more', async () => {
    let hops = 0;
    lab.server.intercept = (request, response) => {
      if (!request.url?.includes('/blobs/')) return false;
      hops++;
      response.writeHead(307, { location: `${request.url}x` }).end();
      return true;
    };
    expect(await lab.collect(at(image))).toMatchObject({ answer: 'partial', code: 'source.http-status' });
    expect(hops).toBe(6);
  });
});

describe('SSRF-03 a name that leads into our own network', () => {
  it('SSRF-03 is not asked for a token', async () => {
    challengeBy('https://auth.example/token');
    await expect(lab.resolve(at(image), { http: { resolve: PRIVATE } })).rejects.toMatchObject({
      finding: 'registry.realm-refused',
    });
  });

  it('SSRF-03 is not asked after the token server has sent us on', async () => {
    lab.server.guard = tokens.guard;
    const sent = await startTokenServer({
      answer: () => ({ status: 307, headers: { location: 'http://169.254.169.254/latest/' } }),
    });
    try {
      challengeBy(sent.realm);
      for (const credential of CREDENTIALS) {
        await expect(lab.resolve(at(image), { credential, listed: [sent.host] })).rejects.toMatchObject({
          finding: 'registry.realm-refused',
        });
      }
      expect(new Set(lab.exchanges.map(({ origin }) => origin))).toEqual(
        new Set([lab.server.origin, sent.origin]),
      );
    } finally {
      await sent.close();
    }
  });

  it('SSRF-03 is not asked for an attestation, although it looks public', async () => {
    redirect('/blobs/', 'https://cdn.example/blob');
    expect(await lab.collect(at(image), { http: { resolve: PRIVATE } })).toMatchObject({
      answer: 'partial',
      code: 'source.host-refused',
    });
  });

  it('SSRF-03 is not asked when one of its addresses is private', async () => {
    redirect('/blobs/', 'https://cdn.example/blob');
    const resolve = async () => [{ address: '93.184.215.14', family: 4 }, ...(await PRIVATE())];
    expect(await lab.collect(at(image), { http: { resolve } })).toMatchObject({
      code: 'source.host-refused',
    });
  });

  it('SSRF-03 is a refusal of usage where the user named it as the registry', async () => {
    const registry = lab.registry({ http: { resolve: PRIVATE } });
    await expect(
      registry.resolve(parseOciReference('registry.example/a:1'), { viaIndex: undefined }),
    ).rejects.toMatchObject({ finding: 'source.blocked-address', exitCode: 64 });
  });
});

describe('SSRF-04 an address inside an answer', () => {
  it.each([
    'https://evil.example/v2/team/widget/referrers/x',
    '//evil.example/v2/team/widget/referrers/x',
    'http://169.254.169.254/v2/team/widget/referrers/x',
    'file:///etc/passwd',
    '/v2/other/secrets/referrers/x',
    '/v2/team/widget/../../other/referrers/x',
    '/v2/team/widget2/referrers/x',
    '/admin',
    '../../../../admin',
    'http://user@HOST/v2/team/widget/referrers/x',
  ])('SSRF-04 is not followed as the next page: %s', async (target) => {
    lab.server.intercept = (request, response) => {
      if (request.url?.includes('/referrers/'))
        response.setHeader('link', `<${target.replace('HOST', lab.server.host)}>; rel="next"`);
      return false;
    };
    const collected = await lab.collect(at(image));
    expect(collected).toMatchObject({ answer: 'partial', code: 'source.host-refused' });
    expect(collected.attestations).toHaveLength(1);
    expect(lab.paths().filter((path) => path.includes('referrers'))).toHaveLength(1);
    expect(new Set(lab.exchanges.map(({ origin }) => origin))).toEqual(new Set([lab.server.origin]));
  });

  it('SSRF-04 is not followed as the next page of who was only redirected to', async () => {
    other.repository(REPOSITORY);
    other.intercept = (_, response) => {
      const link = `</v2/${REPOSITORY}/referrers/${image.digest}?from=1>; rel="next"`;
      const body = { schemaVersion: 2, mediaType: OCI.index, manifests: [] };
      response.writeHead(200, { 'content-type': OCI.index, link }).end(JSON.stringify(body));
      return true;
    };
    redirect('/referrers/', `${other.origin}/referrers`);
    expect(await lab.collect(at(image), { listed: [other.host] })).toMatchObject({
      answer: 'partial',
      code: 'source.host-refused',
    });
  });

  it.each([
    '<x>; rel="next", <y>; rel="next"',
    '<x; rel="next"',
    'x; rel="next"',
    '<x>; rel="next',
    `<${'x'.repeat(9000)}>`,
  ])('SSRF-04 is not guessed when the next page is named unreadably: %s', async (link) => {
    lab.server.intercept = (request, response) => {
      if (request.url?.includes('/referrers/')) response.setHeader('link', link);
      return false;
    };
    expect(await lab.collect(at(image))).toMatchObject({
      answer: 'partial',
      code: 'registry.malformed-response',
    });
  });

  it.each(['<x>; rel="last"', '<x>; rel=prev; title="a"', '<x>'])(
    'SSRF-04 is no next page: %s',
    async (link) => {
      lab.server.intercept = (request, response) => {
        if (request.url?.includes('/referrers/')) response.setHeader('link', link);
        return false;
      };
      expect(await lab.collect(at(image))).toMatchObject({ answer: 'complete' });
    },
  );

  it('SSRF-04 is never asked for a layer of a referrer, which is read from the registry or not at all', async () => {
    const own = lab.layout.list(lab.layout.image('own'));
    const foreign = { ...layer, urls: [`${other.origin}/v2/${REPOSITORY}/blobs/${layer.digest}`] };
    lab.layout.list(lab.layout.attesting([foreign], own));
    lab.publish();
    lab.store.blobs.delete(layer.digest);
    expect(await lab.collect(at(own), { listed: [other.host] })).toMatchObject({
      answer: 'partial',
      attestations: [],
      code: 'registry.malformed-response',
    });
    expect(other.requests).toEqual([]);
  });
});

describe('SSRF-07 a name that would be another path', () => {
  it.each([
    ['../secrets'],
    ['team/../secrets'],
    ['team/%2e%2e/secrets'],
    ['team%2fwidget'],
    ['team/widget?x=1'],
    ['team/widget#x'],
    ['team//widget'],
    ['team/widget/'],
    ['team\\widget'],
    ['team/wid get'],
    ['team/widget\n'],
    ['Team/widget'],
    [''],
  ])('SSRF-07 is refused before anything is asked: repository %j', async (repository) => {
    const registry = lab.registry();
    const place = { registry: lab.server.host, repository };
    expect(() => registry.source(place)).toThrow(
      expect.objectContaining({ finding: 'usage.artifact', exitCode: 64 }),
    );
    await expect(
      registry.resolve({ ...place, tag: '1.0', digest: undefined }, { viaIndex: undefined }),
    ).rejects.toMatchObject({ finding: 'usage.artifact' });
    expect(lab.server.requests).toEqual([]);
  });

  it.each(['../blobs/x', '1.0?x=1', '1.0#x', 'a/b', '%2e%2e', '', 'x'.repeat(129), '-x', '1.0\n'])(
    'SSRF-07 is refused before anything is asked: tag %j',
    async (tag) => {
      const image = { registry: lab.server.host, repository: REPOSITORY, tag, digest: undefined };
      await expect(lab.registry().resolve(image, { viaIndex: undefined })).rejects.toMatchObject({
        finding: 'usage.artifact',
        exitCode: 64,
      });
      expect(lab.server.requests).toEqual([]);
    },
  );

  it.each(['', 'user@registry.example', 'registry.example:99999', 'http://registry.example'])(
    'SSRF-07 is refused before anything is asked: registry %j',
    async (registry) => {
      const image = { registry, repository: 'a', tag: '1', digest: undefined };
      await expect(lab.registry().resolve(image, { viaIndex: undefined })).rejects.toMatchObject({
        finding: 'usage.artifact',
      });
    },
  );
});

describe('SSRF-08 another scheme', () => {
  it.each([
    'file:///etc/passwd',
    'data:application/json,{}',
    'unix:/var/run/docker.sock',
    'ftp://evil.example/x',
    'http://evil.example/blob',
    'http://127.0.0.1:1/blob',
    'https://user:password@evil.example/blob',
    'https://169.254.169.254/latest',
    'https://[::ffff:169.254.169.254]/latest',
    'https://metadata.localhost/',
  ])('SSRF-08 is not followed to: %s', async (location) => {
    redirect('/blobs/', location);
    expect(await lab.collect(at(image))).toMatchObject({
      answer: 'partial',
      attestations: [],
      code: 'source.host-refused',
    });
    redirect('/manifests/', location);
    await expect(lab.resolve(at(image))).rejects.toMatchObject({
      finding: 'source.host-refused',
      exitCode: 2,
    });
  });

  it.each<[string, readonly string[], readonly string[]]>([
    ['ghcr.io', [], ['https://ghcr.io']],
    ['docker.io', [], ['https://registry-1.docker.io']],
    ['registry.example:5000', ['registry.example:5000'], ['https://registry.example:5000']],
    ['10.0.0.1:5000', ['10.0.0.1:5000'], ['https://10.0.0.1:5000']],
    ['127.0.0.1.evil.example:80', ['127.0.0.1.evil.example:80'], ['https://127.0.0.1.evil.example:80']],
    ['127.0.0.1:5000', [], ['https://127.0.0.1:5000']],
    ['127.0.0.1:5000', ['127.0.0.1:5001'], ['https://127.0.0.1:5000']],
    ['127.0.0.1:5000', ['127.0.0.1:5000'], ['http://127.0.0.1:5000', 'https://127.0.0.1:5000']],
    ['localhost:5000', ['localhost:5000'], ['http://localhost:5000', 'https://localhost:5000']],
    ['[::1]:5000', ['[::1]:5000'], ['http://[::1]:5000', 'https://[::1]:5000']],
    ['localhost', ['localhost:80'], ['http://localhost', 'https://localhost']],
    ['localhost', ['localhost:443'], ['https://localhost']],
  ])('SSRF-08 is not spoken with %s, of which %j are listed', (registry, listed, origins) => {
    expect(endpointOf({ registry, repository: 'a' }, new Set(listed)).origins).toEqual(origins);
  });
});
