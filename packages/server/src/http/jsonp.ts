/** What stands before the JSON in a call of `callback`, of whose name only what a property path may have is kept. */
export function jsonpHead(callback: string): string {
  const name = callback.replace(/[^[\]\w$.]/g, "");
  return `/**/ typeof ${name} === 'function' && ${name}(`;
}

/** Wraps JSON in a call of `callback`. */
export const jsonp = (callback: string, json: string): string => `${jsonpHead(callback)}${json});`;
