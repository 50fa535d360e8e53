import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { afterEach, expect } from 'vitest';
import {
  createGitHub,
  type GitHub,
  type GitHubOptions,
} from '../../../src/adapters/attestations/github/index.ts';
import { createHttpClient, type HttpClientOptions } from '../../../src/adapters/http/index.ts';
import type { SourceQuery } from '../../../src/core/source-ports.ts';
import { SlsaGateError } from '../../../src/errors.ts';
import { type GithubServer, startGithub } from './github.ts';
import { within } from './opened.ts';

/** A stand-in for GitHub with the source that asks it. */
export interface GithubLab extends GithubServer {
  readonly github: GitHub;
}

export interface LabOptions extends Partial<GitHubOptions> {
  /** Token that the source asks with. */
  readonly token?: string;
  readonly client?: HttpClientOptions;
  /** Everything must be over after this time. */
  readonly deadlineMs?: number;
}

const open: { close(): Promise<void> }[] = [];
const started: GithubServer[] = [];

afterEach(async () => {
  const violations = started.splice(0).flatMap((server) => server.violations);
  await Promise.all(open.splice(0).map((one) => one.close()));
  expect(violations).toEqual([]);
});

export async function openLab({
  token,
  client,
  deadlineMs,
  ...options
}: LabOptions = {}): Promise<GithubLab> {
  const server = await startGithub();
  open.push(server);
  started.push(server);
  const http = createHttpClient({
    listedHosts: server.hosts,
    retry: { attempts: 1 },
    random: () => 0,
    ...(deadlineMs === undefined ? {} : within(deadlineMs)),
    ...client,
  });
  open.push(http);
  const credential =
    token === undefined
      ? undefined
      : { origin: server.origin, header: 'authorization', value: `Bearer ${token}` };
  const listedHosts = new Set([server.blobs.slice('http://'.length)]);
  const github = createGitHub({
    http,
    apiUrl: server.origin,
    credential,
    cache: undefined,
    listedHosts,
    ...options,
  });
  return { ...server, github };
}

export const sha256Of = (bytes: Uint8Array | string): string =>
  createHash('sha256').update(bytes).digest('hex');

/** `sha256:<hex>` of a text, for as many digests as a test needs. */
export const digestOf = (text: string): string => `sha256:${sha256Of(text)}`;

/** The question about one digest (`sha256:<hex>`). */
export const queryOf = (digest: string, members: Partial<SourceQuery> = {}): SourceQuery => ({
  remote: undefined,
  digests: { sha256: digest.slice('sha256:'.length) },
  viaIndex: undefined,
  purl: undefined,
  sources: [{ kind: 'github', owner: 'octo-org', repo: 'widget' }],
  given: [],
  wantsHistory: false,
  ...members,
});

/** A small bundle in the eyes of a source: any JSON object, told apart by its number. */
export const bundleOf = (number: number | string): string =>
  JSON.stringify({ mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json', number });

export const textsOf = ({
  attestations,
}: {
  readonly attestations: readonly { bytes: Uint8Array }[];
}): string[] => attestations.map(({ bytes }) => Buffer.from(bytes).toString('utf8'));

export const refusedWith = (finding: string): unknown =>
  expect.objectContaining({ constructor: SlsaGateError, finding });

export const answerJson = (response: ServerResponse, status: number, body: unknown, headers = {}): true => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
  return true;
};

/** Requests of one kind that came, by the end of their path. */
export const countOf = ({ requests }: GithubServer, part: RegExp): number =>
  requests.filter(({ method, path }) => part.test(`${method} ${path}`)).length;
