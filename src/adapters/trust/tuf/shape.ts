import { isJsonObject, type Json, type JsonObject } from '../../../core/model/json.ts';
import { refuse } from '../../../errors.ts';
import type { TufKind } from './metadata.ts';
import { assertPathPattern, assertRoleName, assertTargetPath, isTopLevelRole } from './names.ts';

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const HEX_DIGESTS: ReadonlyMap<string, RegExp> = new Map([
  ['sha256', /^[0-9a-f]{64}$/],
  ['sha512', /^[0-9a-f]{128}$/],
]);

function unreadable(what: string, path: string): never {
  return refuse('trust.oversize', `${what} is not well-formed`, { path });
}

const isCount = (value: Json | undefined, least: number): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= least;

/** Refuses what a lenient reader would carry on with. Hostile input: nothing is signed at this point. */
export function assertShape(kind: TufKind, json: Json, what: string): void {
  if (!isJsonObject(json)) unreadable(what, 'metadata');
  const { signed, signatures } = json;
  if (!isJsonObject(signed)) unreadable(what, 'signed');
  if (!Array.isArray(signatures)) unreadable(what, 'signatures');
  if (signed._type !== kind) unreadable(what, 'signed._type');
  if (!isCount(signed.version, 1)) unreadable(what, 'signed.version');
  const expires = signed.expires;
  if (typeof expires !== 'string' || !INSTANT.test(expires)) unreadable(what, 'signed.expires');
  switch (kind) {
    case 'root':
      assertRoles(signed, what);
      break;
    case 'timestamp':
      assertMetaFiles(signed, ['snapshot.json'], what);
      break;
    case 'snapshot':
      assertMetaFiles(signed, undefined, what);
      break;
    case 'targets':
      assertTargets(signed, what);
      assertDelegations(signed.delegations, what);
      break;
  }
}

function assertRoles(signed: JsonObject, what: string): void {
  if (!isJsonObject(signed.keys) || !isJsonObject(signed.roles)) unreadable(what, 'signed.roles');
  for (const [name, role] of Object.entries(signed.roles)) {
    assertRoleName(name, what);
    assertThreshold(role, name, what);
  }
}

function assertThreshold(role: Json | undefined, name: string, what: string): void {
  if (!isJsonObject(role)) unreadable(what, `roles.${name}`);
  const threshold = role.threshold;
  if (!isCount(threshold, 1)) {
    refuse('trust.threshold-invalid', `${what} gives the role ${name} no usable threshold`, {
      expected: 'a whole number of at least 1',
      actual: JSON.stringify(threshold) ?? 'nothing',
    });
  }
}

function assertMetaFiles(signed: JsonObject, only: readonly string[] | undefined, what: string): void {
  const meta = signed.meta;
  if (!isJsonObject(meta)) unreadable(what, 'signed.meta');
  for (const [name, file] of Object.entries(meta)) {
    if (!name.endsWith('.json'))
      refuse('trust.bad-name', `${what} names a file that is no metadata`, { actual: name });
    assertRoleName(name.slice(0, -'.json'.length), what);
    if (only !== undefined && !only.includes(name)) unreadable(what, 'signed.meta');
    if (!isJsonObject(file) || !isCount(file.version, 1)) unreadable(what, `signed.meta.${name}.version`);
    assertLengthAndHashes(file, false, what);
  }
}

function assertLengthAndHashes(file: JsonObject, required: boolean, what: string): void {
  const { length, hashes } = file;
  if ((required || length !== undefined) && !isCount(length, 0)) unreadable(what, 'length');
  if (!required && hashes === undefined) return;
  if (!isJsonObject(hashes)) unreadable(what, 'hashes');
  let strong = 0;
  for (const [algorithm, value] of Object.entries(hashes)) {
    const form = HEX_DIGESTS.get(algorithm);
    if (form === undefined) continue;
    if (typeof value !== 'string' || !form.test(value)) unreadable(what, `hashes.${algorithm}`);
    strong += 1;
  }
  if (strong === 0) unreadable(what, 'hashes');
}

function assertTargets(signed: JsonObject, what: string): void {
  const targets = signed.targets;
  if (!isJsonObject(targets)) unreadable(what, 'signed.targets');
  for (const [path, file] of Object.entries(targets)) {
    assertTargetPath(path, what);
    if (!isJsonObject(file)) unreadable(what, 'signed.targets');
    assertLengthAndHashes(file, true, what);
  }
}

function assertDelegations(delegations: Json | undefined, what: string): void {
  if (delegations === undefined) return;
  if (!isJsonObject(delegations)) unreadable(what, 'signed.delegations');
  const { roles, succinct_roles: succinct } = delegations;
  // Hashed bins are used by no repository that holds trust roots; what is not needed is not walked.
  if (succinct !== undefined)
    refuse('trust.delegation', `${what} delegates to hashed bins, which are not supported`);
  if (!Array.isArray(roles)) unreadable(what, 'signed.delegations.roles');
  for (const role of roles as readonly Json[]) {
    if (!isJsonObject(role)) unreadable(what, 'signed.delegations.roles');
    const name = role.name;
    if (typeof name !== 'string') unreadable(what, 'signed.delegations.roles.name');
    assertRoleName(name, what);
    if (isTopLevelRole(name))
      refuse('trust.bad-name', `${what} delegates to a top-level role`, { actual: name });
    assertThreshold(role, name, what);
    const paths = role.paths;
    if (Array.isArray(paths))
      for (const pattern of paths as readonly Json[]) assertPathPattern(pattern, what);
  }
}
