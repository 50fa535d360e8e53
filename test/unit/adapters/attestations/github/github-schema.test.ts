import { describe, expect, it } from 'vitest';
import { createHttpClient } from '../../../../../src/adapters/http/index.ts';
import EXTRACT from '../../../../kit/schemas/github-api.json' with { type: 'json' };
import { startGithub } from '../../../../kit/servers/github.ts';
import { answerFaults, requestFaults, sample } from '../../../../kit/servers/github-schema.ts';

const LIST = '/repos/{owner}/{repo}/attestations/{subject_digest}';
const BULK = '/orgs/{org}/attestations/bulk-list';
const ASSETS = '/repos/{owner}/{repo}/releases/{release_id}/assets';
const REPOSITORY = { owner: 'o', repo: 'r' };

describe("GitHub's description of its API", () => {
  it('says where it comes from', () => {
    expect(EXTRACT).toMatchObject({ package: '@octokit/openapi', version: '23.0.2', license: 'MIT' });
    expect(Object.keys(EXTRACT.paths)).toHaveLength(10);
  });

  it('accepts what is right', () => {
    const parameters = { ...REPOSITORY, subject_digest: 'sha256:a' };
    const asked = { method: 'GET', path: LIST, parameters, query: { per_page: '100', after: 'x' } };
    expect(requestFaults(asked)).toEqual([]);
    expect(answerFaults('GET', LIST, 200, { attestations: [{ bundle_url: 'x', repository_id: 1 }] })).toEqual(
      [],
    );
    expect(answerFaults('GET', ASSETS, 200, [sample('release-asset')])).toEqual([]);
    expect(answerFaults('GET', '/repos/{owner}/{repo}', 200, sample('full-repository'))).toEqual([]);
    expect(answerFaults('GET', '/users/{username}', 200, sample('public-user'))).toEqual([]);
    expect(answerFaults('POST', BULK, 200, { attestations_subject_digests: { a: null } })).toEqual([]);
  });

  it.each([
    ['a parameter that is missing', 'GET', LIST, REPOSITORY, {}, undefined],
    [
      'a query that is not described',
      'GET',
      LIST,
      { ...REPOSITORY, subject_digest: 'x' },
      { page: '2' },
      undefined,
    ],
    [
      'a page that is too large',
      'GET',
      LIST,
      { ...REPOSITORY, subject_digest: 'x' },
      { per_page: '101' },
      undefined,
    ],
    ['a number that is none', 'GET', ASSETS, { ...REPOSITORY, release_id: 'x' }, {}, undefined],
    ['a body that is not described', 'GET', LIST, { ...REPOSITORY, subject_digest: 'x' }, {}, {}],
    ['no body', 'POST', BULK, { org: 'o' }, {}, undefined],
    ['no digests', 'POST', BULK, { org: 'o' }, {}, { subject_digests: [] }],
    ['too many digests', 'POST', BULK, { org: 'o' }, {}, { subject_digests: Array(1025).fill('x') }],
  ] as const)('refuses a request with %s', (_, method, path, parameters, query, body) => {
    expect(
      requestFaults({ method, path, parameters, query, ...(body === undefined ? {} : { body }) }),
    ).not.toEqual([]);
  });

  it.each([
    ['null instead of a list', 'GET', LIST, 200, { attestations: null }],
    ['a number instead of an address', 'GET', LIST, 200, { attestations: [{ bundle_url: 1 }] }],
    ['a status that is not described', 'GET', LIST, 201, {}],
    ['a repository without its number', 'GET', '/repos/{owner}/{repo}', 200, { full_name: 'o/r' }],
    ['an asset in another state', 'GET', ASSETS, 200, [sample('release-asset', { state: 'gone' })]],
    ['an asset without digest', 'GET', ASSETS, 200, [{ ...sample('release-asset'), digest: undefined }]],
    ['an error that is none', 'GET', LIST, 404, 'Not Found'],
    ['a text instead of the lists', 'POST', BULK, 200, { attestations_subject_digests: 'x' }],
  ] as const)('refuses an answer with %s', (_, method, path, status, body) => {
    expect(answerFaults(method, path, status, JSON.parse(JSON.stringify(body)))).not.toEqual([]);
  });
});

describe('the stand-in for GitHub', () => {
  it.each([
    ['a parameter that is not described', '/repos/o/r?depth=1', 'depth: not described'],
    ['an address that is none', '/repos/o/r/attestation', 'not an address of the API'],
    ['a page that is too large', '/orgs/o/attestations/sha256:a?per_page=500', 'per_page: at most 100'],
  ])('notices %s', async (_, path, violation) => {
    const server = await startGithub();
    const http = createHttpClient({ listedHosts: server.hosts });
    try {
      const headers = { 'x-github-api-version': '2022-11-28' };
      await http.request(`${server.origin}${path}`, { maxBytes: 10_000, headers, accept: [404] });
      expect(server.violations).toEqual([expect.stringContaining(violation)]);
    } finally {
      await http.close();
      await server.close();
    }
  });

  it('notices an answer of its own that is wrong, and credentials that reach the store', async () => {
    const server = await startGithub();
    const credential = { origin: server.blobs, header: 'authorization', value: 'Bearer x' };
    const http = createHttpClient({ listedHosts: server.hosts, credentials: [credential] });
    try {
      const repository = server.state.repository('o/r');
      Object.assign(repository, { id: 'none' });
      const headers = { 'x-github-api-version': '2022-11-28' };
      await http.request(`${server.origin}/repos/o/r`, { maxBytes: 100_000, headers });
      await http.request(`${server.blobs}/x`, { maxBytes: 10_000, accept: [403] });
      expect(server.violations).toEqual([
        'GET /repos/{owner}/{repo}: 200: answer/id: must be integer',
        'credentials for the store: /x',
      ]);
    } finally {
      await http.close();
      await server.close();
    }
  });
});
