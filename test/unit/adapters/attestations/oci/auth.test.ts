import { type AddressInfo, connect, createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRegistry } from '../../../../../src/adapters/attestations/oci/index.ts';
import type { RegistryCredential } from '../../../../../src/adapters/credentials/types.ts';
import { createHttpClient } from '../../../../../src/adapters/http/index.ts';
import { parseOciReference } from '../../../../../src/core/model/oci/reference.ts';
import { type DescriptorJson, OCI } from '../../../../kit/oci-layout.ts';
import { startRegistry } from '../../../../kit/servers/registry.ts';
import { at, REPOSITORY, type RegistryLab, startLab } from '../../../../kit/servers/registry-lab.ts';
import {
  startTokenServer,
  type TokenServer,
  type TokenServerOptions,
} from '../../../../kit/servers/registry-tokens.ts';
import { createServerCertificate } from '../../../../stack/certificates.ts';

const BASIC: RegistryCredential = { kind: 'basic', username: 'tester', password: 's3cret:1', from: 'a test' };
const USER = { name: 'tester', password: 's3cret:1' };
const TLS_HANDSHAKE = 0x16;
const ENCODED = `Basic ${Buffer.from('tester:s3cret:1').toString('base64')}`;

let lab: RegistryLab;
let tokens: TokenServer;
let image: DescriptorJson;
beforeEach(async () => {
  lab = await startLab();
  image = lab.layout.list(lab.layout.image());
  lab.layout.list(lab.layout.attesting([lab.layout.blob('{"bundle":1}', OCI.bundle)], image));
  lab.publish();
});
afterEach(async () => {
  await lab.close();
  await tokens?.close();
});

async function guardBy(options: TokenServerOptions): Promise<readonly string[]> {
  tokens = await startTokenServer(options);
  lab.server.guard = tokens.guard;
  return [tokens.host];
}
const authorizations = (): (string | undefined)[] =>
  lab.server.requests.map(({ authorization }) => authorization);
/** Everything that went to the server, as one text. */
const sentTo = ({ requests }: Pick<TokenServer, 'requests'>): string =>
  JSON.stringify(requests.map(({ path, headers, body }) => [path, headers, body]));

describe('a registry with tokens', () => {
  it('gets one anonymous token for all requests of a run, asked for with our own scope', async () => {
    const listed = await guardBy({});
    expect(await lab.collect(at(image), { listed })).toMatchObject({ answer: 'complete' });
    expect(tokens.requests).toMatchObject([{ method: 'GET', authorization: undefined }]);
    const asked = new URL(tokens.requests[0]?.path ?? '', tokens.origin).searchParams;
    expect([...asked].sort()).toEqual([
      ['client_id', 'slsa-gate'],
      ['scope', `repository:${REPOSITORY}:pull`],
      ['service', 'registry.test'],
    ]);
    const [first, ...others] = authorizations();
    expect(first).toBeUndefined();
    expect(others).toHaveLength(5);
    expect(new Set(others)).toEqual(new Set([`Bearer token-0-repository:${REPOSITORY}:pull`]));
  });

  it('gets one token for requests that begin at the same time', async () => {
    const listed = await guardBy({});
    expect(await lab.collectDigest(image.digest.slice(7), { listed })).toMatchObject({ answer: 'complete' });
    expect(tokens.requests).toHaveLength(1);
  });

  it('gets a token for user and password, which itself sees neither', async () => {
    const listed = await guardBy({ user: USER });
    expect(await lab.collect(at(image), { listed, credential: BASIC })).toMatchObject({ answer: 'complete' });
    expect(tokens.requests.map(({ authorization }) => authorization)).toEqual([ENCODED]);
    expect(sentTo(lab.server)).not.toContain('s3cret');
    expect(sentTo(lab.server)).not.toContain(ENCODED);
  });

  it('gets a token for a refresh token, which is posted and stands in no address', async () => {
    const listed = await guardBy({ user: USER, refreshToken: 'r3fresh' });
    const credential: RegistryCredential = { kind: 'refresh-token', token: 'r3fresh', from: 'a test' };
    expect(await lab.collect(at(image), { listed, credential })).toMatchObject({ answer: 'complete' });
    expect(tokens.requests).toMatchObject([{ method: 'POST', path: '/token', authorization: undefined }]);
    expect(Object.fromEntries(new URLSearchParams(tokens.requests[0]?.body))).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'r3fresh',
      client_id: 'slsa-gate',
      service: 'registry.test',
      scope: `repository:${REPOSITORY}:pull`,
    });
    expect(sentTo(lab.server)).not.toContain('r3fresh');
  });

  it('gets a token that is at hand as it is, without a token server', async () => {
    const listed = await guardBy({});
    lab.server.guard = ({ headers }) =>
      headers.authorization === 'Bearer ready-made' ? undefined : `Bearer realm="${tokens.realm}"`;
    const credential: RegistryCredential = { kind: 'bearer', token: 'ready-made', from: 'a test' };
    expect(await lab.collect(at(image), { listed, credential })).toMatchObject({ answer: 'complete' });
    expect(tokens.requests).toEqual([]);
  });

  it('gets a new token when the old one is over, for each request once', async () => {
    const listed = await guardBy({ uses: 2 });
    expect(await lab.collect(at(image), { listed })).toMatchObject({ answer: 'complete' });
    expect(tokens.requests.length).toBeGreaterThan(1);
  });

  it('is not asked on and on when it takes no token at all', async () => {
    const listed = await guardBy({ uses: 0 });
    await expect(lab.resolve(at(image), { listed })).rejects.toMatchObject({
      finding: 'source.unauthorized',
      exitCode: 2,
    });
    expect(lab.server.requests).toHaveLength(2);
    expect(tokens.requests).toHaveLength(1);
  });

  it('sees tokens of another scope for another repository', async () => {
    const listed = await guardBy({});
    const registry = lab.registry({ listed });
    const query = {
      remote: undefined,
      digests: { sha256: 'd'.repeat(64) },
      viaIndex: undefined,
      purl: undefined,
    };
    for (const repository of [REPOSITORY, 'team/other']) {
      lab.server.repository(repository);
      const source = registry.source({ registry: lab.server.host, repository });
      await source.collect({ ...query, sources: [], given: [], wantsHistory: false });
    }
    const scopes = tokens.requests.map(({ path }) => new URL(path, tokens.origin).searchParams.get('scope'));
    expect(scopes).toEqual([`repository:${REPOSITORY}:pull`, 'repository:team/other:pull']);
  });

  it('is asked with the scope to push by who pushes', async () => {
    const listed = await guardBy({});
    const { session, repository } = lab
      .registry({ listed })
      .repository({ registry: lab.server.host, repository: REPOSITORY });
    const answer = await session.request(`/v2/${repository}/blobs/uploads/`, {
      repository,
      actions: 'pull,push',
      method: 'POST',
      maxBytes: 1000,
      accept: [202],
    });
    expect(answer.status).toBe(202);
    expect(tokens.requests[0]?.path).toContain(encodeURIComponent('pull,push'));
  });

  it('cannot make us ask for more than we want', async () => {
    const listed = await guardBy({});
    const { realm } = tokens;
    const scope = 'scope=repository%3Aother%3Apull%2Cpush';
    lab.server.guard = (request, own) =>
      tokens.guard(request, own) && `Bearer realm="${realm}?${scope}&account=x",scope="registry:catalog:*"`;
    await lab.collect(at(image), { listed });
    const asked = new URL(tokens.requests[0]?.path ?? '', tokens.origin).searchParams;
    expect(asked.getAll('scope')).toEqual([`repository:${REPOSITORY}:pull`]);
  });

  it.each([
    ['no token', { body: '{}' }],
    ['a token that is no text', { body: '{"token":1}' }],
    ['a token that ends the header', { body: '{"token":"a\\r\\nx: y"}' }],
    ['an empty token', { body: '{"token":""}' }],
    ['a token twice', { body: '{"token":"a","token":"b"}' }],
    ['a page', { body: '<html></html>' }],
    ['nothing', { body: '' }],
  ])('is not asked with %s, and the answer is not told', async (_, answer) => {
    const listed = await guardBy({ answer: () => answer });
    const error = await lab.resolve(at(image), { listed }).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ finding: 'source.malformed-response', exitCode: 2, cause: undefined });
    expect(lab.server.requests).toHaveLength(1);
  });

  it.each([
    [401, 'source.unauthorized'],
    [403, 'source.unauthorized'],
    [404, 'source.http-status'],
    [429, 'source.rate-limited'],
    [500, 'source.http-status'],
  ])('is not asked further when the token server answers %i', async (status, finding) => {
    const listed = await guardBy({ answer: () => ({ status }) });
    await expect(lab.resolve(at(image), { listed })).rejects.toMatchObject({ finding, exitCode: 2 });
  });

  it('is not asked with a token of more than 64 KiB', async () => {
    const listed = await guardBy({ answer: () => ({ body: `{"token":"${'x'.repeat(70_000)}"}` }) });
    await expect(lab.resolve(at(image), { listed })).rejects.toMatchObject({ finding: 'limit.response' });
  });
});

describe('a registry with user and password', () => {
  beforeEach(() => {
    lab.server.guard = ({ headers }) =>
      headers.authorization === ENCODED ? undefined : 'Basic realm="registry"';
  });

  it('gets them after it has asked', async () => {
    expect(await lab.collect(at(image), { credential: BASIC })).toMatchObject({ answer: 'complete' });
    expect(authorizations()).toEqual([undefined, ...Array.from({ length: 5 }, () => ENCODED)]);
  });

  it.each<[string, RegistryCredential | undefined]>([
    ['none', undefined],
    ['wrong ones', { ...BASIC, password: 'wrong' }],
    ['a refresh token', { kind: 'refresh-token', token: 'r3fresh', from: 'a test' }],
  ])('is not read with %s', async (_, credential) => {
    const error = await lab
      .resolve(at(image), credential === undefined ? {} : { credential })
      .catch((cause: unknown) => cause);
    expect(error).toMatchObject({ finding: 'source.unauthorized', exitCode: 2 });
    expect(JSON.stringify(error)).not.toMatch(/wrong|r3fresh/);
    expect(sentTo(lab.server)).not.toContain('r3fresh');
  });

  it.each([undefined, '', 'Digest realm="x"', 'Bearer realm='])(
    'is not told anything when it asks by %j',
    async (header) => {
      lab.server.guard = () => undefined;
      lab.server.intercept = (_, response) => {
        response.writeHead(401, header === undefined ? {} : { 'www-authenticate': header }).end();
        return true;
      };
      await expect(lab.resolve(at(image), { credential: BASIC })).rejects.toMatchObject({
        finding: 'source.unauthorized',
      });
      expect(lab.server.requests).toHaveLength(1);
    },
  );
});

describe('a registry on this machine', () => {
  it('is asked by https where it speaks that', async () => {
    const { keyPem, certificatePem, caPem } = createServerCertificate();
    const secure = await startLab({ tls: { key: keyPem, cert: certificatePem } });
    try {
      const own = secure.layout.list(secure.layout.image());
      secure.publish();
      const http = { extraCaPem: Buffer.from(caPem) };
      expect(await secure.collect(at(own), { http })).toMatchObject({ answer: 'absent' });
      expect(secure.exchanges.at(-1)?.origin).toBe(`https://${secure.server.host}`);
    } finally {
      await secure.close();
    }
  });

  it('is asked by https where it says so to whom speaks http, with credentials there alone', async () => {
    const { keyPem, certificatePem, caPem } = createServerCertificate();
    const secure = await startRegistry({ tls: { key: keyPem, cert: certificatePem } });
    secure.guard = ({ headers }) => (headers.authorization === ENCODED ? undefined : 'Basic realm="x"');
    const heard: string[] = [];
    // As servers written in Go do: both protocols at one port, and an answer for the wrong one.
    const front = createServer((socket) => {
      socket.once('data', (chunk) => {
        if (chunk[0] !== TLS_HANDSHAKE) {
          heard.push(chunk.toString());
          socket.end('HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n');
          return;
        }
        const behind = connect(Number(new URL(secure.origin).port), '127.0.0.1');
        behind.write(chunk);
        socket.pipe(behind).pipe(socket);
      });
    });
    await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
    const host = `127.0.0.1:${(front.address() as AddressInfo).port}`;
    const digest = secure
      .repository(REPOSITORY)
      .putManifest(lab.store.manifests.get(image.digest)?.bytes ?? '', OCI.manifest);
    const http = createHttpClient({ listedHosts: [host], extraCaPem: Buffer.from(caPem) });
    const registry = createRegistry({
      http,
      credentials: { of: async () => BASIC },
      cache: undefined,
      listedHosts: new Set([host]),
    });
    try {
      const reference = parseOciReference(`${host}/${REPOSITORY}@${digest}`);
      expect((await registry.resolve(reference, { viaIndex: undefined })).reference).toContain(digest);
      expect(heard).toHaveLength(1);
      expect(heard[0]).not.toMatch(/authorization/i);
    } finally {
      await http.close();
      front.close();
      await secure.close();
    }
  });

  it('is not asked by https because it answers 400', async () => {
    lab.server.intercept = (_, response) => {
      response.writeHead(400).end('{"errors":[{"code":"NAME_INVALID"}]}');
      return true;
    };
    await expect(lab.resolve(at(image))).rejects.toMatchObject({
      finding: 'source.http-status',
      actual: '400',
    });
    expect(lab.server.requests).toHaveLength(1);
    expect(lab.exchanges).toHaveLength(1);
  });

  it('is told as it failed at first where neither works', async () => {
    lab.server.intercept = (request) => {
      request.socket.destroy();
      return true;
    };
    await expect(lab.resolve(at(image))).rejects.toMatchObject({
      finding: 'source.unavailable',
      message: expect.stringContaining(`http://${lab.server.host}/`),
    });
  });
});
