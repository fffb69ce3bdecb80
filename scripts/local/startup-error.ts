/** The platform cannot start for a reason that its user can mend: shown as it is, without a stack. */
export class StartupError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "StartupError";
  }
}

/** The message of anything thrown. Several attempts that failed together (two addresses of one host) count as one. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return messageOf(error.errors[0]);
  if (error instanceof Error) return error.message;
  return wasiCode(error) ?? String(error);
}

/** The embedded database's file system throws plain objects that hold a number of WASI. */
const WASI: Record<number, string> = {
  2: "EACCES",
  29: "EIO",
  33: "EMFILE",
  44: "ENOENT",
  51: "ENOSPC",
  54: "ENOTDIR",
  63: "EPERM",
  69: "EROFS",
};

function wasiCode(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || error instanceof Error || !("errno" in error))
    return undefined;
  return WASI[Number(error.errno)] ?? `error ${error.errno} of its file system`;
}

/** The `code` of a system or Postgres error. */
export function codeOf(error: unknown): string | undefined {
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  const code: unknown = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : undefined;
}

/** What the machine says no to, and what to do about it. */
const GROUND: Record<string, string> = {
  ENOSPC: "the disk is full. Free some space, then start again",
  EDQUOT: "the quota of the disk is used up. Free some space, then start again",
  EROFS: "the file system is read-only. Mount it for writing, or name another folder in DATA_DIR",
  EACCES: "this user may not. Change its owner or mode, or run as the user that it belongs to",
  EPERM: "this user may not. Change its owner or mode, or run as the user that it belongs to",
  EEXIST: "something else stands there already",
  ENOTDIR: "a part of its path is a file, not a folder",
  EISDIR: "it is a folder, not a file",
  ELOOP: "its symbolic links lead in a circle",
  ENAMETOOLONG: "the path is too long",
  EIO: "the disk cannot be read or written. Look at the system's log",
  EMFILE: "too many files are open. Raise the limit (ulimit -n)",
  ENFILE: "too many files are open on this machine",
  ENOMEM: "the machine has no memory left",
};

/** What the machine said no to, in words; undefined where the error is none of the machine's. */
export function reasonOfGround(error: unknown): string | undefined {
  const code = error instanceof Error && "syscall" in error ? codeOf(error) : wasiCode(error);
  return code === undefined ? undefined : GROUND[code];
}

/** One line about a system error that nobody expected where it came up; undefined for every other error. */
export function describeGround(error: unknown): string | undefined {
  const reason = reasonOfGround(error);
  if (reason === undefined || !(error instanceof Error)) return undefined;
  const path = "path" in error && typeof error.path === "string" ? error.path : "A file or folder";
  return `${path} cannot be used: ${reason}.`;
}
