import { describe, expect, it } from 'vitest';
import { checkClock, encodeClock, parseClock } from '../../../src/core/clock.ts';
import type { ClockReading } from '../../../src/core/source-ports.ts';

const reading = (seconds: number, origin = `https://${seconds}.example`): ClockReading => ({
  origin,
  serverMs: 1_000_000 + seconds * 1000,
  localMs: 1_000_000,
});

describe('the clock beside those of the servers', () => {
  it('is not judged where no server answered', () => {
    expect(checkClock([])).toBeUndefined();
  });

  it.each([[[0]], [[60]], [[-60]], [[0, 59, -59]], [[-3600, 0, 3600]], [[10, 20]], [[0, 0, 86_400]]])(
    'agrees: %j seconds ahead',
    (seconds) => {
      expect(checkClock(seconds.map((one) => reading(one)))).toMatchObject({
        rule: 'clock-corroboration',
        code: 'ok',
        outcome: 'pass',
      });
    },
  );

  it.each([
    [[61], '61 s ahead'],
    [[-61], '61 s behind'],
    [[3600], '3600 s ahead'],
    [[0, 3600], '1800 s ahead'],
    [[0, 300, 300], '300 s ahead'],
    [[-90, -90, 0], '90 s behind'],
  ])('differs: %j seconds', (seconds, told) => {
    const finding = checkClock(seconds.map((one) => reading(one)));
    expect(finding).toMatchObject({ code: 'clock.skew', outcome: 'error', required: true });
    expect(finding?.actual).toContain(told);
  });

  it('is kept as bytes', () => {
    const readings = [reading(5), reading(-5)];
    expect(parseClock(encodeClock(readings))).toEqual(readings);
  });

  it.each(['{}', '[{"origin":"a","serverMs":"1","localMs":1}]', '[{"origin":"a","serverMs":1}]'])(
    'is not read from another form: %s',
    (text) => {
      expect(() => parseClock(Buffer.from(text))).toThrow();
    },
  );
});
