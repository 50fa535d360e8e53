import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { type DescriptorJson, OCI, sha256Of } from '../kit/oci-layout.ts';
import type { TestRegistry } from './registry.ts';

/** Puts content into a registry as clients do, and knows nothing of the adapter that reads it again. */
export interface Pusher {
  blob(repository: string, bytes: Buffer): Promise<void>;
  /** Under a tag or digest; by its digest where none is given. */
  manifest(repository: string, bytes: Buffer, mediaType: string, reference?: string): Promise<void>;
  /** What lies under a tag or digest; undefined where nothing does. */
  read(repository: string, reference: string): Promise<Buffer | undefined>;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

interface Asked {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT';
  readonly url: string;
  readonly body?: Buffer;
  readonly type?: string;
  readonly authorization?: string | undefined;
}

export function createPusher({ origin, login, caPem }: TestRegistry): Pusher {
  const agent = new Agent({ connect: caPem === undefined ? {} : { ca: caPem } });
  const basic = login && `Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}`;

  const ask = async ({ method, url, body, type, authorization }: Asked): Promise<Answer> => {
    const answer = await request(url, {
      method,
      dispatcher: agent,
      body: body ?? null,
      headers: {
        accept: `${OCI.manifest}, ${OCI.index}, ${OCI.dockerManifest}`,
        ...(type && { 'content-type': type }),
        ...(authorization && { authorization }),
      },
    });
    return {
      status: answer.statusCode,
      headers: answer.headers,
      body: Buffer.from(await answer.body.arrayBuffer()),
    };
  };

  /** Where a registry wants a token, it says from whom and for what. */
  const authorizationFor = async (challenge: string): Promise<string | undefined> => {
    if (basic === null) return undefined;
    if (!/^bearer /i.test(challenge)) return basic;
    const parts = [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [
      name,
      value,
    ]);
    const { realm = '', ...query } = Object.fromEntries(parts) as Record<string, string>;
    const url = `${realm}?${new URLSearchParams(query)}`;
    const { body } = await ask({ method: 'GET', url, authorization: basic });
    return `Bearer ${(JSON.parse(body.toString()) as { readonly token: string }).token}`;
  };

  const authorized = async (asked: Asked): Promise<Answer> => {
    const answer = await ask(asked);
    if (answer.status !== 401) return answer;
    const authorization = await authorizationFor(String(answer.headers['www-authenticate']));
    return await ask({ ...asked, authorization });
  };

  const expectStatus = ({ status, body }: Answer, wanted: number, what: string): void => {
    if (status !== wanted) throw new Error(`${what}: ${status} ${body.toString().slice(0, 300)}`);
  };

  return {
    async blob(repository, bytes) {
      const digest = sha256Of(bytes);
      const head = await authorized({ method: 'HEAD', url: `${origin}/v2/${repository}/blobs/${digest}` });
      if (head.status === 200) return;
      const started = await authorized({ method: 'POST', url: `${origin}/v2/${repository}/blobs/uploads/` });
      expectStatus(started, 202, 'upload');
      const location = new URL(String(started.headers.location), origin);
      location.searchParams.set('digest', digest);
      const type = 'application/octet-stream';
      const put = await authorized({ method: 'PUT', url: location.href, body: bytes, type });
      expectStatus(put, 201, `blob ${digest}`);
    },
    async manifest(repository, bytes, mediaType, reference = sha256Of(bytes)) {
      const url = `${origin}/v2/${repository}/manifests/${reference}`;
      const put = await authorized({ method: 'PUT', url, body: bytes, type: mediaType });
      expectStatus(put, 201, `manifest ${reference}`);
    },
    async read(repository, reference) {
      const answer = await authorized({
        method: 'GET',
        url: `${origin}/v2/${repository}/manifests/${reference}`,
      });
      if (answer.status === 404) return undefined;
      expectStatus(answer, 200, `manifest ${reference}`);
      return answer.body;
    },
    close: () => agent.close(),
  };
}

interface ManifestJson {
  readonly config?: DescriptorJson;
  readonly layers?: readonly DescriptorJson[];
  readonly manifests?: readonly DescriptorJson[];
  readonly subject?: DescriptorJson;
  readonly artifactType?: string;
  readonly annotations?: Record<string, string>;
}

export interface PushOptions {
  /** Lists referrers under the fallback tag too, as clients do where the registry has no referrers API. */
  readonly fallbackTags?: boolean;
}

const REF_NAME = 'org.opencontainers.image.ref.name';

/** The tag under which clients list referrers where there is no API, by the digest of the subject. */
export const fallbackTag = (digest: string): string => digest.replace(':', '-');
/** The tag of cosign's attestations of an image. */
export const attestationTag = (digest: string): string => `${fallbackTag(digest)}.att`;

const readBlob = (directory: string, digest: string): Buffer =>
  readFileSync(join(directory, 'blobs', ...digest.split(':')));

/**
 * Pushes all that the `index.json` of an OCI layout lists: what each manifest needs before it, tags as the layout names them,
 * everything else by digest.
 */
export async function pushLayout(
  pusher: Pusher,
  repository: string,
  directory: string,
  { fallbackTags = false }: PushOptions = {},
): Promise<void> {
  const index = JSON.parse(readFileSync(join(directory, 'index.json'), 'utf8')) as ManifestJson;
  const referrers = new Map<string, DescriptorJson[]>();
  const push = async (descriptor: DescriptorJson, tag?: string): Promise<void> => {
    const bytes = readBlob(directory, descriptor.digest);
    const manifest = JSON.parse(bytes.toString()) as ManifestJson;
    for (const child of manifest.manifests ?? []) await push(child);
    for (const { digest } of [manifest.config, ...(manifest.layers ?? [])].filter((one) => one !== undefined))
      await pusher.blob(repository, readBlob(directory, digest));
    await pusher.manifest(repository, bytes, descriptor.mediaType, tag);
    if (manifest.subject === undefined) return;
    const { mediaType, digest, size } = descriptor;
    const artifactType = manifest.artifactType ?? manifest.config?.mediaType;
    const entry = {
      mediaType,
      digest,
      size,
      ...(artifactType && { artifactType }),
      annotations: manifest.annotations,
    };
    const list = referrers.get(manifest.subject.digest) ?? [];
    referrers.set(manifest.subject.digest, [...list, entry as DescriptorJson]);
  };
  for (const descriptor of index.manifests ?? []) await push(descriptor, descriptor.annotations?.[REF_NAME]);
  if (!fallbackTags) return;
  for (const [digest, manifests] of referrers) {
    const list = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI.index, manifests }));
    await pusher.manifest(repository, list, OCI.index, fallbackTag(digest));
  }
}

/** As {@link pushLayout}, by a pusher of its own. */
export async function pushOnce(
  registry: TestRegistry,
  repository: string,
  directory: string,
  options: PushOptions = {},
): Promise<void> {
  const pusher = createPusher(registry);
  await pushLayout(pusher, repository, directory, options);
  await pusher.close();
}
