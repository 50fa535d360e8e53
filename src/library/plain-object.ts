import { isDate, isUint8Array } from 'node:util/types';

/** `Object.prototype`, also that of another realm (a worker of a test runner, for one), or none. */
const isBarePrototype = (prototype: object | null): boolean =>
  prototype === null ||
  (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'hasOwnProperty'));

/** Whether all that an object says stands in its own enumerable members. */
const isPlainObject = (value: object): boolean =>
  isBarePrototype(Object.getPrototypeOf(value)) &&
  Reflect.ownKeys(value).every(
    (key) => typeof key === 'string' && Object.prototype.propertyIsEnumerable.call(value, key),
  );

/** No request is deeper; one that holds itself is. */
const MAX_DEPTH = 8;

/**
 * Path of the first object in a request that is not plain, or undefined: what a Map, an instance of a class or a symbol
 * says would be read by nobody, and so look like a check. Bytes and dates are values.
 */
export function findOddObject(value: unknown, path: readonly string[] = []): readonly string[] | undefined {
  if (typeof value !== 'object' || value === null || isUint8Array(value) || isDate(value)) return undefined;
  if (path.length > MAX_DEPTH || (!Array.isArray(value) && !isPlainObject(value))) return path;
  for (const [key, member] of Object.entries(value)) {
    const found = findOddObject(member, [...path, key]);
    if (found !== undefined) return found;
  }
  return undefined;
}
