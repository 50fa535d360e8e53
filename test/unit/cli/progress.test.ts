import { describe, expect, it } from 'vitest';
import { progressOn } from '../../../src/cli/progress.ts';

const GIB = 1024 * 1024 * 1024;
const CLEAR = '\r\u001b[2K';

const listen = (isTTY: boolean) => {
  const written: string[] = [];
  const terminal = { isTTY, write: (text: string | Uint8Array) => written.push(String(text)) > 0 };
  let now = 0;
  const progress = progressOn(terminal, () => now);
  return { written, progress, pass: (ms: number) => (now += ms) };
};

describe('progress of hashing', () => {
  it('tells a terminal the share of a large file, not more than five times a second, and clears the line', () => {
    const { written, progress, pass } = listen(true);
    progress?.('app.iso', GIB / 4, GIB);
    progress?.('app.iso', GIB / 3, GIB);
    pass(250);
    progress?.('app.iso', GIB / 2, GIB);
    progress?.('app.iso', GIB, GIB);
    expect(written).toEqual([`${CLEAR}hashing app.iso: 25 %`, `${CLEAR}hashing app.iso: 50 %`, CLEAR]);
  });

  it('escapes the name of the file', () => {
    const { written, progress } = listen(true);
    progress?.('a\u001b[2Kallow', 0, GIB);
    expect(written).toHaveLength(1);
    expect(written[0]?.slice(CLEAR.length)).not.toContain('\u001b');
  });

  it('says nothing of small files', () => {
    const { written, progress } = listen(true);
    progress?.('app.tgz', 1, 2);
    progress?.('app.tgz', 2, 2);
    expect(written).toEqual([]);
  });

  it('says nothing where nobody looks at a terminal', () => {
    expect(listen(false).progress).toBeUndefined();
  });
});
