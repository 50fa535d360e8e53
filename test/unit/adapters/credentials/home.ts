import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, expect } from 'vitest';
import type { CredentialOptions } from '../../../../src/adapters/credentials/index.ts';
import type { Code } from '../../../../src/codes.ts';
import { SlsaGateError } from '../../../../src/errors.ts';

const FOLDER = mkdtempSync(join(tmpdir(), 'slsa-gate-credentials-'));
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));
let count = 0;

/** What every secret of the tests holds, so that it is found wherever it leaks. */
export const CANARY = 'c4n4ry'.repeat(3);

/** A user with an empty home folder, an empty working directory and no program. */
export class Home {
  readonly path = join(FOLDER, String(count++));
  readonly bin = join(this.path, 'bin');
  readonly work = join(this.path, 'work');
  readonly warnings: string[] = [];

  constructor() {
    for (const folder of [this.bin, this.work]) mkdirSync(folder, { recursive: true });
  }

  file(name: string, content: string | object, mode = 0o600): string {
    const path = join(this.path, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content), { mode });
    return path;
  }

  /** A program that is a script of the shell. */
  program(path: string, script: string, mode = 0o755): string {
    return this.file(path, `#!/bin/sh\n${script}\n`, mode);
  }

  /** A helper that answers every `get` with this text and status. */
  helper(name: string, answer: string | object, status = 0): string {
    const text = typeof answer === 'string' ? answer : JSON.stringify(answer);
    return this.program(
      `bin/docker-credential-${name}`,
      `echo "$1 $(cat)" >> '${this.path}/${name}.log'\ncat <<'END'\n${text}\nEND\nexit ${status}`,
    );
  }

  options(
    env: Readonly<Record<string, string | undefined>> = {},
    more: Partial<CredentialOptions> = {},
  ): CredentialOptions {
    return {
      env: { PATH: `${this.bin}:/usr/bin:/bin`, ...env },
      homeDirectory: this.path,
      workingDirectory: this.work,
      helpers: new Map(),
      warn: (message) => void this.warnings.push(message),
      ...more,
    };
  }
}

export const base64 = (text: string): string => Buffer.from(text).toString('base64');

export const refusal = (finding: Code, fields: Readonly<Record<string, unknown>> = {}) =>
  expect.objectContaining({ constructor: SlsaGateError, finding, ...fields });

/** Everything that a person or a log could see of a value. */
export const shownOf = (value: unknown): string =>
  [
    inspect(value, { depth: 20, showHidden: false }),
    JSON.stringify(value) ?? '',
    String(value),
    value instanceof Error ? `${value.stack} ${inspect(value.cause, { depth: 20 })}` : '',
  ].join('\n');

/** Whether a secret, or its base64 form, is in a text. */
export const tells = (text: string): boolean =>
  text.includes(CANARY) ||
  [0, 1, 2].some((shift) => text.includes(base64(`${'x'.repeat(shift)}${CANARY}`).slice(4, -4)));
