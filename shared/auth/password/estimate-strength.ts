/// <reference path="./zxcvbn-english.d.ts" />
/**
 * The estimator and its dictionaries: half a megabyte of source, and 60 ms to set up. Imported only from
 * `password-strength.ts`, at the first password that is set in an isolate.
 */
import { type Score, ZxcvbnFactory } from "@zxcvbn-ts/core";
import { adjacencyGraphs, dictionary } from "@zxcvbn-ts/language-common";
import firstNames from "@zxcvbn-ts/language-en/dist/firstnames.json.mjs";
import translations from "@zxcvbn-ts/language-en/dist/translations.mjs";
import wordSequences from "@zxcvbn-ts/language-en/dist/wordSequences.json.mjs";

/**
 * What is judged of a longer password; more can only make it stronger. Of 128 characters with all the ways to
 * write a letter as a digit, the estimate took two seconds; so it takes a tenth of one at most.
 */
const JUDGED_LENGTH = 48;
const MAX_SUBSTITUTIONS = 16;

const estimator = new ZxcvbnFactory({
  dictionary: { ...dictionary, "firstnames-en": firstNames, ...wordSequences },
  graphs: adjacencyGraphs,
  translations,
  maxLength: JUDGED_LENGTH,
  l33tMaxSubstitutions: MAX_SUBSTITUTIONS,
});

const common = new Set(dictionary["passwords-common"]);

export interface PasswordStrength {
  /** 0 very easy to guess, 4 very hard. */
  score: Score;
  feedback: { warning: string | null; suggestions: string[] };
}

export function estimateStrength(password: string, inputs: string[]): PasswordStrength {
  const { score, feedback } = estimator.check(password, inputs);
  return { score, feedback: { warning: feedback.warning || null, suggestions: feedback.suggestions } };
}

/** Whether it is one of the 49,000 passwords that are used most, in whatever case. */
export function isCommon(password: string): boolean {
  return common.has(password.toLowerCase());
}
