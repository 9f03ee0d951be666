/**
 * Whether a cell still says what its job was promoted with.
 *
 * Comments around statements and rows that are shown do not stand in a version, so they are no edit of it. Of settings,
 * what the cell sets has to be the version's, and what it resets must not be there. A version does not keep where a
 * setting came from (a cell, the defaults of a notebook, `%flink promote -D`), so one that the cell just does not set
 * any more is not told. `-p` stands in no version: a job keeps its parallelism until it is scaled.
 */

import { headOf } from '../language/head';
import { flagsIn } from './magic_line';
import { readScript, settingsOf } from './script';
import type { IScript } from './script';

/** What stands for a secret: `MASK` of `flinklab.domain.variables`. */
const MASK = '******';

/** What a job's version runs, as the server tells it. */
export interface IPromoted {
  text: string;
  config: Readonly<Record<string, string>>;
}

/** `source`: the cell's text now. */
export function isEdited(source: string, promoted: IPromoted): boolean {
  const head = headOf(source);
  const script = readScript(head === null ? source : source.slice(head.to));
  const line = head === null ? '' : source.slice(head.from, head.to);
  return (
    !isLike(joined(script), joined(readScript(promoted.text)).split(MASK)) ||
    isSetOtherwise(script.settings, line, new Map(Object.entries(promoted.config)))
  );
}

/** What a version of a text runs, as `flinklab.jobs.sources.text_of` joins it. */
export function scriptOf(text: string): string {
  return joined(readScript(text));
}

function joined({ setup, statement }: IScript): string {
  return [...setup, statement].join('\n;\n');
}

/** Whether the text is these parts with anything between them: where the server masks a secret. */
function isLike(text: string, [first, ...others]: string[]): boolean {
  if (others.length === 0) {
    return text === first;
  }
  const last = others.pop() ?? '';
  let at = first.length;
  if (!text.startsWith(first)) {
    return false;
  }
  for (const part of others) {
    const found = text.indexOf(part, at);
    if (found < 0) {
      return false;
    }
    at = found + part.length;
  }
  return text.endsWith(last) && text.length - last.length >= at;
}

function isSetOtherwise(
  settings: readonly string[],
  line: string,
  promoted: ReadonlyMap<string, string>
): boolean {
  const { config, reset, isAllReset } = settingsOf(settings);
  const flags = flagConfig(line);
  const own = new Map([...config, ...flags]);
  const isTaken = (key: string) => (isAllReset || reset.has(key)) && !own.has(key);
  return (
    [...own].some(([key, value]) => !isSame(value, promoted.get(key))) ||
    [...promoted.keys()].some(isTaken)
  );
}

function isSame(value: string, promoted: string | undefined): boolean {
  return promoted === MASK || value.trim() === promoted?.trim();
}

/** The configuration that the flags of a magic's line mean for a job, as `ran_cell` of the kernel's side makes it. */
export function flagConfig(line: string): Map<string, string> {
  const found = new Map<string, string>();
  const flags = flagsIn(line);
  for (const { value } of flags.filter(flag => flag.name === '-D')) {
    const [key, ...rest] = (value ?? '').split('=');
    if (key.trim() && rest.length > 0) {
      found.set(key.trim(), rest.join('='));
    }
  }
  if (flags.some(flag => flag.name === '--batch')) {
    found.set('execution.runtime-mode', 'batch');
  }
  const most = flags.find(flag => flag.name === '--max-parallelism')?.value;
  if (most) {
    found.set('pipeline.max-parallelism', countOf(most));
  }
  return found;
}

/** `1_000`, `1,000` and `1k` as Flink is told them. */
function countOf(text: string): string {
  const number = /^([\d_,]+(?:\.\d+)?)(k?)$/i.exec(text.trim());
  if (number === null) {
    return text;
  }
  return String(Math.round(Number(number[1].replace(/[_,]/g, '')) * (number[2] ? 1000 : 1)));
}
