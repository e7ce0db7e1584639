/**
 * Loaded before a program that has to die in the middle of its work: it kills itself as soon as it has printed what
 * KILL_AFTER matches. From outside a signal could come too late.
 */
const pattern = new RegExp(process.env["KILL_AFTER"] ?? "$.", "m");
const write = process.stdout.write.bind(process.stdout);
let printed = "";

process.stdout.write = (text: string | Uint8Array) => {
  const result = write(text);
  printed += String(text);
  if (pattern.test(printed)) process.kill(process.pid, "SIGKILL");
  return result;
};
