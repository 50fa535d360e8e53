import type { SQLInputValue } from 'node:sqlite';
import type { Code } from '../../src/codes.ts';
import type { BuiltLog, OpenFile, Row } from './tampering.ts';

/** Ways in which somebody who can write to the file alters a log, each with how it must be found. */

/** Repeatable chance (mulberry32). */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** From 0 to before `end`. */
  below(end: number): number {
    return this.#next() % end;
  }

  of<T>(items: readonly T[]): T {
    if (items.length === 0) throw new Error('nothing to choose from');
    return items[this.below(items.length)] as T;
  }

  hex(length: number): string {
    return Array.from({ length }, () => this.below(16).toString(16)).join('');
  }

  /** The same bytes but for one bit, or with a piece cut off. */
  spoil(bytes: Uint8Array): Buffer {
    const copy = Buffer.from(bytes);
    if (copy.length > 1 && this.below(5) === 0) return copy.subarray(0, this.below(copy.length - 1) + 1);
    const at = this.below(copy.length);
    copy[at] = (copy[at] ?? 0) ^ (1 << this.below(8));
    return copy;
  }
}

export interface Found {
  readonly codes: readonly Code[];
  /** First bad position; undefined where the tampering has none. */
  readonly seq?: number;
}

export interface Mutation {
  readonly name: string;
  readonly run: (file: OpenFile, chance: Chance, log: BuiltLog) => Found;
}

const TAMPERED = ['evidence.tampered'] as const;
const tamperedAt = (seq: number): Found => ({ codes: TAMPERED, seq });

const sizeOf = (file: OpenFile): number => Number(file.row('SELECT count(*) AS n FROM records').n);
const recordAt = (file: OpenFile, seq: number): Row => file.row('SELECT * FROM records WHERE seq = ?', seq);

/** Another value of the same kind. */
function otherValue(column: string, value: SQLInputValue, chance: Chance, file: OpenFile): SQLInputValue {
  switch (column) {
    case 'record_id':
      return `rec_${String(value).slice(4, 25)}${chance.hex(5).toUpperCase()}`;
    case 'type':
      return chance.of(
        ['genesis', 'decision', 'override', 'prune', 'other'].filter((type) => type !== value),
      );
    case 'leaf': {
      const leaf = JSON.parse(String(value));
      const changes = [
        { salt: chance.hex(32) },
        { appendTime: '2020-01-01T00:00:00.000Z' },
        { more: 1 },
        { type: leaf.type === 'prune' ? 'decision' : 'prune' },
      ];
      const changed = JSON.stringify({ ...leaf, ...chance.of(changes) });
      return chance.of([changed, `${String(value)} `, String(value).replace('{', '{ '), '{}', '']);
    }
    case 'environment':
    case 'verdict':
      return chance.of([null, 'staging', 'allow', 'deny', 'production'].filter((each) => each !== value));
    case 'codes':
      return chance.of(
        ['["source.ref"]', '["ok","ok"]', '{}', '[', '[1]', ''].filter((each) => each !== value),
      );
    case 'append_time':
      return chance.of(['2020-01-01T00:00:00.000Z', `${String(value)}Z`, '']);
    case 'artifact_digest':
      return chance.of([null, `sha256:${chance.hex(64)}`, ''].filter((each) => each !== value));
    default: {
      const others = file
        .rows(`SELECT DISTINCT ${column} AS other FROM records WHERE ${column} IS NOT NULL`)
        .map(({ other }) => other ?? null);
      return chance.of([null, chance.hex(64), ...others].filter((each) => each !== value));
    }
  }
}

const COLUMNS = [
  'record_id',
  'type',
  'leaf',
  'record_digest',
  'vsa_digest',
  'request_key',
  'decision_digest',
  'artifact_digest',
  'environment',
  'verdict',
  'codes',
  'append_time',
] as const;

function editColumn(file: OpenFile, chance: Chance): Found {
  for (;;) {
    const seq = chance.below(sizeOf(file));
    const column = chance.of(COLUMNS);
    const value = recordAt(file, seq)[column] ?? null;
    const other = otherValue(column, value, chance, file);
    try {
      file.run(`UPDATE records SET ${column} = ? WHERE seq = ?`, other, seq);
      return tamperedAt(seq);
    } catch (error) {
      // Two records of one request and decision: the table itself refuses those.
      if (!(error instanceof Error) || !error.message.includes('UNIQUE')) throw error;
    }
  }
}

function deleteRecord(file: OpenFile, chance: Chance): Found {
  const seq = chance.below(sizeOf(file));
  file.run('DELETE FROM records WHERE seq = ?', seq);
  return tamperedAt(seq);
}

function deleteRun(file: OpenFile, chance: Chance): Found {
  const from = chance.below(sizeOf(file) - 2);
  file.run('DELETE FROM records WHERE seq BETWEEN ? AND ?', from, from + 1 + chance.below(4));
  return tamperedAt(from);
}

const renumber = (file: OpenFile, from: number, to: number): void =>
  file.run('UPDATE records SET seq = ? WHERE seq = ?', to, from);

function swapRecords(file: OpenFile, chance: Chance): Found {
  const size = sizeOf(file);
  const first = chance.below(size - 1);
  const second = first + 1 + chance.below(size - first - 1);
  renumber(file, first, -1);
  renumber(file, second, first);
  renumber(file, -1, second);
  return tamperedAt(first);
}

/** One record is taken out and put in at another place, as if it had been appended then. */
function moveRecord(file: OpenFile, chance: Chance): Found {
  const size = sizeOf(file);
  const from = chance.below(size - 2);
  const to = from + 2 + chance.below(size - from - 2);
  renumber(file, from, -1);
  for (let seq = from + 1; seq <= to; seq++) renumber(file, seq, seq - 1);
  renumber(file, -1, to);
  return tamperedAt(from);
}

const NEW_ROW = [...COLUMNS];

function insertRecord(file: OpenFile, chance: Chance): Found {
  const size = sizeOf(file);
  const at = chance.below(size + 1);
  const copy = recordAt(file, chance.below(size));
  for (let seq = size - 1; seq >= at; seq--) renumber(file, seq, seq + 1);
  const recordId = `rec_${String(copy.record_id).slice(4, 25)}${chance.hex(5).toUpperCase()}`;
  const leaf = JSON.stringify({ ...JSON.parse(String(copy.leaf)), recordId });
  const row: Row = { ...copy, record_id: recordId, leaf, request_key: chance.hex(64) };
  file.run(
    `INSERT INTO records (seq, ${NEW_ROW.join(', ')}) VALUES (?, ${NEW_ROW.map(() => '?').join(', ')})`,
    at,
    ...NEW_ROW.map((column) => row[column] ?? null),
  );
  return tamperedAt(at);
}

function replaceByForeign(file: OpenFile, chance: Chance): Found {
  const size = sizeOf(file);
  const seq = chance.below(size);
  const other = recordAt(file, chance.of([...Array(size).keys()].filter((each) => each !== seq)));
  // Under its own id, so that the row is new; all else is that of another record.
  const own = recordAt(file, seq);
  const columns = NEW_ROW.filter((column) => !['record_id', 'request_key'].includes(column));
  file.run(
    `UPDATE records SET ${columns.map((column) => `${column} = ?`).join(', ')} WHERE seq = ?`,
    ...columns.map((column) => other[column] ?? null),
    seq,
  );
  if (own.record_id === other.record_id) throw new Error('the same record');
  return tamperedAt(seq);
}

/** The newest records go, and nothing else. */
function truncateRecords(file: OpenFile, chance: Chance): Found {
  const left = sizeOf(file) - 1 - chance.below(5);
  file.run('DELETE FROM records WHERE seq >= ?', left);
  return tamperedAt(left);
}

/** The newest records go with every checkpoint that covers them, and the tile is cut to match. */
function truncateTail(file: OpenFile, chance: Chance): Found {
  const sizes = file.rows('SELECT size FROM checkpoints ORDER BY size').map(({ size }) => Number(size));
  const left = chance.of(sizes.slice(0, -1));
  file.run('DELETE FROM records WHERE seq >= ?', left);
  file.run('DELETE FROM checkpoints WHERE size > ?', left);
  file.run(
    'UPDATE tiles SET hashes = substr(hashes, 1, ?) WHERE level = 0 AND idx = 0',
    32 * Math.min(left, 256),
  );
  return { codes: ['evidence.rollback'], seq: left };
}

/** The digest of a payload, and the first record that names it. */
function choosePayload(file: OpenFile, chance: Chance) {
  const { digest, bytes } = file.row(
    'SELECT digest, bytes FROM payloads ORDER BY digest LIMIT 1 OFFSET ?',
    chance.below(Number(file.row('SELECT count(*) AS n FROM payloads').n)),
  );
  return { digest: String(digest), bytes: bytes as Uint8Array, seq: firstNaming(file, String(digest)) };
}

function firstNaming(file: OpenFile, digest: string): number {
  const rows = file.rows(
    'SELECT seq, type, record_digest, vsa_digest, bytes FROM records LEFT JOIN payloads ON digest = record_digest ORDER BY seq',
  );
  const found = rows.find(({ type, record_digest, vsa_digest, bytes }) => {
    if (record_digest === digest || vsa_digest === digest) return true;
    if (!(bytes instanceof Uint8Array) || type === 'prune') return false;
    const { payload } = JSON.parse(Buffer.from(bytes).toString('utf8'));
    return Buffer.from(payload, 'base64').toString('utf8').includes(digest);
  });
  if (found === undefined) throw new Error(`nobody names ${digest}`);
  return Number(found.seq);
}

function editPayload(file: OpenFile, chance: Chance): Found {
  const { digest, bytes, seq } = choosePayload(file, chance);
  file.run('UPDATE payloads SET bytes = ? WHERE digest = ?', chance.spoil(bytes), digest);
  return tamperedAt(seq);
}

function deletePayload(file: OpenFile, chance: Chance): Found {
  const { digest, seq } = choosePayload(file, chance);
  file.run('DELETE FROM payloads WHERE digest = ?', digest);
  return { codes: ['evidence.material-missing'], seq };
}

function renamePayload(file: OpenFile, chance: Chance): Found {
  const { digest, seq } = choosePayload(file, chance);
  file.run('UPDATE payloads SET digest = ? WHERE digest = ?', chance.hex(64), digest);
  return { codes: ['evidence.material-missing'], seq };
}

function swapPayloads(file: OpenFile, chance: Chance): Found {
  const first = choosePayload(file, chance);
  let second = choosePayload(file, chance);
  while (second.digest === first.digest) second = choosePayload(file, chance);
  const write = 'UPDATE payloads SET bytes = ? WHERE digest = ?';
  file.run(write, second.bytes, first.digest);
  file.run(write, first.bytes, second.digest);
  return tamperedAt(Math.min(first.seq, second.seq));
}

function chooseTile(file: OpenFile, chance: Chance) {
  const tiles = file.rows('SELECT level, idx, hashes FROM tiles ORDER BY level, idx');
  const { level, idx, hashes } = chance.of(tiles);
  return { level: Number(level), idx: Number(idx), hashes: hashes as Uint8Array };
}

function editTile(file: OpenFile, chance: Chance): Found {
  const { level, idx, hashes } = chooseTile(file, chance);
  file.run('UPDATE tiles SET hashes = ? WHERE level = ? AND idx = ?', chance.spoil(hashes), level, idx);
  return { codes: TAMPERED };
}

function deleteTile(file: OpenFile, chance: Chance): Found {
  const { level, idx } = chooseTile(file, chance);
  file.run('DELETE FROM tiles WHERE level = ? AND idx = ?', level, idx);
  return { codes: TAMPERED };
}

function growTile(file: OpenFile, chance: Chance): Found {
  const { level, idx, hashes } = chooseTile(file, chance);
  const longer = Buffer.concat([hashes, Buffer.from(chance.hex(64), 'hex')]);
  file.run('UPDATE tiles SET hashes = ? WHERE level = ? AND idx = ?', longer, level, idx);
  return { codes: TAMPERED };
}

function editCheckpoint(file: OpenFile, chance: Chance): Found {
  const { size, note } = chance.of(file.rows('SELECT size, note FROM checkpoints ORDER BY size'));
  const lines = String(note).split('\n');
  const at = chance.of([0, 1, 2, 4]);
  const line = lines[at] ?? '';
  const changed = at === 1 ? String(Number(line) + 1 + chance.below(9)) : flipLetter(line, chance);
  file.run('UPDATE checkpoints SET note = ? WHERE size = ?', lines.with(at, changed).join('\n'), size ?? 0);
  return { codes: ['evidence.tampered', 'evidence.signature', 'evidence.origin', 'evidence.rollback'] };
}

function flipLetter(text: string, chance: Chance): string {
  const letters = [...text.matchAll(/[A-Za-z]/g)].map(({ index }) => index);
  const at = chance.of(letters);
  const letter = text[at] ?? '';
  return text.slice(0, at) + (letter === 'x' ? 'y' : 'x') + text.slice(at + 1);
}

function renameCheckpoint(file: OpenFile, chance: Chance): Found {
  const sizes = file.rows('SELECT size FROM checkpoints').map(({ size }) => Number(size));
  const size = chance.of(sizes);
  let other = 1 + chance.below(Math.max(...sizes) + 20);
  while (sizes.includes(other)) other++;
  file.run('UPDATE checkpoints SET size = ? WHERE size = ?', other, size);
  return { codes: ['evidence.tampered', 'evidence.rollback'] };
}

/** An old checkpoint says nothing that a newer one does not prove, so only the newest one is missed. */
function deleteNewestCheckpoint(file: OpenFile, chance: Chance): Found {
  const sizes = file.rows('SELECT size FROM checkpoints ORDER BY size').map(({ size }) => Number(size));
  file.run('DELETE FROM checkpoints WHERE size >= ?', chance.of(sizes.slice(1)));
  return { codes: ['evidence.rollback'] };
}

function deleteCheckpoints(file: OpenFile): Found {
  file.run('DELETE FROM checkpoints');
  return { codes: ['evidence.rollback'], seq: 0 };
}

export const MUTATIONS: readonly Mutation[] = [
  { name: 'edits a column', run: editColumn },
  { name: 'edits a column, once more', run: editColumn },
  { name: 'deletes a record', run: deleteRecord },
  { name: 'deletes several records', run: deleteRun },
  { name: 'swaps two records', run: swapRecords },
  { name: 'moves a record', run: moveRecord },
  { name: 'inserts a record', run: insertRecord },
  { name: 'puts another record in the place of one', run: replaceByForeign },
  { name: 'takes the newest records away', run: truncateRecords },
  { name: 'takes the newest records and their checkpoints away', run: truncateTail },
  { name: 'edits a payload', run: editPayload },
  { name: 'deletes a payload', run: deletePayload },
  { name: 'files a payload under another digest', run: renamePayload },
  { name: 'swaps two payloads', run: swapPayloads },
  { name: 'edits a tile', run: editTile },
  { name: 'deletes a tile', run: deleteTile },
  { name: 'makes a tile longer', run: growTile },
  { name: 'edits a checkpoint', run: editCheckpoint },
  { name: 'files a checkpoint under another size', run: renameCheckpoint },
  { name: 'takes the newest checkpoints away', run: deleteNewestCheckpoint },
  { name: 'takes all checkpoints away', run: deleteCheckpoints },
];
