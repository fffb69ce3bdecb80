import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { z } from "zod";
import { codeOf } from "./startup-error.ts";

const FirstLogIn = z.object({ email: z.string(), password: z.string() });
export type FirstLogIn = z.output<typeof FirstLogIn>;

/** The first log-in, kept from before its account is made until it was shown: a start may be killed in between. */
export interface FirstLogInFile {
  read(): Promise<FirstLogIn | undefined>;
  keep(logIn: FirstLogIn): Promise<void>;
  forget(): Promise<void>;
}

/** Keeps it in `file`, for its owner alone. */
export function firstLogInIn(file: string): FirstLogInFile {
  return {
    async read() {
      const text = await readFile(file, "utf8").catch((error: unknown) => {
        if (codeOf(error) === "ENOENT") return undefined;
        throw error;
      });
      return text === undefined ? undefined : FirstLogIn.parse(JSON.parse(text));
    },
    async keep(logIn) {
      await writeFile(`${file}.new`, JSON.stringify(logIn), { mode: 0o600, flush: true });
      await rename(`${file}.new`, file);
    },
    forget: () => rm(file, { force: true }),
  };
}
