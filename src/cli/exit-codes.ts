/** What the command ends with. The README and `skylex --help` say the same. */
export const exitCodes = {
  done: 0,
  /** The server or the database refused or failed, or what was checked is not in order */
  failed: 1,
  /** The command line or what it was given makes no sense: nothing was sent */
  usage: 2,
  /** Ctrl-C; 143 for SIGTERM */
  interrupted: 130,
} as const;
