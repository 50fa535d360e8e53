import type * as z from 'zod/mini';
import { refuse } from '../../errors.ts';

export function parseConfig<T extends z.ZodMiniType>(
  bytes: Uint8Array,
  fileName: string,
  _schema: T,
  _check?: (value: z.infer<T>) => void,
): z.infer<T> {
  refuse('policy.syntax', `${fileName} cannot be read yet`, { actual: String(bytes.length) });
}
