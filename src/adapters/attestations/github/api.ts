import { Octokit } from '@octokit/rest';
import type * as z from 'zod/mini';
import type { Code } from '../../../codes.ts';
import { LIMITS } from '../../../core/limits.ts';
import { type Json, parseJson } from '../../../core/model/json.ts';
import { refuse, SlsaGateError } from '../../../errors.ts';
import { type HttpClient, isJsonType, isLimit } from '../../http/index.ts';
import type { Endpoint } from './hosts.ts';
import { octokitFetch } from './octokit-fetch.ts';

/** With this version an attestation is named by its address alone, so that a page of them stays small. */
export const API_VERSION = '2026-03-10';

export interface ApiAnswer<T> {
  readonly data: T;
  /** Its `Link` header. */
  readonly link: string | undefined;
  /** How long it was. */
  readonly bytes: number;
}

/** GitHub's REST API. */
export interface Api {
  readonly endpoint: Endpoint;
  readonly http: HttpClient;
  /**
   * Undefined for 404, whose meaning depends on what was asked.
   *
   * @throws SlsaGateError `source.*`, `limit.*`
   */
  ask<T>(
    route: string,
    parameters: Readonly<Record<string, unknown>>,
    schema: () => z.ZodMiniType<T>,
  ): Promise<ApiAnswer<T> | undefined>;
}

const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

export function createApi(http: HttpClient, endpoint: Endpoint): Api {
  const octokit = new Octokit({
    baseUrl: endpoint.url,
    log: SILENT,
    request: { fetch: octokitFetch(http, endpoint), log: SILENT, parseSuccessResponseBody: false },
  });
  return {
    endpoint,
    http,
    async ask(route, parameters, schema) {
      let answer: { readonly data: unknown; readonly headers: Readonly<Record<string, unknown>> };
      try {
        answer = await octokit.request(route, {
          ...parameters,
          headers: { accept: 'application/vnd.github+json', 'x-github-api-version': API_VERSION },
        });
      } catch (error) {
        if (statusOf(error) === 404) return undefined;
        throw asRefusal(error, route);
      }
      const { link } = answer.headers;
      const data = readAnswer(answer.data, answer.headers['content-type'], schema(), route);
      const bytes = answer.data instanceof Uint8Array ? answer.data.length : 0;
      return { data, link: typeof link === 'string' ? link : undefined, bytes };
    },
  };
}

function readAnswer<T>(body: unknown, contentType: unknown, schema: z.ZodMiniType<T>, route: string): T {
  const malformed = (why: string): never =>
    refuse('source.malformed-response', `the answer of GitHub to ${route} ${why}`);
  if (!(body instanceof Uint8Array)) return malformed('has no body');
  if (!isJsonType(String(contentType))) return malformed('is not JSON');
  let json: Json;
  try {
    json = parseJson(body, 'the answer', LIMITS.apiAnswerBytes);
  } catch (error) {
    if (error instanceof SlsaGateError) return malformed('is not JSON that can be read');
    throw error;
  }
  const parsed = schema.safeParse(json);
  return parsed.success ? parsed.data : malformed('is not of the form that GitHub documents');
}

interface RequestError extends Error {
  readonly status: number;
  /** Its headers are those that `octokitFetch` hands on. */
  readonly response?: { readonly headers: Readonly<Record<string, string>> };
}

const isRequestError = (error: unknown): error is RequestError =>
  error instanceof Error && error.name === 'HttpError' && 'status' in error;

/** Undefined where no answer came: Octokit calls that 500. */
const statusOf = (error: unknown): number | undefined =>
  isRequestError(error) && error.response !== undefined ? error.status : undefined;

/** What Octokit throws, as what it means here; its message is the server's and is not passed on. */
function asRefusal(error: unknown, route: string): unknown {
  if (!isRequestError(error)) return error;
  if (error.response === undefined) return hasMoved(error.cause) ? moved(route) : (error.cause ?? error);
  const { status } = error;
  return new SlsaGateError(
    codeOf(error, error.response.headers),
    `GitHub answered ${route} with status ${status}`,
    {
      expected: '200',
      actual: String(status),
      details: { status },
    },
  );
}

/** A repository that was renamed: what is there now may be somebody else's choice, so its new name must be said. */
const hasMoved = (cause: unknown): boolean =>
  cause instanceof SlsaGateError && [301, 302, 307, 308].includes(Number(cause.details.status));

const moved = (route: string): SlsaGateError =>
  new SlsaGateError('source.http-status', `GitHub says that what ${route} names has moved`, {
    hint: 'Name the repository or owner by its new name.',
  });

function codeOf({ status, message }: RequestError, headers: Readonly<Record<string, string>>): Code {
  const isLimited =
    isLimit(status, headers) || (status === 403 && /\brate limit\b/i.test(message.slice(0, 1_000)));
  if (isLimited) return 'source.rate-limited';
  return status === 401 || status === 403 ? 'source.unauthorized' : 'source.http-status';
}
