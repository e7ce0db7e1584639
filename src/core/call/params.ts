/** Parameters as they are now, whatever becomes of the object they were given in. */
export function copyOfParams(params: object | undefined): object | undefined {
  if (params === undefined || params === null || Symbol.iterator in params) return params;
  const copy = (value: unknown): unknown =>
    value instanceof Date ? new Date(value) : Array.isArray(value) ? value.map(copy) : value;
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, copy(value)]));
}
