import type * as z from 'zod/mini';
import type { Path } from './tree.ts';

type Schema = z.core.$ZodType;
type Def = z.core.$ZodTypes['_zod']['def'];

const defOf = (schema: Schema): Def => (schema as z.core.$ZodTypes)._zod.def;

/** The keys that a schema knows at a path, of all forms that the value there may have. */
export function knownKeys(schema: Schema, path: Path): readonly string[] {
  const def = defOf(schema);
  switch (def.type) {
    case 'optional':
    case 'nonoptional':
    case 'nullable':
    case 'readonly':
      return knownKeys(def.innerType, path);
    case 'lazy':
      return knownKeys(def.getter(), path);
    case 'union':
      return [...new Set(def.options.flatMap((option) => knownKeys(option, path)))];
    default:
      break;
  }
  const [step, ...rest] = path;
  if (def.type === 'array' && typeof step === 'number') return knownKeys(def.element, rest);
  if (def.type === 'record' && step !== undefined) return knownKeys(def.valueType, rest);
  if (def.type !== 'object') return [];
  if (step === undefined) return Object.keys(def.shape);
  const member = Object.hasOwn(def.shape, step) ? def.shape[step] : undefined;
  return member === undefined ? [] : knownKeys(member, rest);
}
