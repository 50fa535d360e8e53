import { posix } from 'node:path';
import { parse, stringify } from 'yaml';
import { openPin } from '../../src/adapters/evidence-pins/index.ts';
import { parsePkcs11Uri } from '../../src/adapters/signers/pkcs11/uri.ts';
import { openFolderSink } from '../../src/adapters/sinks/folder/index.ts';
import { placeOf } from '../../src/adapters/sinks/folder/place.ts';
import { parseEvidenceFile } from '../../src/core/evidence/evidence-file.ts';
import { renderEvidenceFile } from '../../src/core/evidence/evidence-file-text.ts';
import { toVkey } from '../../src/core/log/checkpoint.ts';
import { createKeyPair } from '../../test/kit/keys.ts';
import { mutateText } from '../mutate.ts';
import { mutateJson } from '../mutate-json.ts';
import type { Random } from '../random.ts';
import { answerOf, assert, attempt, type FuzzTarget } from '../target.ts';

const PINS = [
  'file:checkpoint.txt',
  'file:/var/lib/slsa-gate/checkpoint.txt',
  'git:pins.git#refs/slsa-gate/releases',
  'git:/srv/a#b.git#refs/heads/main',
];
const TOKENS = [
  'token=releases;object=records?module-path=/usr/lib/p11.so&pin-source=file:pin.txt',
  'token=a%20b;id=%00%ff;type=private?module-path=/usr/lib/p11.so&pin-source=file:///run/pin',
];
const FOLDERS = ['/mnt/archive', 'archive', '../archive'];
const DIGESTS = ['0a'.repeat(32), 'ff'.repeat(32)];
const STORES = ['sqlite:evidence.db', 'postgres://gate@db.example.com:5432/evidence?sslmode=verify-full'];

const CONTROL = /\p{Cc}/u;

/** What git itself says of names (git-check-ref-format), apart from ours. */
function assertRef(ref: string): void {
  assert(ref.startsWith('refs/') && !ref.endsWith('/') && !ref.endsWith('.'), 'a ref that is not in full');
  assert(!/\.\.|@\{|\/\/|[~^:?*[\\ \u0000-\u0020\u007f]/.test(ref), 'a ref that git does not allow');
  for (const part of ref.split('/'))
    assert(!/^[.-]|\.lock$|^$/.test(part), 'a part of a ref that git does not allow');
}

function checkPin(text: string): string {
  const opened = attempt(() => openPin(text, '/base', { searchPath: '', workingDirectory: '/' }));
  if ('refused' in opened) return opened.refused;
  assert(opened.value.name === text && !CONTROL.test(text), 'a pin under another name');
  if (text.startsWith('git:')) assertRef(text.slice(text.lastIndexOf('#') + 1));
  else assert(/^file:./.test(text), 'a pin of no kind');
  return 'accepted';
}

function checkToken(text: string): string {
  const parsed = attempt(() => parsePkcs11Uri(text));
  if ('refused' in parsed) {
    assert(!parsed.actual?.includes('pin-value'), 'a PIN is repeated');
    return parsed.refused;
  }
  const { modulePath, token, object = '', pinFile = 'none' } = parsed.value;
  assert(posix.isAbsolute(modulePath), 'a library out of the working directory');
  assert(!/[;?&]pin-value/.test(`;${text}`), 'a PIN in the open');
  for (const value of [modulePath, token, object, pinFile])
    assert(!CONTROL.test(value), 'a control character in a name');
  assert(token !== '' && pinFile !== '' && !pinFile.startsWith('|'), 'a name that is none');
  return 'accepted';
}

function checkPlace(text: string): string {
  let place: readonly string[];
  try {
    place = placeOf(text);
  } catch (error) {
    assert(error instanceof TypeError && !DIGESTS.includes(text), 'a digest has no place');
    return 'no digest';
  }
  const path = posix.join('/sink', ...place);
  assert(/^\/sink\/sha256\/[0-9a-f]{2}\/[0-9a-f]{62}$/.test(path), 'a place outside of its folder');
  return 'accepted';
}

/** An evidence file and another, whose parts are mixed. */
function evidenceFiles(): readonly [string, string] {
  const [first = '', second = ''] = ['example.com/releases', 'example.com/other'].map((origin, index) =>
    renderEvidenceFile({
      origin,
      verifierId: `https://${origin}`,
      store: STORES[index] ?? '',
      recordSigner: 'key:records.pem',
      recordKeys: [createKeyPair('P-256').pem, createKeyPair('Ed25519').pem],
      checkpointSigner: `pkcs11:${TOKENS[0]}`,
      checkpointKeys: [toVkey(origin, createKeyPair('Ed25519').spki)],
      pins: PINS,
      sinks: [{ name: 'archive', folder: FOLDERS[index] ?? '', required: true }],
    }),
  );
  return [first, second];
}

function checkEvidenceFile(text: string): string {
  const read = attempt(() => parseEvidenceFile(Buffer.from(text), 'evidence.yaml'));
  if ('refused' in read) {
    assert(read.refused === 'evidence.config', 'a refusal of another kind');
    return read.refused;
  }
  const { store, recordKeys, checkpointKeys, pins, sinks, origin } = read.value;
  assert(recordKeys.length > 0 && checkpointKeys.length > 0 && pins.length > 0, 'something is left open');
  assert(
    checkpointKeys.every(({ name }) => name === origin),
    'a key of another log',
  );
  const spki = new Set(
    [...recordKeys, ...checkpointKeys.map(({ key }) => key)].map((key) => key.spki.toString('hex')),
  );
  assert(spki.size === recordKeys.length + checkpointKeys.length, 'one key twice');
  if (store.kind === 'postgres') assert(new URL(store.url).password === '', 'a password in the open');
  for (const text of [...pins, ...sinks.map(({ folder }) => folder)])
    assert(!/(?![\n\t])\p{Cc}/u.test(text), 'a control character in a path');
  return 'accepted';
}

/** F15: names that lead to files, refs and libraries. What is accepted leads where its text says, and nowhere else. */
export function namesTarget(): FuzzTarget {
  const files = evidenceFiles();
  const documents: readonly [unknown, unknown] = [parse(files[0]), parse(files[1])];
  const kinds: Readonly<
    Record<string, readonly [draw: (random: Random) => string, check: (text: string) => string]>
  > = {
    p: [(random) => mutateText(random.pick(PINS), random), checkPin],
    t: [(random) => mutateText(random.pick(TOKENS), random), checkToken],
    d: [
      (random) => (random.oneIn(4) ? random.pick(DIGESTS) : mutateText(random.pick(DIGESTS), random)),
      checkPlace,
    ],
    s: [
      (random) => mutateText(random.pick(FOLDERS), random),
      (text) => answerOf(() => openFolderSink('archive', text, '/base')),
    ],
    e: [
      (random) =>
        random.oneIn(2)
          ? mutateText(random.pick(files), random)
          : stringify(mutateJson(documents[0], random, documents)),
      checkEvidenceFile,
    ],
  };
  return {
    id: 'F15',
    title: 'paths, refs and other names of evidence',
    draw(random) {
      const kind = random.pick(Object.keys(kinds));
      return Buffer.from(kind + (kinds[kind]?.[0](random) ?? ''));
    },
    check(input) {
      const text = input.toString('utf8');
      return kinds[text[0] ?? '']?.[1](text.slice(1)) ?? 'of no kind';
    },
  };
}
