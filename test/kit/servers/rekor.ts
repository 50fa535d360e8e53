import { canonicalJson } from '../json.ts';
import { createKeyPair, sha256, signWith } from '../keys.ts';
import { consistencyPath, inclusionPath, treeRoot } from '../merkle.ts';
import type { LoggedLeaf, Rekor } from '../rekor.ts';
import type { RekorApiEntryJson } from '../rekor-api.ts';
import { type CheckpointOptions, signCheckpoint } from '../signed-note.ts';
import { type Fault, type GoodAnswer, listen, sendAnswer } from './package-faults.ts';
import { serveTiles } from './rekor-tiles.ts';

/** A log of the kit behind the API of Rekor v1, or as the files of Rekor v2, on loopback. */

export type RekorPlace =
  | 'search'
  | 'retrieve'
  | 'entry'
  | 'log'
  | 'proof'
  | 'publicKey'
  | 'checkpoint'
  | 'tile'
  | 'entries';

export interface AskedOfRekor {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly body: string;
}

export interface RekorServer {
  readonly origin: string;
  /** `host:port`, as it is listed. */
  readonly host: string;
  readonly requests: AskedOfRekor[];
  /** From now on this place answers so; undefined: as it should. */
  fail(place: RekorPlace, fault: Fault | undefined): void;
  /** From now on the log says that these are its leaves, and signs it. */
  rewrite(history: (leaves: readonly LoggedLeaf[]) => readonly LoggedLeaf[]): void;
  /** From now on it signs checkpoints so. */
  sign(options: CheckpointOptions): void;
  close(): Promise<void>;
}

export interface RekorServerOptions {
  /** Path below which it lies, without a slash at its end. */
  readonly path?: string;
  /** Tiles that are not full are gone once they are (v2). */
  readonly dropsPartialTiles?: boolean;
  /** A key that `/api/v1/log/publicKey` serves; the log's own is not asked for by anybody. */
  readonly servedKey?: string;
}

/** What the log has now, and what it signs. */
export interface ServedTree {
  readonly leaves: readonly LoggedLeaf[];
  readonly hashes: readonly Buffer[];
  readonly checkpoint: string;
}

const NOT_FOUND: GoodAnswer = { status: 404, headers: {}, body: Buffer.alloc(0) };
const ok = (value: unknown): GoodAnswer => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(JSON.stringify(value)),
});
const refused = (code: number, message: string): GoodAnswer => ({
  ...ok({ code, message }),
  status: code,
});

export async function startRekor(rekor: Rekor, options: RekorServerOptions = {}): Promise<RekorServer> {
  const { path: base = '', dropsPartialTiles = false } = options;
  const servedKey = options.servedKey ?? createKeyPair().pem;
  const faults = new Map<RekorPlace, Fault>();
  const requests: AskedOfRekor[] = [];
  let history = (leaves: readonly LoggedLeaf[]): readonly LoggedLeaf[] => leaves;
  let signing: CheckpointOptions = {};

  const treeNow = (): ServedTree => {
    const leaves = history(rekor.leaves);
    const hashes = leaves.map(({ hash }) => hash);
    const signer = { name: rekor.name, origin: rekor.origin, keys: rekor.keys, keyId: rekor.logId };
    const tree = { size: BigInt(leaves.length), rootHash: treeRoot(hashes) };
    return { leaves, hashes, checkpoint: signCheckpoint(signer, tree, signing) };
  };

  const route = (method: string, url: URL, body: string): { place: RekorPlace; good: GoodAnswer } => {
    const path = url.pathname.slice(base.length);
    const tree = treeNow();
    switch (`${method} ${path}`) {
      case 'POST /api/v1/index/retrieve':
        return { place: 'search', good: ok(search(rekor, tree, JSON.parse(body))) };
      case 'POST /api/v1/log/entries/retrieve':
        return { place: 'retrieve', good: retrieve(rekor, tree, JSON.parse(body)) };
      case 'GET /api/v1/log/entries': {
        const index = Number(BigInt(url.searchParams.get('logIndex') ?? -1) - rekor.shardOffset);
        const entry = tree.leaves[index] && entryAt(rekor, tree, index);
        return { place: 'entry', good: entry === undefined ? NOT_FOUND : ok(entry) };
      }
      case 'GET /api/v1/log':
        return { place: 'log', good: ok(logInfo(rekor, tree)) };
      case 'GET /api/v1/log/proof':
        return { place: 'proof', good: prove(rekor, tree, url.searchParams) };
      case 'GET /api/v1/log/publicKey': {
        const headers = { 'content-type': 'application/x-pem-file' };
        return { place: 'publicKey', good: { status: 200, headers, body: Buffer.from(servedKey) } };
      }
      default: {
        const { place, bytes, type } = serveTiles(path, tree, dropsPartialTiles);
        const headers = { 'content-type': type };
        return {
          place,
          good: bytes === undefined ? NOT_FOUND : { status: 200, headers, body: bytes },
        };
      }
    }
  };

  const server = await listen((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url: path = '' } = request;
      const body = Buffer.concat(chunks).toString();
      requests.push({ method, path, body });
      const { place, good } = route(method, new URL(path, 'http://log'), body);
      (faults.get(place) ?? sendAnswer)(response, good);
    });
  });
  return {
    ...server,
    requests,
    fail: (place, fault) => (fault === undefined ? faults.delete(place) : faults.set(place, fault)),
    rewrite: (next) => {
      history = next;
    },
    sign: (next) => {
      signing = next;
    },
  };
}

/**
 * What Rekor lists an entry by, as far as its body says: key, payload and envelope, or artifact. Read off the text, because
 * a log of the test takes in what no other does.
 */
function keysOf({ data, at }: LoggedLeaf): readonly string[] {
  if (at === undefined) return [];
  const body = data.toString();
  // The key of an artifact's entry is listed without the name of a hash: it is found by the key itself.
  const prefix = body.includes('"kind":"hashedrekord"') ? '' : 'sha256:';
  const keys = [...body.matchAll(/"(LS0tLS1CRUdJTi[^"]+)"/g)].map(
    ([, pem = '']) => `${prefix}${sha256(Buffer.from(pem, 'base64')).toString('hex')}`,
  );
  const hashes = [...body.matchAll(/"algorithm":"(\w+)","value":"([0-9a-f]+)"/g)];
  return [...keys, ...hashes.map(([, algorithm, value]) => `${algorithm}:${value}`)];
}

interface SearchQuery {
  readonly hash?: string;
  readonly publicKey?: { readonly format: string; readonly content: string };
}

function search(rekor: Rekor, { leaves }: ServedTree, { hash, publicKey }: SearchQuery): readonly string[] {
  const wanted = new Set([
    ...(hash === undefined ? [] : [hash]),
    ...(publicKey === undefined ? [] : [sha256(Buffer.from(publicKey.content, 'base64')).toString('hex')]),
  ]);
  return leaves
    .filter((leaf) => keysOf(leaf).some((key) => wanted.has(key)))
    .map((leaf) => uuidOf(rekor, leaf));
}

const treeIdOf = ({ origin }: Rekor): string => / - ([0-9]+)$/.exec(origin)?.[1] ?? '0';

/** Tree and leaf hash. */
const uuidOf = (rekor: Rekor, { hash }: LoggedLeaf): string =>
  `${BigInt(treeIdOf(rekor)).toString(16).padStart(16, '0')}${hash.toString('hex')}`;

const MAX_QUERIES = 10;
/** Of what fills the tree up; a time of zero is none. */
const FILLED_AT = new Date('2026-01-01T00:00:00Z');

function retrieve(
  rekor: Rekor,
  tree: ServedTree,
  { entryUUIDs = [] }: { readonly entryUUIDs?: readonly string[] },
): GoodAnswer {
  if (entryUUIDs.length === 0 || entryUUIDs.length > MAX_QUERIES) return refused(422, 'too many queries');
  const found = entryUUIDs
    .map((uuid) => tree.leaves.findIndex(({ hash }) => uuid.endsWith(hash.toString('hex'))))
    .filter((index) => index !== -1);
  return ok(found.map((index) => entryAt(rekor, tree, index)));
}

function entryAt(rekor: Rekor, tree: ServedTree, index: number): Record<string, RekorApiEntryJson> {
  const leaf = tree.leaves[index];
  if (leaf === undefined) throw new RangeError(`no leaf ${index}`);
  const signed = {
    body: leaf.data.toString('base64'),
    integratedTime: Math.floor((leaf.at ?? FILLED_AT).getTime() / 1000),
    logID: rekor.logId.toString('hex'),
    logIndex: Number(rekor.shardOffset) + index,
  };
  const promise = signWith(rekor.keys, Buffer.from(canonicalJson(signed)));
  return {
    [uuidOf(rekor, leaf)]: {
      ...signed,
      verification: {
        inclusionProof: {
          checkpoint: tree.checkpoint,
          hashes: inclusionPath(index, tree.hashes).map((hash) => hash.toString('hex')),
          logIndex: index,
          rootHash: treeRoot(tree.hashes).toString('hex'),
          treeSize: tree.leaves.length,
        },
        signedEntryTimestamp: promise.toString('base64'),
      },
    },
  };
}

function logInfo(rekor: Rekor, { leaves, hashes, checkpoint }: ServedTree): unknown {
  return {
    rootHash: treeRoot(hashes).toString('hex'),
    treeSize: leaves.length,
    signedTreeHead: checkpoint,
    treeID: treeIdOf(rekor),
    inactiveShards: [],
  };
}

function prove(rekor: Rekor, { hashes }: ServedTree, query: URLSearchParams): GoodAnswer {
  const [first, last] = [Number(query.get('firstSize') ?? 1), Number(query.get('lastSize'))];
  if (query.has('treeID') && query.get('treeID') !== treeIdOf(rekor)) return refused(400, 'no such tree');
  if (!(first >= 1 && first <= last && last <= hashes.length)) return refused(400, 'no such size');
  const proof = consistencyPath(first, hashes.slice(0, last)).map((hash) => hash.toString('hex'));
  return ok({ rootHash: treeRoot(hashes).toString('hex'), hashes: proof });
}
