import { describe, expect, it } from 'vitest';
import { isRecordId, toRecordId } from '../../../../src/core/log/record-id.ts';

describe('a record id', () => {
  it('is made of time and chance, and sorts by time', () => {
    const earlier = toRecordId(new Date('2026-03-01T12:00:00.000Z'), Buffer.alloc(10, 0xff));
    const later = toRecordId(new Date('2026-03-01T12:00:00.001Z'), Buffer.alloc(10, 0));
    expect(earlier).toBe('rec_01KJMMA2G0ZZZZZZZZZZZZZZZZ');
    expect(later).toBe('rec_01KJMMA2G10000000000000000');
    expect(earlier < later).toBe(true);
    expect([earlier, later].every(isRecordId)).toBe(true);
  });

  it.each([
    '',
    'rec_',
    '01KJMMA2G0ZZZZZZZZZZZZZZZZ',
    'rec_01KJMMA2G0ZZZZZZZZZZZZZZZ',
    'rec_01KJMMA2G0ZZZZZZZZZZZZZZZZZ',
    'rec_01kjmma2g0zzzzzzzzzzzzzzzz',
    'rec_81KJMMA2G0ZZZZZZZZZZZZZZZZ',
    'rec_01KJMMA2G0ZZZZZZZZZZZZZZZI',
    'rec_01KJMMA2G0ZZZZZZZZZZZZZZZZ\n',
  ])('is not %j', (text) => {
    expect(isRecordId(text)).toBe(false);
  });

  it('takes ten bytes of chance', () => {
    expect(() => toRecordId(new Date(0), Buffer.alloc(9))).toThrow(TypeError);
  });
});
